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
    std::optional<std::string_view> price, error;
    std::optional<std::int64_t> executedIn, executedOut, networkFee, executedSlot, failureCode;
    std::optional<std::string_view> failureReason, failureProgram;
};

EndColumns endColumns(const domain::Order& order, const TokenNames& names, RowTexts& texts) {
    EndColumns columns;
    if (order.execution) {
        const domain::Execution& execution = *order.execution;
        columns.price = texts.keep(names.price(
            {order.inputMint, execution.amountInRaw, order.outputMint, execution.amountOutRaw}));
        columns.executedIn = signedBits(execution.amountInRaw);
        columns.executedOut = signedBits(execution.amountOutRaw);
        columns.networkFee = signedBits(execution.networkFeeLamports);
        columns.executedSlot = signedBits(execution.slot);
    }
    if (order.failure) {
        columns.error = texts.keep(execution::explain(*order.failure));
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

void Tables::insertOrders(std::span<const domain::OrderPtr> orders) {
    static const RowInsert sql(
        "INSERT INTO order_rows (number, id, status, side, token_in, token_out, type, input_mint, "
        "output_mint, input_decimals, output_decimals, mode, amount_in_raw, amount_out_raw, "
        "slippage_bps, route, on_revert, deadline_micros, idempotency_key, reserved_lamports, "
        "created_at_micros, created_slot, attempt, fence, updated_at_micros, spent_lamports) "
        "VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql.run(connection_, orders, [this](const domain::OrderPtr& kept, RowTexts& texts) {
        const domain::Order& order = *kept;
        return std::array<Value, 26>{numberOf(order.id, OrderIs::fresh),
                                     texts.keep(domain::toString(order.id)),
                                     domain::nameOf(ownStatus(order)),
                                     domain::nameOf(order.side),
                                     texts.keep(names_.symbol(order.inputMint)),
                                     texts.keep(names_.symbol(order.outputMint)),
                                     domain::nameOf(order.type),
                                     textOf(order.inputMint),
                                     textOf(order.outputMint),
                                     names_.decimals(order.inputMint),
                                     names_.decimals(order.outputMint),
                                     domain::nameOf(order.mode),
                                     signedBits(order.amountInRaw),
                                     signedBits(order.amountOutRaw),
                                     order.slippageBps,
                                     texts.keep(choiceToJson(order.route)),
                                     domain::nameOf(order.onRevert),
                                     order.deadlineMicros,
                                     orNull(order.idempotencyKey),
                                     signedBits(order.reservedLamports),
                                     order.createdAtMicros,
                                     signedBits(order.createdSlot),
                                     order.attempt,
                                     signedBits(order.fence),
                                     order.updatedAtMicros,
                                     signedBits(order.spentLamports)};
    });
    for (const domain::OrderPtr& order : orders) {
        if (order->status == domain::OrderStatus::submitted) {
            insertJob(*order);  // that was done meanwhile: open orders are found by it
        }
    }
}

void Tables::updateOrder(const domain::Order& order) {
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

void Tables::insertEnds(std::span<const domain::OrderPtr> orders) {
    static const RowInsert sql(
        "INSERT INTO order_ends (order_number, status, attempt, fence, updated_at_micros, "
        "spent_lamports, price, executed_in_raw, executed_out_raw, network_fee_lamports, "
        "executed_slot, failure_reason, failure_program, failure_code, error) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql.run(connection_, orders, [this](const domain::OrderPtr& kept, RowTexts& texts) {
        const domain::Order& order = *kept;
        const EndColumns end = endColumns(order, names_, texts);
        return std::array<Value, 15>{numberOf(order.id, OrderIs::there),
                                     domain::nameOf(order.status),
                                     order.attempt,
                                     signedBits(order.fence),
                                     order.updatedAtMicros,
                                     signedBits(order.spentLamports),
                                     end.price,
                                     end.executedIn,
                                     end.executedOut,
                                     end.networkFee,
                                     end.executedSlot,
                                     end.failureReason,
                                     end.failureProgram,
                                     end.failureCode,
                                     end.error};
    });
}

void Tables::insertEvents(std::span<const execution::EventPtr> events) {
    static const RowInsert sql(
        "INSERT INTO event_rows (seq, order_number, status, slot, detail, at_micros, "
        "previous_sha256) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?)");
    const auto values = [this](const execution::EventPtr& kept, RowTexts&) {
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

void Tables::insertFills(std::span<const domain::Fill> fills) {
    static const RowInsert sql(
        "INSERT INTO fill_rows (order_number, leg, venue, token_in, token_out, price, slot, pool, "
        "program, input_mint, output_mint, input_decimals, output_decimals, amount_in_raw, "
        "amount_out_raw, fee_raw, protocol_fee_raw, fee_mint, network_fee_lamports, at_micros) "
        "VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql.run(connection_, fills, [this](const domain::Fill& fill, RowTexts& texts) {
        return std::array<Value, 20>{numberOf(fill.orderId, OrderIs::there),
                                     fill.leg,
                                     domain::displayNameOf(domain::venueOf(fill.program)),
                                     texts.keep(names_.symbol(fill.inputMint)),
                                     texts.keep(names_.symbol(fill.outputMint)),
                                     texts.keep(names_.price({fill.inputMint, fill.amountInRaw,
                                                              fill.outputMint, fill.amountOutRaw})),
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
                                     fill.atMicros};
    });
}

void Tables::insertReceipts(std::span<const domain::Receipt> receipts) {
    static const RowInsert sql(
        "INSERT INTO receipt_rows (number, order_number, input_mint, output_mint, amount_in_raw, "
        "decision_slot, landing_slot, confirmed_slot, finalized_slot, landed_at_micros, "
        "decision_out_raw, quoted_out_raw, landing_out_raw, unsandwiched_out_raw, amount_out_raw, "
        "network_fee_lamports, delay_cost_raw, price_impact_cost_raw, lp_fees_cost_raw, "
        "protocol_fees_cost_raw, transfer_fees_cost_raw, sandwich_cost_raw, network_cost_raw, "
        "shortfall_cost_raw, compared, best_raydium_out_raw, best_meteora_out_raw, "
        "full_route_out_raw) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql.run(connection_, receipts, [this](const domain::Receipt& receipt, RowTexts& texts) {
        const std::int64_t number = nextOf(lastReceipt_, "SELECT max(number) FROM receipt_rows");
        receipts_[receipt.orderId] = number;
        const domain::CostParts& parts = receipt.parts;
        const auto digits = [&](base::i128 value) {
            return texts.keep(domain::signedDigits(value));
        };
        const auto others = receipt.counterfactuals.value_or(domain::Counterfactuals{});
        return std::array<Value, 28>{number,
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
                                     digits(parts.delayRaw),
                                     digits(parts.priceImpactRaw),
                                     digits(parts.lpFeesRaw),
                                     digits(parts.protocolFeesRaw),
                                     digits(parts.transferFeesRaw),
                                     digits(parts.sandwichRaw),
                                     digits(parts.networkRaw),
                                     digits(receipt.shortfallRaw()),
                                     receipt.counterfactuals.has_value() ? 1 : 0,
                                     bitsOrNull(others.bestRaydiumOutRaw),
                                     bitsOrNull(others.bestMeteoraOutRaw),
                                     bitsOrNull(others.fullRouteOutRaw)};
    });
    // Those that waited to be written may have markouts by now.
    std::vector<execution::MarkoutTaken> taken;
    for (const domain::Receipt& receipt : receipts) {
        for (const domain::Markout& markout : receipt.markouts) {
            taken.push_back({receipt.orderId, markout});
        }
    }
    addMarkouts(taken);
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
    sql.run(connection_, taken, [this](const execution::MarkoutTaken& one, RowTexts&) {
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

void Tables::insertTransactions(std::span<const execution::SentTransaction* const> all) {
    static const RowInsert sql(
        "INSERT INTO transaction_rows (order_number, attempt, fence, signature, mode, legs, "
        "plan_in_raw, expected_out_raw, min_amount_out_raw, max_amount_in_raw, bound_raw, gap_ppb, "
        "decision_out_raw, compute_unit_limit, compute_unit_price, tip_lamports, "
        "network_fee_lamports, snapshot_slot, last_valid_block_height, sent_at_micros, "
        "arrives_at_micros, submitted_at_micros) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql.run(connection_, all, [this](const execution::SentTransaction* sent, RowTexts& texts) {
        const domain::Transaction& transaction = sent->transaction;
        return std::array<Value, 22>{numberOf(transaction.orderId, OrderIs::there),
                                     transaction.attempt,
                                     signedBits(transaction.fence),
                                     texts.keep(domain::toBase58(transaction.signature)),
                                     domain::nameOf(transaction.mode),
                                     texts.keep(legsToJson(transaction.legs)),
                                     signedBits(sent->plan.amountInRaw),
                                     signedBits(transaction.expectedOutRaw),
                                     signedBits(transaction.minAmountOutRaw),
                                     signedBits(transaction.maxAmountInRaw),
                                     signedBits(sent->plan.boundRaw),
                                     signedBits(sent->plan.gapPpb),
                                     signedBits(transaction.decisionOutRaw),
                                     transaction.computeUnitLimit,
                                     signedBits(transaction.computeUnitPriceMicroLamports),
                                     signedBits(transaction.tipLamports),
                                     signedBits(transaction.networkFeeLamports),
                                     signedBits(transaction.snapshotSlot),
                                     signedBits(transaction.lastValidBlockHeight),
                                     transaction.sentAtMicros,
                                     transaction.arrivesAtMicros,
                                     sent->submittedAtMicros};
    });
}

void Tables::deleteTransaction(const domain::OrderId& orderId) {
    connection_.run("DELETE FROM transaction_rows WHERE order_number = ?",
                    {numberOf(orderId, OrderIs::there)});
}

}  // namespace oee::storage
