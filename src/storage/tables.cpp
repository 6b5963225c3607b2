#include "storage/tables.h"

#include "domain/venue.h"
#include "execution/explain.h"
#include "storage/event_chain.h"
#include "storage/row_hash.h"
#include "storage/rows.h"

namespace oee::storage {
namespace {

// The readable and exact columns that stand only from some state on.
struct LaterColumns {
    QVariant amountOut, price, error, signature;
    QVariant planPool, planProgram, planLegs, planExpectedOut, planMinOut;
    QVariant planLegsJson, planIn, planMaxIn, planBound, planGap;
    QVariant executedIn, executedOut, networkFee, executedSlot;
    QVariant failureReason, failureProgram, failureCode;
};

LaterColumns laterColumns(const domain::Order& order, const TokenNames& names) {
    LaterColumns columns;
    if (order.plan) {
        const domain::RouteLeg& first = order.plan->legs.front();
        columns.planPool = textOf(first.pool);
        columns.planProgram = textOf(domain::nameOf(first.program));
        columns.planLegs = static_cast<qint64>(order.plan->legs.size());
        columns.planExpectedOut = exactText(order.plan->expectedOutRaw);
        columns.planMinOut = exactText(order.plan->minAmountOutRaw);
        columns.planLegsJson = legsToJson(order.plan->legs);
        columns.planIn = exactText(order.plan->amountInRaw);
        columns.planMaxIn = exactText(order.plan->maxAmountInRaw);
        columns.planBound = exactText(order.plan->boundRaw);
        columns.planGap = exactText(order.plan->gapPpb);
    }
    if (order.signature) {
        columns.signature = textOf(*order.signature);
    }
    if (order.execution) {
        const domain::Execution& execution = *order.execution;
        columns.amountOut = names.amount(execution.amountOutRaw, order.outputMint);
        columns.price = names.price(
            {order.inputMint, execution.amountInRaw, order.outputMint, execution.amountOutRaw});
        columns.executedIn = exactText(execution.amountInRaw);
        columns.executedOut = exactText(execution.amountOutRaw);
        columns.networkFee = exactText(execution.networkFeeLamports);
        columns.executedSlot = signedBits(execution.slot);
    }
    if (order.failure) {
        columns.error = textOf(execution::explain(*order.failure));
        columns.failureReason = textOf(domain::nameOf(order.failure->reason));
        if (order.failure->program) {
            columns.failureProgram = textOf(domain::nameOf(*order.failure->program));
        }
        if (order.failure->errorCode) {
            columns.failureCode = *order.failure->errorCode;
        }
    }
    return columns;
}

}  // namespace

// A new order has none of the later columns.
void Tables::insertOrder(const domain::Order& order) {
    static const std::string sql =
        "INSERT INTO orders (id, status, side, token_in, token_out, amount_in, created_at, "
        "updated_at, type, input_mint, output_mint, amount_in_raw, slippage_bps, attempt, fence, "
        "reserved_lamports, created_at_micros, updated_at_micros, created_slot, idempotency_key, "
        "on_revert, deadline_micros, mode, amount_out_raw, route) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    const QString createdAt = isoTime(order.createdAtMicros);
    connection_.run(
        sql,
        {textOf(order.id),
         textOf(domain::nameOf(order.status)),
         textOf(domain::nameOf(order.side)),
         names_.symbol(order.inputMint),
         names_.symbol(order.outputMint),
         names_.amount(order.amountInRaw, order.inputMint),
         createdAt,
         createdAt,
         textOf(domain::nameOf(order.type)),
         textOf(order.inputMint),
         textOf(order.outputMint),
         exactText(order.amountInRaw),
         order.slippageBps,
         order.attempt,
         signedBits(order.fence),
         exactText(order.reservedLamports),
         static_cast<qint64>(order.createdAtMicros),
         static_cast<qint64>(order.updatedAtMicros),
         signedBits(order.createdSlot),
         order.idempotencyKey.empty() ? QVariant() : QVariant(textOf(order.idempotencyKey)),
         textOf(domain::nameOf(order.onRevert)),
         order.deadlineMicros ? QVariant(static_cast<qint64>(*order.deadlineMicros)) : QVariant(),
         textOf(domain::nameOf(order.mode)),
         exactText(order.amountOutRaw),
         choiceToJson(order.route)});
}

void Tables::updateOrder(const domain::Order& order) {
    static const std::string sql =
        "UPDATE orders SET status = ?, attempt = ?, fence = ?, updated_at = ?, "
        "updated_at_micros = ?, amount_out = ?, price = ?, error = ?, signature = ?, "
        "plan_pool = ?, plan_program = ?, plan_legs = ?, plan_expected_out_raw = ?, "
        "plan_min_out_raw = ?, plan_legs_json = ?, plan_in_raw = ?, plan_max_in_raw = ?, "
        "plan_bound_raw = ?, plan_gap_ppb = ?, executed_in_raw = ?, executed_out_raw = ?, "
        "network_fee_lamports = ?, executed_slot = ?, failure_reason = ?, failure_program = ?, "
        "failure_code = ?, spent_lamports = ? WHERE id = ?";
    const LaterColumns later = laterColumns(order, names_);
    connection_.run(sql, {textOf(domain::nameOf(order.status)),
                          order.attempt,
                          signedBits(order.fence),
                          isoTime(order.updatedAtMicros),
                          static_cast<qint64>(order.updatedAtMicros),
                          later.amountOut,
                          later.price,
                          later.error,
                          later.signature,
                          later.planPool,
                          later.planProgram,
                          later.planLegs,
                          later.planExpectedOut,
                          later.planMinOut,
                          later.planLegsJson,
                          later.planIn,
                          later.planMaxIn,
                          later.planBound,
                          later.planGap,
                          later.executedIn,
                          later.executedOut,
                          later.networkFee,
                          later.executedSlot,
                          later.failureReason,
                          later.failureProgram,
                          later.failureCode,
                          exactText(order.spentLamports),
                          textOf(order.id)});
}

void Tables::insertEvent(const domain::OrderEvent& event) {
    static const std::string sql =
        "INSERT INTO order_events (seq, order_id, status, slot, time, detail, at_micros, "
        "previous_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    connection_.run(sql, {signedBits(event.sequence), textOf(event.order->id),
                          textOf(domain::nameOf(event.status)), signedBits(event.slot),
                          isoTime(event.atMicros), textOf(event.detail),
                          static_cast<qint64>(event.atMicros), hexOf(event.previousHash)});
}

