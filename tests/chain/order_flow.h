#pragma once
// A flow of market orders for tests of the chain: who trades what is drawn, every order goes
// through the pool that quotes best, and the books are kept.

#include <cstdint>
#include <map>
#include <vector>

#include "chain/chain.h"

namespace oee::test {

struct OrderFlow {
    std::uint32_t ordersPerSlot = 2;
    double leastUsd = 100;
    double mostUsd = 30'000;  // sizes are log-uniform between
};

struct Sent {
    domain::Transaction transaction;
    std::int64_t landedMicros = 0;  // at the end of the slot it landed in; 0: it did not
    chain::TransactionOutcome outcome;
    double usd = 0;  // of the input
};

// A chain in virtual time under a flow of orders.
class FlowRun {
  public:
    FlowRun(amm::MarketSnapshotPtr market, const chain::NetworkProfile& profile,
            chain::Scenario scenario, OrderFlow flow);

    // Sends a slot's orders (0 of them: only lets time pass), runs it, keeps the books.
    const chain::SlotResult& slot(std::uint32_t orders);
    const chain::SlotResult& slot() { return slot(flow_.ordersPerSlot); }
    // Sends no more until everything is decided.
    void drain();

    const chain::ChainState& state() const { return result_.state; }
    const std::vector<Sent>& done() const { return done_; }
    // By mint: what our traders received less what they gave, fees included.
    const std::vector<base::i128>& traders() const { return traders_; }
    std::uint64_t tradersFeesLamports() const { return fees_; }
    // By mint: pools, traffic, withheld, traders and fees together.
    std::vector<base::i128> totals() const;
    // FNV-1a over every outcome and the pools' balances, slot by slot.
    std::uint64_t digest() const { return digest_; }

  private:
    domain::Transaction makeOrder();
    void book(const chain::TransactionOutcome& outcome);
    void mix(std::uint64_t value);

    chain::NetworkProfile profile_;
    chain::Scenario scenario_;
    OrderFlow flow_;
    chain::SlotResult result_;
    std::int64_t nowMicros_ = 0;
    std::uint32_t number_ = 0;
    std::vector<double> usdPerUnit_;  // by mint, at genesis
    std::vector<domain::Transaction> onTheWay_;
    std::map<domain::OrderId, Sent> open_;
    std::vector<Sent> done_;
    std::vector<base::i128> traders_;
    std::uint64_t fees_ = 0;
    std::uint64_t digest_ = 0xcbf29ce484222325ULL;
};

}  // namespace oee::test
