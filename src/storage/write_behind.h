#pragma once
// What a transaction changes, held back until its end: of a row that changes several times only the
// last state is written, and what comes and goes is not written at all.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "execution/ledger.h"
#include "storage/tables.h"

namespace oee::storage {

// Events, fills and what else is only ever added goes through at once: foreign keys must be checked
// at the commit (PRAGMA defer_foreign_keys), because their orders may be written after them.
class WriteBehind final : public execution::LedgerRecords {
  public:
    // `tables` must outlive it.
    explicit WriteBehind(Tables& tables) : tables_(tables) {}

    // Writes what is held back; before the commit.
    void flush();
    // None of it has happened.
    void forget();

    void insertOrder(const domain::Order& order) override;
    void updateOrder(const domain::Order& order) override;
    void insertEvent(const domain::OrderEvent& event) override { tables_.insertEvent(event); }
    void insertFill(const domain::Fill& fill) override { tables_.insertFill(fill); }
    void insertReceipt(const domain::Receipt& receipt) override { tables_.insertReceipt(receipt); }
    void addMarkout(const execution::MarkoutTaken& taken) override { tables_.addMarkout(taken); }
    void insertTransaction(const domain::Transaction& transaction) override;
    void deleteTransaction(const domain::OrderId& orderId) override;
    void insertJob(const domain::Order& order) override;
    void updateJob(const domain::OrderId& orderId, const execution::JobRecord& job) override;
    void deleteJob(const domain::OrderId& orderId) override;
    void putBalance(const execution::Wallet::Key& key, const execution::Balance& balance) override;
    void putAccount(const execution::AccountWrite& write, std::uint64_t slot) override;
    void putClock(const amm::ChainClock& clock, std::uint64_t blockHeight) override;
    void putEventHead(const domain::EventHash& hash) override;
    void putChainState(std::span<const std::uint8_t> state) override;

    std::optional<domain::Order> findOrder(const domain::OrderId& orderId) override;
    std::optional<domain::Order> findByIdempotencyKey(const std::string& key) override;

  private:
    enum class Row { fresh, there };
    struct HeldOrder {
        domain::Order order;
        Row row = Row::there;
    };
    struct HeldAccount {
        execution::AccountWrite write;
        std::uint64_t slot = 0;
    };
    struct HeldClock {
        amm::ChainClock clock;
        std::uint64_t blockHeight = 0;
    };

    Tables& tables_;
    std::map<domain::OrderId, HeldOrder> orders_;
    std::map<std::string, domain::OrderId> keys_;  // of orders whose row is fresh
    std::map<domain::OrderId, domain::Transaction> transactions_;
    std::map<domain::OrderId, domain::Order> jobs_;
    std::map<domain::OrderId, execution::JobRecord> jobRecords_;
    std::map<execution::Wallet::Key, execution::Balance> balances_;
    std::map<std::pair<domain::Pubkey, domain::Pubkey>, HeldAccount> accounts_;
    std::optional<HeldClock> clock_;
    std::optional<domain::EventHash> eventHead_;
    std::optional<std::vector<std::uint8_t>> chainState_;
};

}  // namespace oee::storage
