#include "bench/history_maker.h"

#include <algorithm>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "bench/bench.h"
#include "market/start_balances.h"
#include "runtime/virtual_clock.h"
#include "storage/sqlite_store.h"
#include "support/market_fixture.h"

namespace oee::bench {
namespace {

constexpr std::uint64_t kBatch = 500;
constexpr std::uint64_t kRound = 100;    // orders after which the kinds of ends come again
constexpr std::uint64_t kCancelled = 2;  // of a round
constexpr std::uint64_t kFailed = 8;     // of a round
constexpr std::int64_t kSpanMicros = std::int64_t{30} * 86'400 * 1'000'000;
constexpr std::uint64_t kSolRaw = 10'000'000;
constexpr std::uint64_t kUsdcRaw = 1'500'000;
constexpr std::uint64_t kFeeLamports = 12'000;
constexpr std::uint64_t kNetworkRaw = 1'800;
constexpr std::uint64_t kPoolFeeRaw = 3'750;

class Maker {
  public:
    Maker(storage::SqliteStore& store, runtime::VirtualClock& clock, const amm::Pool& pool,
          const execution::Genesis& genesis)
        : store_(store), clock_(clock), pool_(pool), chain_(genesis.clock) {}

    void make(std::uint64_t orders) {
        const std::uint64_t batches = (orders + kBatch - 1) / kBatch;
        for (std::uint64_t batch = 0; batch < batches; ++batch) {
            makeBatch(std::min(kBatch, orders - batch * kBatch));
            clock_.set(clock_.nowMicros() + kSpanMicros / static_cast<std::int64_t>(batches));
        }
    }

  private:
    using Orders = std::vector<domain::OrderPtr>;

    // Asks the store for each, and waits for all.
    template <typename Ask>
    static void forEach(std::size_t count, Ask&& ask) {
        std::latch done(static_cast<std::ptrdiff_t>(count));
        for (std::size_t i = 0; i < count; ++i) {
            ask(i, [&done] { done.count_down(); });
        }
        done.wait();
    }

    void makeBatch(std::uint64_t count) {
        Orders orders = admit(count);
        forEach(count, [&](std::size_t i, const std::function<void()>& then) {
            store_.handOut(orders[i]->id, [&order = orders[i], then](const auto& handedOut) {
                require(handedOut.has_value(), "an order is not handed out");
                order = *handedOut;
                then();
            });
        });
        forEach(count, [&](std::size_t i, const std::function<void()>& then) {
            const auto answer = [&order = orders[i], then](const auto& changed) {
                require(changed.has_value(), "an order is not sent");
                order = *changed;
                then();
            };
            if (kindOf(i) < kCancelled) {
                store_.cancel(orders[i]->id, answer);
            } else {
                store_.submit(submissionOf(*orders[i]), answer);
            }
        });
        land(orders);
    }

    static std::uint64_t kindOf(std::size_t i) { return i % kRound; }

    Orders admit(std::uint64_t count) {
        Orders orders(count);
        forEach(count, [&](std::size_t i, const std::function<void()>& then) {
            const bool sells = ++admitted_ % 2 == 0;
            execution::OrderDraft draft;
            draft.inputMint = sells ? domain::solMint() : domain::usdcMint();
            draft.outputMint = sells ? domain::usdcMint() : domain::solMint();
            draft.amountInRaw = sells ? kSolRaw : kUsdcRaw;
            draft.slippageBps = 50;
            draft.reservedLamports = 3 * kFeeLamports;
            draft.createdSlot = chain_.slot;
            draft.idempotencyKey = "made-for-the-benchmark-" + std::to_string(admitted_);
            store_.admit(std::move(draft), [&order = orders[i], then](const auto& admitted) {
                require(admitted.has_value(), "an order is refused");
                order = admitted->order;
                then();
            });
        });
        return orders;
    }

    std::uint64_t outputOf(const domain::Order& order) const {
        return order.inputMint == domain::solMint() ? kUsdcRaw : kSolRaw;
    }

    execution::Submission submissionOf(const domain::Order& order) {
        const std::uint64_t outRaw = outputOf(order);
        const std::vector<domain::RouteLeg> legs{{pool_.address, pool_.program, order.inputMint,
                                                  order.outputMint, order.amountInRaw, outRaw}};
        domain::Transaction transaction;
        transaction.orderId = order.id;
        transaction.attempt = order.attempt;
        transaction.fence = order.fence;
        transaction.legs = legs;
        for (std::size_t byte = 0; byte < 8; ++byte) {
            transaction.signature.bytes[byte] =
                static_cast<std::uint8_t>(order.id.high >> 8 * byte);
            transaction.signature.bytes[byte + 8] =
                static_cast<std::uint8_t>(order.id.low >> 8 * byte);
        }
        transaction.expectedOutRaw = outRaw;
        transaction.minAmountOutRaw = outRaw - outRaw / 200;
        transaction.maxAmountInRaw = order.amountInRaw;
        transaction.computeUnitLimit = 140'000;
        transaction.computeUnitPriceMicroLamports = 50'000;
        transaction.networkFeeLamports = kFeeLamports;
        transaction.snapshotSlot = chain_.slot;
        transaction.decisionOutRaw = outRaw + kPoolFeeRaw;
        transaction.lastValidBlockHeight = chain_.slot + 150;
        transaction.sentAtMicros = transaction.arrivesAtMicros = clock_.nowMicros();
        const domain::PlanSummary plan{
            legs, order.amountInRaw, outRaw, transaction.minAmountOutRaw, order.amountInRaw, outRaw,
            0};
        return {transaction, plan, chain_.slot};
    }

