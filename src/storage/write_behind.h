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

#include "base/crash_points.h"
#include "execution/ledger.h"
#include "storage/tables.h"

namespace oee::storage {

class WriteBehind final : public execution::LedgerRecords {
  public:
    // `tables` must outlive it.
    WriteBehind(Tables& tables, base::CrashPoints crashPoints)
        : tables_(tables), crashPoints_(std::move(crashPoints)) {}

    // Writes what is held back; before the commit. Orders before what refers to them.
    void flush();
    // Writes what is only ever added, in time that nobody waits for; their orders are written
    // later.
    void writeAdded();
    // None of it has happened.
    void forget();

    void insertOrder(const domain::OrderPtr& order) override;
    void updateOrder(const domain::OrderPtr& order) override;
    void insertEvent(const execution::EventPtr& event) override { events_.push_back(event); }
    void insertFill(const domain::Fill& fill) override { fills_.push_back(fill); }
    void insertReceipt(const domain::Receipt& receipt) override;
    void addMarkout(const execution::MarkoutTaken& taken) override;
    void insertTransaction(const execution::SentTransaction& sent) override;
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
        domain::OrderPtr order;
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
    const base::CrashPoints crashPoints_;
    std::map<domain::OrderId, HeldOrder> orders_;
    std::map<std::string, domain::OrderId> keys_;  // of orders whose row is fresh
    std::vector<execution::EventPtr> events_;
    std::vector<domain::Fill> fills_;
    std::vector<domain::Receipt> receipts_;             // by landing, with the markouts taken since
    std::map<domain::OrderId, std::size_t> receiptOf_;  // their positions
    std::map<domain::OrderId, execution::SentTransaction> transactions_;
    std::map<domain::OrderId, domain::Order> jobs_;
    std::map<domain::OrderId, execution::JobRecord> jobRecords_;
    std::map<execution::Wallet::Key, execution::Balance> balances_;
    std::map<std::pair<domain::Pubkey, domain::Pubkey>, HeldAccount> accounts_;
    std::optional<HeldClock> clock_;
    std::optional<domain::EventHash> eventHead_;
    std::optional<std::vector<std::uint8_t>> chainState_;
};

}  // namespace oee::storage
