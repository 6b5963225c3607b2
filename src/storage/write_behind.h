#pragma once
// The records of the ledger, held back until its transaction ends.

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "execution/ledger.h"
#include "storage/changes.h"
#include "storage/tables.h"

namespace oee::storage {

class WriteBehind final : public execution::LedgerRecords {
  public:
    // Where orders are looked for that are not held back: whose connection is of this thread.
    void lookIn(Tables& tables) { tables_ = &tables; }
    // What was taken and is being written; until it is null, it is looked into, too.
    void setWriting(const Changes* changes) { writing_ = changes; }
    Changes take() { return std::exchange(changes_, {}); }
    // What is held back since it was last taken.
    Changes& held() { return changes_; }

    void prune(PruneBatch batch) { changes_.prunes.push_back(std::move(batch)); }

    void insertOrder(const domain::OrderPtr& order) override;
    void updateOrder(const domain::OrderPtr& order) override;
    void insertEvent(const execution::EventPtr& event) override {
        changes_.events.push_back(event);
    }
    void insertFill(const domain::Fill& fill) override { changes_.fills.push_back(fill); }
    void insertReceipt(const domain::Receipt& receipt) override;
    void addMarkout(const execution::MarkoutTaken& taken) override;
    void insertTransaction(execution::SentTransaction sent) override;
    void deleteTransaction(const domain::OrderId& orderId) override;
    void insertJob(const domain::OrderPtr& order) override;
    void updateJob(const domain::OrderId& orderId, const execution::JobRecord& job) override;
    void deleteJob(const domain::OrderId& orderId) override;
    void putBalance(const execution::Wallet::Key& key, const execution::Balance& balance) override;
    void putAccount(const execution::AccountWrite& write, std::uint64_t slot) override;
    void putClock(const amm::ChainClock& clock, std::uint64_t blockHeight) override;
    void putEventHead(const domain::EventHash& hash) override;
    void putChainState(std::span<const std::uint8_t> state) override;

    // Asks for lookIn() before.
    std::optional<domain::Order> findOrder(const domain::OrderId& orderId) override;
    std::optional<domain::Order> findByIdempotencyKey(const std::string& key) override;

  private:
    Changes changes_;
    const Changes* writing_ = nullptr;
    Tables* tables_ = nullptr;
};

}  // namespace oee::storage
