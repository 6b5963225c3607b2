// Jobs, balances, accounts and what there is once; and orders by what they are called.

#include "storage/event_chain.h"
#include "storage/row_hash.h"
#include "storage/rows.h"
#include "storage/tables.h"

namespace oee::storage {

// An order that is planned anew has a row.
void Tables::insertJob(const domain::Order& order) {
    connection_.run(
        "INSERT OR REPLACE INTO outbox_rows (order_number, attempt, at_micros) VALUES (?, ?, ?)",
        {numberOf(order.id, OrderIs::there), order.attempt, order.updatedAtMicros});
}

void Tables::updateJob(const domain::OrderId& orderId, const execution::JobRecord& job) {
    connection_.run(
        "UPDATE outbox_rows SET failures = ?, parked_at_micros = ?, begun = ? WHERE order_number = "
        "?",
        {job.failures, job.parkedAtMicros, job.begun ? 1 : 0, numberOf(orderId, OrderIs::there)});
}

void Tables::deleteJob(const domain::OrderId& orderId) {
    connection_.run("DELETE FROM outbox_rows WHERE order_number = ?",
                    {numberOf(orderId, OrderIs::there)});
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
        sql, {execution::nameOf(owner), names_.symbol(mint), names_.amount(balance.amountRaw, mint),
              names_.amount(balance.reservedRaw, mint), textOf(mint), exactText(balance.amountRaw),
              exactText(balance.reservedRaw), rowHash(key, balance)});
}

void Tables::putAccount(const execution::AccountWrite& write, std::uint64_t slot) {
    static const std::string sql =
        "INSERT INTO accounts (pool, address, owner, lamports, slot, data, sha256) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (pool, address) DO UPDATE SET "
        "owner = excluded.owner, lamports = excluded.lamports, slot = excluded.slot, "
        "data = excluded.data, sha256 = excluded.sha256";
    connection_.run(sql, {textOf(write.pool), textOf(write.address), textOf(write.account.owner),
                          exactText(write.account.lamports), signedBits(slot),
                          std::span<const std::uint8_t>(write.account.data),
                          rowHash(write.pool, write.address, write.account)});
}

void Tables::putClock(const amm::ChainClock& clock, std::uint64_t blockHeight) {
    putMeta(meta::kSlot, std::to_string(clock.slot));
    putMeta(meta::kUnixTimestamp, std::to_string(clock.unixTimestamp));
    putMeta(meta::kChainEpoch, std::to_string(clock.epoch));
    putMeta(meta::kBlockHeight, std::to_string(blockHeight));
}

void Tables::putChainState(std::span<const std::uint8_t> state) {
    connection_.run(
        "INSERT INTO chain_state (only, data) VALUES (1, ?) "
        "ON CONFLICT (only) DO UPDATE SET data = excluded.data",
        {state});
}

void Tables::putEventHead(const domain::EventHash& hash) {
    putMeta(meta::kEventHead, hexOf(hash).toStdString());
}

void Tables::putMeta(const char* key, std::string_view value) {
    connection_.run(
        "INSERT INTO meta (key, value) VALUES (?, ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        {key, value});
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
    return findOne("id = ?", storage::textOf(orderId));
}

std::optional<domain::Order> Tables::findByIdempotencyKey(const std::string& key) {
    return findOne("idempotency_key = ?", storage::textOf(key));
}

}  // namespace oee::storage
