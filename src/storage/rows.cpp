#include "storage/rows.h"

#include <utility>

#include "storage/row_hash.h"

namespace oee::storage {
namespace {

std::optional<execution::WalletOwner> ownerFromName(std::string_view name) {
    for (const execution::WalletOwner owner :
         {execution::WalletOwner::trader, execution::WalletOwner::faucet,
          execution::WalletOwner::fees}) {
        if (execution::nameOf(owner) == name) {
            return owner;
        }
    }
    return std::nullopt;
}

std::optional<domain::PlanSummary> readPlan(Row& row) {
    if (row.isNull()) {
        for (int column = 0; column < 7; ++column) {
            row.skip();
        }
        return std::nullopt;
    }
    domain::PlanSummary plan;
    plan.legs = row.legs();
    plan.amountInRaw = row.exact();
    plan.expectedOutRaw = row.exact();
    plan.minAmountOutRaw = row.exact();
    plan.maxAmountInRaw = row.exact();
    plan.boundRaw = row.exact();
    plan.gapPpb = row.exact();
    return plan;
}

std::optional<domain::Execution> readExecution(Row& row) {
    if (row.isNull()) {
        for (int column = 0; column < 4; ++column) {
            row.skip();
        }
        return std::nullopt;
    }
    domain::Execution execution;
    execution.amountInRaw = row.exact();
    execution.amountOutRaw = row.exact();
    execution.networkFeeLamports = row.exact();
    execution.slot = row.bits();
    return execution;
}

std::optional<domain::OrderFailure> readFailure(Row& row) {
    if (row.isNull()) {
        for (int column = 0; column < 3; ++column) {
            row.skip();
        }
        return std::nullopt;
    }
    domain::OrderFailure failure;
    failure.reason = row.named(&domain::failureReasonFromName);
    if (row.isNull()) {
        row.skip();
    } else {
        failure.program = row.program();
    }
    if (row.isNull()) {
        row.skip();
    } else {
        failure.errorCode = row.integer32();
    }
    return failure;
}

}  // namespace

const std::string kOrderColumns =
    "id, type, side, input_mint, output_mint, amount_in_raw, slippage_bps, status, attempt, fence, "
    "reserved_lamports, created_at_micros, updated_at_micros, created_slot, plan_legs_json, "
    "plan_in_raw, plan_expected_out_raw, plan_min_out_raw, plan_max_in_raw, plan_bound_raw, "
    "plan_gap_ppb, signature, executed_in_raw, "
    "executed_out_raw, network_fee_lamports, executed_slot, failure_reason, failure_program, "
    "failure_code, idempotency_key, on_revert, deadline_micros, spent_lamports, mode, "
    "amount_out_raw, "
    "route";

domain::Order readOrder(Row& row) {
    domain::Order order;
    order.id = row.orderId();
    order.type = row.named(&domain::orderTypeFromName);
    order.side = row.named(&domain::sideFromName);
    order.inputMint = row.pubkey();
    order.outputMint = row.pubkey();
    order.amountInRaw = row.exact();
    order.slippageBps = row.integer32();
    order.status = row.status();
    order.attempt = row.integer32();
    order.fence = row.bits();
    order.reservedLamports = row.exact();
    order.createdAtMicros = row.integer();
    order.updatedAtMicros = row.integer();
    order.createdSlot = row.bits();
    order.plan = readPlan(row);
    if (row.isNull()) {
        row.skip();
    } else {
        order.signature = row.signature();
    }
    order.execution = readExecution(row);
    order.failure = readFailure(row);
    if (row.isNull()) {
        row.skip();
    } else {
        order.idempotencyKey = row.text().toStdString();
    }
    order.onRevert = row.named(&domain::onRevertFromName);
    if (row.isNull()) {
        row.skip();
    } else {
        order.deadlineMicros = row.integer();
    }
    order.spentLamports = row.exact();
    order.mode = row.named(&domain::routeModeFromName);
    order.amountOutRaw = row.exact();
    order.route = row.choice();
    return order;
}

const std::string kEventColumns = "seq, status, slot, at_micros, detail, previous_sha256";

domain::OrderEvent readEvent(Row& row) {
    domain::OrderEvent event;
    event.sequence = row.bits();
    event.status = row.status();
    event.slot = row.bits();
    event.atMicros = row.integer();
    event.detail = row.text().toStdString();
    event.previousHash = row.eventHash();
    return event;
}

const std::string kFillColumns =
    "order_id, leg, pool, program, input_mint, output_mint, amount_in_raw, amount_out_raw, "
    "fee_raw, "
    "protocol_fee_raw, fee_mint, network_fee_lamports, slot, at_micros, signature";

domain::Fill readFill(Row& row) {
    domain::Fill fill;
    fill.orderId = row.orderId();
    fill.leg = row.integer32();
    fill.pool = row.pubkey();
    fill.program = row.program();
    fill.inputMint = row.pubkey();
    fill.outputMint = row.pubkey();
    fill.amountInRaw = row.exact();
    fill.amountOutRaw = row.exact();
    fill.feeRaw = row.exact();
    fill.protocolFeeRaw = row.exact();
    fill.feeMint = row.pubkey();
    fill.networkFeeLamports = row.exact();
    fill.slot = row.bits();
    fill.atMicros = row.integer();
    fill.signature = row.signature();
    return fill;
}

const std::string kTransactionColumns =
    "order_id, attempt, fence, signature, legs, expected_out_raw, min_amount_out_raw, "
    "compute_unit_limit, compute_unit_price, tip_lamports, network_fee_lamports, snapshot_slot, "
    "last_valid_block_height, sent_at_micros, arrives_at_micros, mode, max_amount_in_raw, "
    "decision_out_raw";

domain::Transaction readTransaction(Row& row) {
    domain::Transaction transaction;
    transaction.orderId = row.orderId();
    transaction.attempt = row.integer32();
    transaction.fence = row.bits();
    transaction.signature = row.signature();
    transaction.legs = row.legs();
    transaction.expectedOutRaw = row.exact();
    transaction.minAmountOutRaw = row.exact();
    transaction.computeUnitLimit = row.integer32();
    transaction.computeUnitPriceMicroLamports = row.exact();
    transaction.tipLamports = row.exact();
    transaction.networkFeeLamports = row.exact();
    transaction.snapshotSlot = row.bits();
    transaction.lastValidBlockHeight = row.bits();
    transaction.sentAtMicros = row.integer();
    transaction.arrivesAtMicros = row.integer();
    transaction.mode = row.named(&domain::routeModeFromName);
    transaction.maxAmountInRaw = row.exact();
    transaction.decisionOutRaw = row.exact();
    return transaction;
}

const std::string kAccountColumns = "pool, address, owner, lamports, data, sha256";
const std::string kBalanceColumns = "owner, mint, amount_raw, reserved_raw, sha256";
const std::string kReceiptColumns =
    "order_id, input_mint, output_mint, amount_in_raw, decision_slot, landing_slot, "
    "confirmed_slot, finalized_slot, landed_at_micros, decision_out_raw, quoted_out_raw, "
    "landing_out_raw, unsandwiched_out_raw, "
    "amount_out_raw, network_fee_lamports, delay_cost_raw, price_impact_cost_raw, "
    "lp_fees_cost_raw, protocol_fees_cost_raw, transfer_fees_cost_raw, sandwich_cost_raw, "
    "network_cost_raw, compared, best_raydium_out_raw, best_meteora_out_raw, full_route_out_raw, "
    "markout_1s_out_raw, markout_1s_after_millis, markout_5s_out_raw, markout_5s_after_millis, "
    "markout_30s_out_raw, markout_30s_after_millis, markout_60s_out_raw, "
    "markout_60s_after_millis";

domain::Receipt readReceipt(Row& row) {
    domain::Receipt receipt;
    receipt.orderId = row.orderId();
    receipt.inputMint = row.pubkey();
    receipt.outputMint = row.pubkey();
    receipt.amountInRaw = row.exact();
    receipt.decisionSlot = row.bits();
    receipt.landingSlot = row.bits();
    receipt.confirmedSlot = row.bits();
    receipt.finalizedSlot = row.bits();
    receipt.landedAtMicros = row.integer();
    receipt.decisionOutRaw = row.exact();
    receipt.quotedOutRaw = row.exact();
    receipt.landingOutRaw = row.exact();
    receipt.unsandwichedOutRaw = row.exact();
    receipt.amountOutRaw = row.exact();
    receipt.networkFeeLamports = row.exact();
    domain::CostParts& parts = receipt.parts;
    for (base::i128* part :
         {&parts.delayRaw, &parts.priceImpactRaw, &parts.lpFeesRaw, &parts.protocolFeesRaw,
          &parts.transferFeesRaw, &parts.sandwichRaw, &parts.networkRaw}) {
        *part = row.signedExact();
    }
    const bool isCompared = row.integer() != 0;
    const domain::Counterfactuals others{row.exactOrNull(), row.exactOrNull(), row.exactOrNull()};
    if (isCompared) {
        receipt.counterfactuals = others;
    }
    for (const std::uint32_t seconds : domain::kMarkoutSeconds) {
        const auto midOutRaw = row.exactOrNull();
        if (midOutRaw) {
            receipt.markouts.push_back({seconds, *midOutRaw, row.bits()});
        } else {
            row.skip();
        }
    }
    return receipt;
}

execution::JobRecord readJob(Row& row) {
    execution::JobRecord job;
    job.failures = row.integer32();
    if (row.isNull()) {
        row.skip();
    } else {
        job.parkedAtMicros = row.integer();
    }
    job.begun = row.integer() != 0;
    return job;
}

execution::AccountWrite readAccount(Row& row) {
    execution::AccountWrite read;
    read.pool = row.pubkey();
    read.address = row.pubkey();
    read.account.owner = row.pubkey();
    read.account.lamports = row.exact();
    const QByteArray data = row.blob();
    read.account.data.assign(data.begin(), data.end());
    row.check(rowHash(read.pool, read.address, read.account));
    return read;
}

std::pair<execution::Wallet::Key, execution::Balance> readBalance(Row& row) {
    const execution::WalletOwner owner = row.named(&ownerFromName);
    const execution::Wallet::Key key{owner, row.pubkey()};
    const std::uint64_t amountRaw = row.exact();
    const execution::Balance balance{amountRaw, row.exact()};
    row.check(rowHash(key, balance));
    return {key, balance};
}

}  // namespace oee::storage
