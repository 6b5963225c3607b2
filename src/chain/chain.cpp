#include "chain/chain.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <span>
#include <tuple>
#include <utility>

#include "amm/swap_footprint.h"
#include "base/rng.h"
#include "chain/block.h"
#include "chain/fee_market.h"
#include "chain/landing.h"
#include "chain/real.h"
#include "chain/sandwich.h"
#include "chain/traffic.h"

namespace oee::chain {
namespace {

constexpr std::uint64_t kSlotsPerEpoch = 432'000;  // solana.com/docs: mainnet-beta
constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerMilli = 1'000;

struct BuiltBlock {
    Block block;
    std::vector<OpenSandwich> openSandwiches;
    std::vector<PendingTransaction> stillPending;
    std::vector<TransactionOutcome> outcomes;
};

// Makes the slot's block, its actions in their order.
class BlockBuilder {
  public:
    BlockBuilder(const ChainState& state, const SlotView& view)
        : view_(view),
          blockHeight_(state.market->blockHeight + 1),
          built_{Block(state.market->pools, state.ledger), state.openSandwiches, {}, {}} {}

    BuiltBlock build(const std::vector<PendingTransaction>& pending);

  private:
    // A transaction of ours or a noise trade, whichever is there.
    struct Action {
        Place place;
        const PendingTransaction* ours = nullptr;
        NoiseTrade noise;
    };

    std::vector<Action> chooseActions(const std::vector<PendingTransaction>& pending);
    void run(const domain::Transaction& transaction);
    Landed land(const domain::Transaction& transaction, const Execution& undisturbed);

