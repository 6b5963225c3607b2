#pragma once
// What the writer changes; rows that are added go many to a statement. Failures stick to the
// connection and are found at the commit.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "domain/order.h"
#include "domain/transaction.h"
#include "execution/ledger.h"
#include "execution/order_store.h"
#include "execution/wallet.h"
#include "storage/codec.h"
#include "storage/connection.h"

namespace oee::storage {

// Keys of the table `meta`.
namespace meta {
inline constexpr const char* kInstanceId = "instance_id";
inline constexpr const char* kGenesisIdentity = "genesis_identity";
inline constexpr const char* kGenesisDescription = "genesis_description";
inline constexpr const char* kEpoch = "epoch";  // how often the file was opened for writing
inline constexpr const char* kSlot = "chain_slot";
inline constexpr const char* kUnixTimestamp = "chain_unix_timestamp";
inline constexpr const char* kChainEpoch = "chain_epoch";
inline constexpr const char* kEventHead = "event_head";  // hash of the newest event, hex
inline constexpr const char* kBlockHeight = "chain_block_height";
}  // namespace meta

class Tables {
  public:
    Tables(Connection& connection, const TokenNames& names)
        : connection_(connection), names_(names) {}

    void insertOrders(std::span<const domain::OrderPtr> orders);
    // Of one that has not ended.
    void updateOrder(const domain::Order& order);
    // Of orders whose rows are there.
    void insertEnds(std::span<const domain::OrderPtr> orders);
    void insertEvents(std::span<const execution::EventPtr> events);
    void insertFills(std::span<const domain::Fill> fills);
    void insertReceipts(std::span<const domain::Receipt> receipts);
    void addMarkouts(std::span<const execution::MarkoutTaken> taken);
    void insertTransactions(std::span<const execution::SentTransaction* const> all);
    void deleteTransaction(const domain::OrderId& orderId);
    // A job that is done stays, as the row of an open order, until that ends.
    void insertJob(const domain::Order& order);
    void updateJob(const domain::OrderId& orderId, const execution::JobRecord& job);
    void deleteJob(const domain::OrderId& orderId);
    void putBalance(const execution::Wallet::Key& key, const execution::Balance& balance);
    void putAccount(const execution::AccountWrite& write, std::uint64_t slot);
    void putClock(const amm::ChainClock& clock, std::uint64_t blockHeight);
    void putEventHead(const domain::EventHash& hash);
    void putChainState(std::span<const std::uint8_t> state);
    void putMeta(const char* key, std::string_view value);
    // An order that has ended, and whose event says so, is not written again.
    void forgetNumber(const domain::OrderId& orderId);

    // Empty where there is none, or the statement or its row failed (the connection says so).
    std::optional<domain::Order> findOrder(const domain::OrderId& orderId);
    std::optional<domain::Order> findByIdempotencyKey(const std::string& key);

  private:
    // The key of an order's row: where that is not written yet, the next one.
    enum class OrderIs { fresh, there };
    std::int64_t numberOf(const domain::OrderId& orderId, OrderIs order);
    // The number after the last; 0 where the connection has failed, which then runs nothing.
    std::int64_t nextOf(std::optional<std::int64_t>& last, const char* newest);
    // Likewise of a receipt that was written.
    std::int64_t receiptOf(const domain::OrderId& orderId);
    std::string_view textOf(const domain::Pubkey& key);
    std::optional<domain::Order> findOne(const std::string& where, const QVariant& value);

    Connection& connection_;
    const TokenNames& names_;
    std::optional<std::int64_t> lastNumber_;                     // read at the first use
    std::unordered_map<domain::OrderId, std::int64_t> numbers_;  // of orders that have not ended
    std::optional<std::int64_t> lastReceipt_;
    std::unordered_map<domain::OrderId, std::int64_t> receipts_;  // that owe markouts
    std::unordered_map<domain::Pubkey, std::string> addresses_;   // of the market's mints and pools
};

}  // namespace oee::storage