void Tables::insertFill(const domain::Fill& fill) {
    static const std::string sql =
        "INSERT INTO fills (order_id, leg, venue, token_in, token_out, amount_in, amount_out, "
        "price, time, slot, pool, program, input_mint, output_mint, amount_in_raw, amount_out_raw, "
        "fee_raw, protocol_fee_raw, fee_mint, network_fee_lamports, at_micros, signature) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    const QString price =
        names_.price({fill.inputMint, fill.amountInRaw, fill.outputMint, fill.amountOutRaw});
    connection_.run(sql, {textOf(fill.orderId),
                          fill.leg,
                          textOf(domain::displayNameOf(domain::venueOf(fill.program))),
                          names_.symbol(fill.inputMint),
                          names_.symbol(fill.outputMint),
                          names_.amount(fill.amountInRaw, fill.inputMint),
                          names_.amount(fill.amountOutRaw, fill.outputMint),
                          price,
                          isoTime(fill.atMicros),
                          signedBits(fill.slot),
                          textOf(fill.pool),
                          textOf(domain::nameOf(fill.program)),
                          textOf(fill.inputMint),
                          textOf(fill.outputMint),
                          exactText(fill.amountInRaw),
                          exactText(fill.amountOutRaw),
                          exactText(fill.feeRaw),
                          exactText(fill.protocolFeeRaw),
                          textOf(fill.feeMint),
                          exactText(fill.networkFeeLamports),
                          static_cast<qint64>(fill.atMicros),
                          textOf(fill.signature)});
}