    const SlotView& view_;
    std::uint64_t blockHeight_ = 0;
    BuiltBlock built_;
};

TransactionOutcome outcomeOf(const domain::Transaction& transaction, std::uint64_t slot) {
    TransactionOutcome outcome{transaction.orderId, transaction.attempt, transaction.signature,
                               Expired{}};
    outcome.slot = slot;
    outcome.confirmedSlot = slot;
    outcome.finalizedSlot = slot;
    return outcome;
}

std::vector<BlockBuilder::Action> BlockBuilder::chooseActions(
    const std::vector<PendingTransaction>& pending) {
    std::vector<Action> ours;
    for (const PendingTransaction& entry : pending) {
        const domain::Transaction& transaction = *entry.transaction;
        if (blockHeight_ > transaction.lastValidBlockHeight) {
            built_.outcomes.push_back(outcomeOf(transaction, view_.clock.slot));
            continue;
        }
        const std::uint64_t priority = priorityOf(transaction, view_.profile, view_.leader);
        const InclusionKey key{view_.scenario.seed, view_.clock.slot, priority,
                               view_.cuPriceMicroLamports};
        if (isLost(transaction, view_.profile, view_.scenario.seed) ||
            !isTaken(transaction, view_.profile, key)) {
            built_.stillPending.push_back(entry);
            continue;
        }
        ours.push_back({{priority, transaction.arrivesAtMicros, transaction.orderId}, &entry, {}});
    }
    const auto byPlace = [](const Action& one, const Action& other) {
        return comesBefore(one.place, other.place);
    };
    std::stable_sort(ours.begin(), ours.end(), byPlace);
    while (ours.size() > view_.profile.maxTransactionsPerSlot) {
        built_.stillPending.push_back(*ours.back().ours);
        ours.pop_back();
    }
    const auto traders = noiseTradesOf(view_, built_.block.pools().size());
    for (std::size_t i = 0; i < traders.size(); ++i) {
        ours.push_back({{traders[i].priorityMicroLamports, 0, {0, i}}, nullptr, traders[i]});
    }
    std::stable_sort(ours.begin(), ours.end(), byPlace);
    return ours;
}

BuiltBlock BlockBuilder::build(const std::vector<PendingTransaction>& pending) {
    runBackRuns(built_.block, built_.openSandwiches, view_);
    arbitrage(built_.block, view_);
    for (const Action& action : chooseActions(pending)) {
        if (action.ours != nullptr) {
            run(*action.ours->transaction);
        } else {
            tradeNoise(built_.block, view_, action.noise);
        }
    }
    return std::move(built_);
}

void BlockBuilder::run(const domain::Transaction& transaction) {
    TransactionOutcome outcome = outcomeOf(transaction, view_.clock.slot);
    outcome.confirmedSlot +=
        confirmationSlots(view_.profile, view_.scenario.seed, view_.clock.slot);
    outcome.finalizedSlot = outcome.confirmedSlot + view_.profile.finalizedSlots;
    PoolOverlay pools(built_.block.pools());
    auto undisturbed = execute(transaction, view_.index, pools, view_.clock);
    if (undisturbed) {
        outcome.result = land(transaction, *undisturbed);
    } else {
        outcome.result = undisturbed.error();
    }
    built_.outcomes.push_back(std::move(outcome));
}

Landed BlockBuilder::land(const domain::Transaction& transaction, const Execution& undisturbed) {
    const std::uint64_t slot = view_.clock.slot;
    const BotDraw draw = botDrawOf(transaction, view_.profile, view_.scenario.seed);
    auto sandwich =
        draw.sees ? sandwichOf(transaction, undisturbed, built_.block, view_) : std::nullopt;
    if (!sandwich) {
        built_.block.keep(view_, undisturbed);
        return landedOf(transaction, undisturbed, undisturbed, slot);
    }
    Landed landed = landedOf(transaction, sandwich->victim, undisturbed, slot);
    SandwichTaken taken;
    taken.leg = sandwich->leg;
    taken.frontInRaw = sandwich->front.result.amountInRaw;
    taken.frontOutRaw = sandwich->front.result.amountOutRaw;
    taken.wide = draw.wide;
    built_.block.trade(view_, sandwich->pool, sandwich->direction, std::move(sandwich->front));
    built_.block.keep(view_, sandwich->victim);
    built_.block.payFee(view_, sandwich->costLamports);
    const auto back = amm::opposite(sandwich->direction);
    if (draw.wide) {
        built_.openSandwiches.push_back(
            {sandwich->pool, back, taken.frontOutRaw, slot, transaction.orderId});
    } else {
        taken.backOutRaw = sandwich->back.result.amountOutRaw;
        built_.block.trade(view_, sandwich->pool, back, std::move(sandwich->back));
    }
    landed.sandwich = taken;
    return landed;
}

void addToPending(std::vector<PendingTransaction>& pending,
                  std::span<const domain::Transaction> inbox, std::uint64_t slot) {
    const auto firstNew = static_cast<std::ptrdiff_t>(pending.size());
    for (const domain::Transaction& transaction : inbox) {
        pending.push_back({std::make_shared<const domain::Transaction>(transaction), slot});
    }
    const auto key = [](const PendingTransaction& entry) {
        const domain::Transaction& transaction = *entry.transaction;
        return std::tie(transaction.arrivesAtMicros, transaction.orderId, transaction.attempt);
    };
    std::sort(pending.begin() + firstNew, pending.end(),
              [&](const PendingTransaction& one, const PendingTransaction& other) {
                  return key(one) < key(other);
              });
}

// Those that can never land and whose senders know it by now.
std::vector<TransactionOutcome> takeDropped(std::vector<PendingTransaction>& pending,
                                            const NetworkProfile& profile, std::uint64_t seed,
                                            std::uint64_t slot) {
    std::vector<TransactionOutcome> dropped;
    std::erase_if(pending, [&](const PendingTransaction& entry) {
        const domain::Transaction& transaction = *entry.transaction;
        std::optional<DropReason> reason;
        if (entry.sinceSlot == slot &&
            amm::transactionBytes(std::span(transaction.legs)) > amm::kMaxTransactionBytes) {
            reason = DropReason::tooLarge;
        } else if (slot - entry.sinceSlot >= profile.dropNoticeSlots &&
                   isLost(transaction, profile, seed)) {
            reason = DropReason::lost;
        }
        if (reason) {
            dropped.push_back(outcomeOf(transaction, slot));
            dropped.back().result = Dropped{*reason};
        }
        return reason.has_value();
    });
    return dropped;
}

// Slot, times, reference prices and the fee market: what moves whether or not there is a block.
amm::ChainClock advance(ChainState& state, const NetworkProfile& profile,
                        const Scenario& scenario) {
    amm::ChainClock clock = state.market->clock;
    ++clock.slot;
    std::int64_t duration = slotDurationMicros(profile, scenario.seed, clock.slot);
    if (duration == 0) {
        duration = static_cast<std::int64_t>(kNominalSlotMillis) * kMicrosPerMilli;
    }
    state.timeMicros += duration;
    clock.unixTimestamp = state.timeMicros / kMicrosPerSecond;
    clock.epoch += clock.slot / kSlotsPerEpoch - state.market->clock.slot / kSlotsPerEpoch;
    advancePrices(state.logValues, state.logAnchors,
                  {*state.map, profile.prices, scenario, clock.slot, duration,
                   state.timeMicros - state.startMicros});
    state.logCuPrice =
        nextLogCuPrice(state.logCuPrice, profile.feeMarket, scenario.seed, clock.slot);
    return clock;
}

SlotView viewOf(const ChainState& state, const amm::ChainClock& clock,
                const NetworkProfile& profile, const Scenario& scenario) {
    SlotView view{profile, scenario, *state.map, *state.market->pairs, clock, {}, 0, {}};
    view.leader = leaderOf(profile, scenario.seed, clock.slot);
    view.cuPriceMicroLamports = cuPriceMicroLamports(state.logCuPrice, profile.feeMarket);
    view.values.reserve(state.logValues.size());
    for (const double logValue : state.logValues) {
        view.values.push_back(expOf(logValue));
    }
    return view;
}

}  // namespace

SlotResult step(const ChainState& before, std::span<const domain::Transaction> inbox,
                const NetworkProfile& profile, const Scenario& scenario) {
    SlotResult result;
    ChainState& state = result.state;
    state = before;
    auto market = std::make_shared<amm::MarketSnapshot>(*before.market);
    market->clock = advance(state, profile, scenario);
    const std::uint64_t slot = market->clock.slot;
    addToPending(state.pending, inbox, slot);
    result.outcomes = takeDropped(state.pending, profile, scenario.seed, slot);
    result.kind = slotKindOf(profile, scenario.seed, slot);
    if (result.kind != SlotKind::skipped) {
        const SlotView view = viewOf(state, market->clock, profile, scenario);
        BuiltBlock built = BlockBuilder(state, view).build(state.pending);
        if (result.kind == SlotKind::abandoned) {
            result.abandoned = std::move(built.outcomes);
        } else {
            ++market->blockHeight;
            market->pools = built.block.pools();
            result.changedPools = built.block.changedPools();
            std::move(built.outcomes.begin(), built.outcomes.end(),
                      std::back_inserter(result.outcomes));
            state.pending = std::move(built.stillPending);
            state.openSandwiches = std::move(built.openSandwiches);
            state.ledger = built.block.ledger();
        }
    }
    state.market = std::move(market);
    return result;
}

tl::expected<Landed, Reverted> preflight(const amm::MarketSnapshot& market,
                                         const domain::Transaction& transaction) {
    PoolOverlay pools(market.pools);
    const auto execution = execute(transaction, *market.pairs, pools, market.clock);
    if (!execution) {
        return tl::make_unexpected(execution.error());
    }
    return landedOf(transaction, *execution, *execution, market.clock.slot);
}

base::UnixMicros arrivalTime(base::UnixMicros sentAtMicros, const SendKey& key,
                             const NetworkProfile& profile) {
    assert(profile.sendLatencyMinMicros <= profile.sendLatencyMaxMicros);
    base::CounterRng rng(key.seed, base::RngPurpose::sendLatency, streamOf(key.orderId),
                         key.attempt);
    const std::uint64_t spread =
        std::uint64_t{profile.sendLatencyMaxMicros} - profile.sendLatencyMinMicros;
    return sentAtMicros + profile.sendLatencyMinMicros +
           static_cast<base::UnixMicros>(rng.below(spread + 1));
}

domain::Signature makeSignature(const SendKey& key) {
    base::CounterRng rng(key.seed, base::RngPurpose::signature, streamOf(key.orderId), key.attempt);
    domain::Signature signature;
    for (std::size_t i = 0; i < signature.bytes.size(); i += 8) {
        const std::uint64_t word = rng.nextU64();
        for (std::size_t byte = 0; byte < 8; ++byte) {
            signature.bytes[i + byte] = static_cast<std::uint8_t>(word >> (8 * byte));
        }
    }
    return signature;
}

}  // namespace oee::chain