    void land(const Orders& orders) {
        // A second of the chain's own time.
        ++chain_.slot;
        ++chain_.unixTimestamp;
        execution::SlotCommit commit;
        commit.clock = chain_;
        commit.blockHeight = chain_.slot;
        for (std::size_t i = 0; i < orders.size(); ++i) {
            if (kindOf(i) >= kCancelled) {
                addOutcome(commit, *orders[i], kindOf(i) < kCancelled + kFailed);
            }
        }
        forEach(1, [&](std::size_t, const std::function<void()>& then) {
            store_.commitSlot(std::move(commit), [then](const auto& done) {
                require(done.has_value(), "a slot is refused");
                then();
            });
        });
    }

    void addOutcome(execution::SlotCommit& commit, const domain::Order& order, bool fails) const {
        if (fails) {
            commit.outcomes.push_back(
                {order.id, order.attempt, *order.signature,
                 chain::Reverted{amm::SwapError::slippageExceeded, pool_.program, kFeeLamports}});
            return;
        }
        domain::Fill fill;
        fill.orderId = order.id;
        fill.pool = pool_.address;
        fill.program = pool_.program;
        fill.inputMint = order.inputMint;
        fill.outputMint = order.outputMint;
        fill.amountInRaw = order.amountInRaw;
        fill.amountOutRaw = outputOf(order);
        fill.feeRaw = kPoolFeeRaw;
        fill.feeMint = order.inputMint;
        fill.networkFeeLamports = kFeeLamports;
        fill.slot = chain_.slot;
        fill.signature = *order.signature;
        commit.receipts.push_back(receiptOf(order));
        commit.outcomes.push_back(
            {order.id, order.attempt, *order.signature,
             chain::Landed{{fill}, order.amountInRaw, outputOf(order), kFeeLamports}});
    }

    domain::Receipt receiptOf(const domain::Order& order) const {
        domain::Receipt receipt;
        receipt.orderId = order.id;
        receipt.inputMint = order.inputMint;
        receipt.outputMint = order.outputMint;
        receipt.amountInRaw = order.amountInRaw;
        receipt.decisionSlot = chain_.slot - 1;
        receipt.landingSlot = receipt.confirmedSlot = chain_.slot;
        receipt.finalizedSlot = chain_.slot + 32;
        receipt.landedAtMicros = chain_.unixTimestamp * 1'000'000;
        receipt.amountOutRaw = receipt.quotedOutRaw = receipt.unsandwichedOutRaw = outputOf(order);
        receipt.decisionOutRaw = receipt.landingOutRaw = receipt.amountOutRaw + kPoolFeeRaw;
        receipt.networkFeeLamports = kFeeLamports;
        receipt.parts.lpFeesRaw = kPoolFeeRaw;
        receipt.parts.networkRaw = kNetworkRaw;
        receipt.counterfactuals = domain::Counterfactuals{receipt.amountOutRaw, {}, {}};
        for (const std::uint32_t seconds : domain::kMarkoutSeconds) {
            receipt.markouts.push_back({seconds, receipt.landingOutRaw, seconds * 1'000});
        }
        return receipt;
    }

    storage::SqliteStore& store_;
    runtime::VirtualClock& clock_;
    const amm::Pool& pool_;
    amm::ChainClock chain_;
    std::uint64_t admitted_ = 0;
};

}  // namespace

execution::Genesis storeGenesis(const market::GenesisMarket& market) {
    execution::Genesis genesis;
    genesis.identity = market.identity;
    genesis.description = market.description;
    genesis.clock = market.clock;
    genesis.blockHeight = market.clock.slot;
    genesis.pools = market.pools;
    genesis.startBalances = market::startBalances(test::snapshotOf(market)->pools);
    return genesis;
}

void makeHistory(const QString& path, const market::GenesisMarket& market, std::uint64_t orders) {
    const amm::MarketSnapshotPtr snapshot = test::snapshotOf(market);
    const execution::Genesis genesis = storeGenesis(market);
    runtime::VirtualClock clock(base::SystemClock().nowMicros() - kSpanMicros);
    storage::OpenOptions options;
    options.path = path;
    options.clock = &clock;
    options.tokens = snapshot->tokens.get();
    options.durability = storage::Durability::processEnd;
    auto opened = storage::SqliteStore::open(options, genesis, {});
    require(opened.has_value(), "the store does not open");
    const std::size_t position =
        snapshot->pairs->poolsOf(domain::solMint(), domain::usdcMint()).front();
    Maker(*opened->store, clock, *snapshot->pools[position], genesis).make(orders);
}

}  // namespace oee::bench