void Tables::insertReceipt(const domain::Receipt& receipt) {
    static const std::string sql =
        "INSERT INTO receipts (order_id, token_in, token_out, amount_in, decision_out, quoted_out, "
        "amount_out, delay_cost, price_impact_cost, lp_fees_cost, protocol_fees_cost, "
        "transfer_fees_cost, sandwich_cost, network_cost, shortfall, input_mint, output_mint, "
        "amount_in_raw, decision_slot, landing_slot, confirmed_slot, finalized_slot, "
        "landed_at_micros, decision_out_raw, "
        "quoted_out_raw, landing_out_raw, unsandwiched_out_raw, amount_out_raw, "
        "network_fee_lamports, delay_cost_raw, price_impact_cost_raw, lp_fees_cost_raw, "
        "protocol_fees_cost_raw, transfer_fees_cost_raw, sandwich_cost_raw, network_cost_raw, "
        "compared, best_raydium_out_raw, best_meteora_out_raw, full_route_out_raw, "
        "markout_1s_out, markout_1s_out_raw, markout_1s_after_millis, "
        "markout_5s_out, markout_5s_out_raw, markout_5s_after_millis, "
        "markout_30s_out, markout_30s_out_raw, markout_30s_after_millis, "
        "markout_60s_out, markout_60s_out_raw, markout_60s_after_millis) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    const auto out = [&](base::i128 raw) { return names_.signedAmount(raw, receipt.outputMint); };
    const auto exactOrNull = [](const std::optional<std::uint64_t>& value) {
        return value ? QVariant(exactText(*value)) : QVariant();
    };
    // A receipt that waited to be written may have markouts by now.
    const auto& markouts = receipt.markouts;
    const auto markout = [&](std::size_t k) {
        return k < markouts.size() ? QVariant(out(markouts[k].midOutRaw)) : QVariant();
    };
    const auto markoutRaw = [&](std::size_t k) {
        return k < markouts.size() ? QVariant(exactText(markouts[k].midOutRaw)) : QVariant();
    };
    const auto afterMillis = [&](std::size_t k) {
        return k < markouts.size() ? QVariant(signedBits(markouts[k].takenAfterMillis))
                                   : QVariant();
    };
    const domain::CostParts& parts = receipt.parts;
    const auto others = receipt.counterfactuals.value_or(domain::Counterfactuals{});
    connection_.run(sql, {textOf(receipt.orderId),
                          names_.symbol(receipt.inputMint),
                          names_.symbol(receipt.outputMint),
                          names_.amount(receipt.amountInRaw, receipt.inputMint),
                          out(receipt.decisionOutRaw),
                          out(receipt.quotedOutRaw),
                          out(receipt.amountOutRaw),
                          out(parts.delayRaw),
                          out(parts.priceImpactRaw),
                          out(parts.lpFeesRaw),
                          out(parts.protocolFeesRaw),
                          out(parts.transferFeesRaw),
                          out(parts.sandwichRaw),
                          out(parts.networkRaw),
                          out(receipt.shortfallRaw()),
                          textOf(receipt.inputMint),
                          textOf(receipt.outputMint),
                          exactText(receipt.amountInRaw),
                          signedBits(receipt.decisionSlot),
                          signedBits(receipt.landingSlot),
                          signedBits(receipt.confirmedSlot),
                          signedBits(receipt.finalizedSlot),
                          static_cast<qint64>(receipt.landedAtMicros),
                          exactText(receipt.decisionOutRaw),
                          exactText(receipt.quotedOutRaw),
                          exactText(receipt.landingOutRaw),
                          exactText(receipt.unsandwichedOutRaw),
                          exactText(receipt.amountOutRaw),
                          exactText(receipt.networkFeeLamports),
                          signedText(parts.delayRaw),
                          signedText(parts.priceImpactRaw),
                          signedText(parts.lpFeesRaw),
                          signedText(parts.protocolFeesRaw),
                          signedText(parts.transferFeesRaw),
                          signedText(parts.sandwichRaw),
                          signedText(parts.networkRaw),
                          receipt.counterfactuals.has_value() ? 1 : 0,
                          exactOrNull(others.bestRaydiumOutRaw),
                          exactOrNull(others.bestMeteoraOutRaw),
                          exactOrNull(others.fullRouteOutRaw),
                          markout(0),
                          markoutRaw(0),
                          afterMillis(0),
                          markout(1),
                          markoutRaw(1),
                          afterMillis(1),
                          markout(2),
                          markoutRaw(2),
                          afterMillis(2),
                          markout(3),
                          markoutRaw(3),
                          afterMillis(3)});
}

void Tables::addMarkout(const execution::MarkoutTaken& taken) {
    const std::string name = "markout_" + std::to_string(taken.markout.seconds) + "s_";
    connection_.run("UPDATE receipts SET " + name + "out = ?, " + name + "out_raw = ?, " + name +
                        "after_millis = ? WHERE order_id = ?",
                    {names_.amount(taken.markout.midOutRaw, taken.outputMint),
                     exactText(taken.markout.midOutRaw), signedBits(taken.markout.takenAfterMillis),
                     textOf(taken.orderId)});
}

void Tables::insertTransaction(const domain::Transaction& transaction) {
    static const std::string sql =
        "INSERT INTO transactions (" + kTransactionColumns +
        ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    connection_.run(
        sql,
        {textOf(transaction.orderId), transaction.attempt, signedBits(transaction.fence),
         textOf(transaction.signature), legsToJson(transaction.legs),
         exactText(transaction.expectedOutRaw), exactText(transaction.minAmountOutRaw),
         transaction.computeUnitLimit, exactText(transaction.computeUnitPriceMicroLamports),
         exactText(transaction.tipLamports), exactText(transaction.networkFeeLamports),
         signedBits(transaction.snapshotSlot), signedBits(transaction.lastValidBlockHeight),
         static_cast<qint64>(transaction.sentAtMicros),
         static_cast<qint64>(transaction.arrivesAtMicros), textOf(domain::nameOf(transaction.mode)),
         exactText(transaction.maxAmountInRaw), exactText(transaction.decisionOutRaw)});
}

