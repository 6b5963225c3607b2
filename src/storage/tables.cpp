#include "storage/tables.h"

#include <array>

#include "domain/amount.h"
#include "domain/venue.h"
#include "execution/explain.h"
#include "storage/row_insert.h"
#include "storage/rows.h"

// The rows that are written for every order. The rest is in tables_state.cpp.

namespace oee::storage {
namespace {

std::optional<std::string_view> orNull(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

std::optional<std::int64_t> bitsOrNull(const std::optional<std::uint64_t>& value) {
    return value ? std::optional(signedBits(*value)) : std::nullopt;
}

// The columns of which some stand, by how an order has ended.
struct EndColumns {
    std::optional<std::string> price, error;
    std::optional<std::int64_t> executedIn, executedOut, networkFee, executedSlot, failureCode;
    std::optional<std::string_view> failureReason, failureProgram;
};

EndColumns endColumns(const domain::Order& order, const TokenNames& names) {
    EndColumns columns;
    if (order.execution) {
        const domain::Execution& execution = *order.execution;
        columns.price = names.price(
            {order.inputMint, execution.amountInRaw, order.outputMint, execution.amountOutRaw});
        columns.executedIn = signedBits(execution.amountInRaw);
        columns.executedOut = signedBits(execution.amountOutRaw);
        columns.networkFee = signedBits(execution.networkFeeLamports);
        columns.executedSlot = signedBits(execution.slot);
    }
    if (order.failure) {
        columns.error = execution::explain(*order.failure);
        columns.failureReason = domain::nameOf(order.failure->reason);
        if (order.failure->program) {
            columns.failureProgram = domain::nameOf(*order.failure->program);
        }
        columns.failureCode = order.failure->errorCode;
    }
    return columns;
}

// What an order's own row says of where it is: nothing any more once it was sent, or has ended.
domain::OrderStatus ownStatus(const domain::Order& order) {
    return order.status == domain::OrderStatus::submitted || domain::isTerminal(order.status)
               ? domain::OrderStatus::pending
               : order.status;
}

}  // namespace

std::string_view Tables::textOf(const domain::Pubkey& key) {
    const auto known = addresses_.find(key);
    return known != addresses_.end() ? known->second
                                     : addresses_.emplace(key, domain::toBase58(key)).first->second;
}

// What a connection that has failed answers is no number, and must not be kept for one.
std::int64_t Tables::numberOf(const domain::OrderId& orderId, OrderIs order) {
    const auto known = numbers_.find(orderId);
    if (known != numbers_.end()) {
        return known->second;
    }
    if (order == OrderIs::fresh) {
        const std::int64_t next = nextOf(lastNumber_, "SELECT max(number) FROM order_rows");
        return next == 0 ? 0 : numbers_.emplace(orderId, next).first->second;
    }
    const std::int64_t number = connection_
                                    .scalar("SELECT number FROM order_rows WHERE id = ?",
                                            {QString::fromStdString(domain::toString(orderId))})
                                    .toLongLong();
    return connection_.failed() ? 0 : numbers_.emplace(orderId, number).first->second;
}

std::int64_t Tables::nextOf(std::optional<std::int64_t>& last, const char* newest) {
    if (!last) {
        const std::int64_t read = connection_.scalar(newest).toLongLong();
        if (connection_.failed()) {
            return 0;
        }
        last = read;
    }
    return ++*last;
}

void Tables::forgetNumber(const domain::OrderId& orderId) {
    numbers_.erase(orderId);
}

void Tables::insertOrder(const domain::OrderPtr& kept) {
    static const std::string sql =
        "INSERT INTO order_rows (number, id, status, side, token_in, token_out, type, input_mint, "
        "output_mint, input_decimals, output_decimals, mode, amount_in_raw, amount_out_raw, "
        "slippage_bps, route, on_revert, deadline_micros, idempotency_key, reserved_lamports, "
        "created_at_micros, created_slot, attempt, fence, updated_at_micros, spent_lamports) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    const domain::Order& order = *kept;
    connection_.run(sql, {numberOf(order.id, OrderIs::fresh),
                          domain::toString(order.id),
                          domain::nameOf(ownStatus(order)),
                          domain::nameOf(order.side),
                          names_.symbol(order.inputMint),
                          names_.symbol(order.outputMint),
                          domain::nameOf(order.type),
                          textOf(order.inputMint),
                          textOf(order.outputMint),
                          names_.decimals(order.inputMint),
                          names_.decimals(order.outputMint),
                          domain::nameOf(order.mode),
                          signedBits(order.amountInRaw),
                          signedBits(order.amountOutRaw),
                          order.slippageBps,
                          choiceToJson(order.route),
                          domain::nameOf(order.onRevert),
                          order.deadlineMicros,
                          orNull(order.idempotencyKey),
                          signedBits(order.reservedLamports),
                          order.createdAtMicros,
                          signedBits(order.createdSlot),
                          order.attempt,
                          signedBits(order.fence),
                          order.updatedAtMicros,
                          signedBits(order.spentLamports)});
    if (domain::isTerminal(order.status)) {
        insertEnd(order);
    } else if (order.status == domain::OrderStatus::submitted) {
        insertJob(order);  // that was done meanwhile: open orders are found by it
    }
}

void Tables::updateOrder(const domain::OrderPtr& kept) {
    const domain::Order& order = *kept;
    if (domain::isTerminal(order.status)) {
        insertEnd(order);
        connection_.run("DELETE FROM outbox_rows WHERE order_number = ?",
                        {numberOf(order.id, OrderIs::there)});
        return;
    }
    // Its transaction tells the rest.
    if (order.status == domain::OrderStatus::submitted && order.spentLamports == 0) {
        return;
    }
    static const std::string sql =
        "UPDATE order_rows SET status = ?, attempt = ?, fence = ?, updated_at_micros = ?, "
        "spent_lamports = ? WHERE number = ?";
    connection_.run(sql, {domain::nameOf(ownStatus(order)), order.attempt, signedBits(order.fence),
                          order.updatedAtMicros, signedBits(order.spentLamports),
                          numberOf(order.id, OrderIs::there)});
}

void Tables::insertEnd(const domain::Order& order) {
    static const std::string sql =
        "INSERT INTO order_ends (order_number, status, attempt, fence, updated_at_micros, "
        "spent_lamports, price, executed_in_raw, executed_out_raw, network_fee_lamports, "
        "executed_slot, failure_reason, failure_program, failure_code, error) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    const EndColumns end = endColumns(order, names_);
    connection_.run(
        sql, {numberOf(order.id, OrderIs::there), domain::nameOf(order.status), order.attempt,
              signedBits(order.fence), order.updatedAtMicros, signedBits(order.spentLamports),
              end.price, end.executedIn, end.executedOut, end.networkFee, end.executedSlot,
              end.failureReason, end.failureProgram, end.failureCode, end.error});
}

void Tables::insertEvents(std::span<const execution::EventPtr> events) {
    static const RowInsert sql(
        "INSERT INTO event_rows (seq, order_number, status, slot, detail, at_micros, "
        "previous_sha256) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?)");
    const auto values = [this](const execution::EventPtr& kept) {
        const domain::OrderEvent& event = *kept;
        const OrderIs order =
            event.status == domain::OrderStatus::pending ? OrderIs::fresh : OrderIs::there;
        return std::array<Value, 7>{signedBits(event.sequence),
                                    numberOf(event.order->id, order),
                                    domain::nameOf(event.status),
                                    signedBits(event.slot),
                                    event.detail,
                                    event.atMicros,
                                    std::span<const std::uint8_t>(event.previousHash)};
    };
    sql.run(connection_, events, values);
}

void Tables::insertFill(const domain::Fill& fill) {
    static const std::string sql =
        "INSERT INTO fill_rows (order_number, leg, venue, token_in, token_out, price, slot, pool, "
        "program, input_mint, output_mint, input_decimals, output_decimals, amount_in_raw, "
        "amount_out_raw, fee_raw, protocol_fee_raw, fee_mint, network_fee_lamports, at_micros) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    connection_.run(
        sql, {numberOf(fill.orderId, OrderIs::there),
              fill.leg,
              domain::displayNameOf(domain::venueOf(fill.program)),
              names_.symbol(fill.inputMint),
              names_.symbol(fill.outputMint),
              names_.price({fill.inputMint, fill.amountInRaw, fill.outputMint, fill.amountOutRaw}),
              signedBits(fill.slot),
              textOf(fill.pool),
              domain::nameOf(fill.program),
              textOf(fill.inputMint),
              textOf(fill.outputMint),
              names_.decimals(fill.inputMint),
              names_.decimals(fill.outputMint),
              signedBits(fill.amountInRaw),
              signedBits(fill.amountOutRaw),
              signedBits(fill.feeRaw),
              signedBits(fill.protocolFeeRaw),
              textOf(fill.feeMint),
              signedBits(fill.networkFeeLamports),
              fill.atMicros});
}

void Tables::insertReceipt(const domain::Receipt& receipt) {
    static const std::string sql =
        "INSERT INTO receipt_rows (number, order_number, input_mint, output_mint, amount_in_raw, "
        "decision_slot, landing_slot, confirmed_slot, finalized_slot, landed_at_micros, "
        "decision_out_raw, quoted_out_raw, landing_out_raw, unsandwiched_out_raw, amount_out_raw, "
        "network_fee_lamports, delay_cost_raw, price_impact_cost_raw, lp_fees_cost_raw, "
        "protocol_fees_cost_raw, transfer_fees_cost_raw, sandwich_cost_raw, network_cost_raw, "
        "shortfall_cost_raw, compared, best_raydium_out_raw, best_meteora_out_raw, "
        "full_route_out_raw) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?)";
    const std::int64_t number = nextOf(lastReceipt_, "SELECT max(number) FROM receipt_rows");
    receipts_[receipt.orderId] = number;
    const domain::CostParts& parts = receipt.parts;
    const auto others = receipt.counterfactuals.value_or(domain::Counterfactuals{});
    connection_.run(sql, {number,
                          numberOf(receipt.orderId, OrderIs::there),
                          textOf(receipt.inputMint),
                          textOf(receipt.outputMint),
                          signedBits(receipt.amountInRaw),
                          signedBits(receipt.decisionSlot),
                          signedBits(receipt.landingSlot),
                          signedBits(receipt.confirmedSlot),
                          signedBits(receipt.finalizedSlot),
                          receipt.landedAtMicros,
                          signedBits(receipt.decisionOutRaw),
                          signedBits(receipt.quotedOutRaw),
                          signedBits(receipt.landingOutRaw),
                          signedBits(receipt.unsandwichedOutRaw),
                          signedBits(receipt.amountOutRaw),
                          signedBits(receipt.networkFeeLamports),
                          domain::signedDigits(parts.delayRaw),
                          domain::signedDigits(parts.priceImpactRaw),
                          domain::signedDigits(parts.lpFeesRaw),
                          domain::signedDigits(parts.protocolFeesRaw),
                          domain::signedDigits(parts.transferFeesRaw),
                          domain::signedDigits(parts.sandwichRaw),
                          domain::signedDigits(parts.networkRaw),
                          domain::signedDigits(receipt.shortfallRaw()),
                          receipt.counterfactuals.has_value() ? 1 : 0,
                          bitsOrNull(others.bestRaydiumOutRaw),
                          bitsOrNull(others.bestMeteoraOutRaw),
                          bitsOrNull(others.fullRouteOutRaw)});
    // One that waited to be written may have markouts by now.
    for (const domain::Markout& markout : receipt.markouts) {
        const execution::MarkoutTaken taken{receipt.orderId, markout};
        addMarkouts(std::span(&taken, 1));
    }
}

std::int64_t Tables::receiptOf(const domain::OrderId& orderId) {
    const auto known = receipts_.find(orderId);
    if (known != receipts_.end()) {
        return known->second;
    }
    const std::int64_t number =
        connection_
            .scalar(
                "SELECT receipt_rows.number FROM receipt_rows JOIN order_rows ON "
                "order_rows.number = order_number WHERE id = ?",
                {QString::fromStdString(domain::toString(orderId))})
            .toLongLong();
    return connection_.failed() ? 0 : receipts_.emplace(orderId, number).first->second;
}

void Tables::addMarkouts(std::span<const execution::MarkoutTaken> taken) {
    static const RowInsert sql(
        "INSERT INTO markout_rows (seconds, receipt_number, out_raw, after_millis) VALUES ",
        "(?, ?, ?, ?)");
    sql.run(connection_, taken, [this](const execution::MarkoutTaken& one) {
        return std::array<Value, 4>{one.markout.seconds, receiptOf(one.orderId),
                                    signedBits(one.markout.midOutRaw),
                                    signedBits(one.markout.takenAfterMillis)};
    });
    for (const execution::MarkoutTaken& one : taken) {
        if (one.markout.seconds == domain::kMarkoutSeconds.back()) {
            receipts_.erase(one.orderId);
        }
    }
}

void Tables::insertTransaction(const execution::SentTransaction& sent) {
    static const std::string sql =
        "INSERT INTO transaction_rows (order_number, attempt, fence, signature, mode, legs, "
        "plan_in_raw, "
        "expected_out_raw, min_amount_out_raw, max_amount_in_raw, bound_raw, gap_ppb, "
        "decision_out_raw, compute_unit_limit, compute_unit_price, tip_lamports, "
        "network_fee_lamports, snapshot_slot, last_valid_block_height, sent_at_micros, "
        "arrives_at_micros, submitted_at_micros) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    const domain::Transaction& transaction = sent.transaction;
    connection_.run(sql, {numberOf(transaction.orderId, OrderIs::there),
                          transaction.attempt,
                          signedBits(transaction.fence),
                          domain::toBase58(transaction.signature),
                          domain::nameOf(transaction.mode),
                          legsToJson(transaction.legs),
                          signedBits(sent.plan.amountInRaw),
                          signedBits(transaction.expectedOutRaw),
                          signedBits(transaction.minAmountOutRaw),
                          signedBits(transaction.maxAmountInRaw),
                          signedBits(sent.plan.boundRaw),
                          signedBits(sent.plan.gapPpb),
                          signedBits(transaction.decisionOutRaw),
                          transaction.computeUnitLimit,
                          signedBits(transaction.computeUnitPriceMicroLamports),
                          signedBits(transaction.tipLamports),
                          signedBits(transaction.networkFeeLamports),
                          signedBits(transaction.snapshotSlot),
                          signedBits(transaction.lastValidBlockHeight),
                          transaction.sentAtMicros,
                          transaction.arrivesAtMicros,
                          sent.submittedAtMicros});
}

void Tables::deleteTransaction(const domain::OrderId& orderId) {
    connection_.run("DELETE FROM transaction_rows WHERE order_number = ?",
                    {numberOf(orderId, OrderIs::there)});
}

}  // namespace oee::storage
