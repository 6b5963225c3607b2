#pragma once
// The order store without a disk: for runs whose history is not kept.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "domain/token.h"
#include "execution/ledger.h"
#include "execution/order_store.h"

namespace oee::execution {

// Every call is decided, and answered, before it returns; then `onCommitted` is called. To be used
// on one thread; answers must not call it.
class MemoryStore final : public OrderStore {
  public:
    using OnCommitted = std::function<void(const Committed&)>;

    // `tokens` must outlive the store.
    MemoryStore(Ledger::Settings settings, const domain::TokenRegistry& tokens, Ledger::Start start,
                OnCommitted onCommitted);

    void admit(OrderDraft draft, Answer<Admitted, Refusal> answer, Decided decided) override;
    void handOut(domain::OrderId orderId, Answer<domain::OrderPtr, StoreError> answer) override;
    void retryParked(domain::OrderId orderId, Answer<domain::OrderPtr, StoreError> answer) override;
    void note(ProgressNote note) override;
    void submit(Submission submission, Answer<domain::OrderPtr, StoreError> answer,
                Decided decided) override;
    void fail(FailureNote note, Answer<domain::OrderPtr, StoreError> answer) override;
    void cancel(domain::OrderId orderId, Answer<domain::OrderPtr, StoreError> answer) override;
    void commitSlot(SlotCommit commit, Answer<std::monostate, StoreError> answer) override;
    void resetWallet(Answer<std::shared_ptr<const Wallet>, StoreError> answer) override;
    void setLimits(RiskLimits limits) override { ledger_.setLimits(std::move(limits)); }

  private:
    // The orders as they are now; the rest is told and forgotten.
    class Records final : public LedgerRecords {
      public:
        void insertOrder(const domain::OrderPtr& order) override;
        void updateOrder(const domain::OrderPtr& order) override { orders_[order->id] = order; }
        void insertEvent(const EventPtr&) override {}
        void insertFill(const domain::Fill&) override {}
        void insertReceipt(const domain::Receipt&) override {}
        void addMarkout(const MarkoutTaken&) override {}
        void insertTransaction(SentTransaction) override {}
        void deleteTransaction(const domain::OrderId&) override {}
        void insertJob(const domain::OrderPtr&) override {}
        void updateJob(const domain::OrderId&, const JobRecord&) override {}
        void deleteJob(const domain::OrderId&) override {}
        void putBalance(const Wallet::Key&, const Balance&) override {}
        void putAccount(const AccountWrite&, std::uint64_t) override {}
        void putClock(const amm::ChainClock&, std::uint64_t) override {}
        void putEventHead(const domain::EventHash&) override {}
        void putChainState(std::span<const std::uint8_t>) override {}
        std::optional<domain::Order> findOrder(const domain::OrderId& orderId) override;
        std::optional<domain::Order> findByIdempotencyKey(const std::string& key) override;

      private:
        std::map<domain::OrderId, domain::OrderPtr> orders_;
        std::map<std::string, domain::OrderId> byIdempotencyKey_;
    };

    template <typename T, typename E>
    void finish(const Answer<T, E>& answer, tl::expected<T, E> result);
    void tell();

    Records records_;
    Ledger ledger_;
    OnCommitted onCommitted_;
};

}  // namespace oee::execution