void Tables::deleteTransaction(const domain::OrderId& orderId) {
    connection_.run("DELETE FROM transactions WHERE order_id = ?", {textOf(orderId)});
}

void Tables::insertJob(const domain::Order& order) {
    connection_.run("INSERT INTO outbox (order_id, attempt, at_micros) VALUES (?, ?, ?)",
                    {textOf(order.id), order.attempt, static_cast<qint64>(order.updatedAtMicros)});
}

void Tables::updateJob(const domain::OrderId& orderId, const execution::JobRecord& job) {
    connection_.run(
        "UPDATE outbox SET failures = ?, parked_at_micros = ? WHERE order_id = ?",
        {job.failures,
         job.parkedAtMicros ? QVariant(static_cast<qint64>(*job.parkedAtMicros)) : QVariant(),
         textOf(orderId)});
}

void Tables::deleteJob(const domain::OrderId& orderId) {
    connection_.run("DELETE FROM outbox WHERE order_id = ?", {textOf(orderId)});
}

void Tables::putBalance(const execution::Wallet::Key& key, const execution::Balance& balance) {
    static const std::string sql =
        "INSERT INTO wallet (owner, token, amount, reserved, mint, amount_raw, reserved_raw, "
        "sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (owner, mint) DO UPDATE SET "
        "token = excluded.token, amount = excluded.amount, reserved = excluded.reserved, "
        "amount_raw = excluded.amount_raw, reserved_raw = excluded.reserved_raw, "
        "sha256 = excluded.sha256";
    const auto& [owner, mint] = key;
    connection_.run(
        sql, {textOf(execution::nameOf(owner)), names_.symbol(mint),
              names_.amount(balance.amountRaw, mint), names_.amount(balance.reservedRaw, mint),
              textOf(mint), exactText(balance.amountRaw), exactText(balance.reservedRaw),
              rowHash(key, balance)});
}

void Tables::putAccount(const execution::AccountWrite& write, std::uint64_t slot) {
    static const std::string sql =
        "INSERT INTO accounts (pool, address, owner, lamports, slot, data, sha256) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (pool, address) DO UPDATE SET "
        "owner = excluded.owner, lamports = excluded.lamports, slot = excluded.slot, "
        "data = excluded.data, sha256 = excluded.sha256";
    const std::vector<std::uint8_t>& data = write.account.data;
    // An empty vector may have a null pointer, and a null QByteArray would be bound as NULL.
    const QByteArray bytes =
        data.empty() ? QByteArray("")
                     : QByteArray::fromRawData(reinterpret_cast<const char*>(data.data()),
                                               static_cast<qsizetype>(data.size()));
    connection_.run(sql, {textOf(write.pool), textOf(write.address), textOf(write.account.owner),
                          exactText(write.account.lamports), signedBits(slot), bytes,
                          rowHash(write.pool, write.address, write.account)});
}

void Tables::putClock(const amm::ChainClock& clock, std::uint64_t blockHeight) {
    putMeta(meta::kSlot, QString::number(clock.slot));
    putMeta(meta::kUnixTimestamp, QString::number(clock.unixTimestamp));
    putMeta(meta::kChainEpoch, QString::number(clock.epoch));
    putMeta(meta::kBlockHeight, QString::number(blockHeight));
}

void Tables::putChainState(std::span<const std::uint8_t> state) {
    connection_.run(
        "INSERT INTO chain_state (only, data) VALUES (1, ?) "
        "ON CONFLICT (only) DO UPDATE SET data = excluded.data",
        {QByteArray::fromRawData(reinterpret_cast<const char*>(state.data()),
                                 static_cast<qsizetype>(state.size()))});
}

void Tables::putEventHead(const domain::EventHash& hash) {
    putMeta(meta::kEventHead, hexOf(hash));
}

void Tables::putMeta(const char* key, const QString& value) {
    connection_.run(
        "INSERT INTO meta (key, value) VALUES (?, ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        {QString::fromLatin1(key), value});
}

std::optional<domain::Order> Tables::findOne(const std::string& where, const QVariant& value) {
    std::optional<domain::Order> found;
    connection_.each("SELECT " + kOrderColumns + " FROM orders WHERE " + where, {value},
                     [&](const QSqlQuery& query) {
                         Row row(query);
                         domain::Order order = readOrder(row);
                         if (row.valid()) {
                             found = std::move(order);
                         } else {
                             connection_.fail("orders." + row.faultyColumn().toStdString());
                         }
                         return false;
                     });
    return found;
}

std::optional<domain::Order> Tables::findOrder(const domain::OrderId& orderId) {
    return findOne("id = ?", textOf(orderId));
}

std::optional<domain::Order> Tables::findByIdempotencyKey(const std::string& key) {
    return findOne("idempotency_key = ?", textOf(key));
}

}  // namespace oee::storage
