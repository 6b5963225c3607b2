#include "chain/chain.h"

#include <cassert>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "base/integer.h"
#include "base/rng.h"

namespace oee::chain {
namespace {

constexpr std::uint64_t kSlotsPerEpoch = 432'000;  // solana.com/docs: mainnet-beta

std::uint64_t streamOf(const domain::OrderId& id) {
    // Any injective-enough mix: the generator folds it again.
    return id.high * 0x9E3779B97F4A7C15ULL + id.low;
}

amm::ChainClock nextClock(const amm::ChainClock& clock) {
    const auto secondsAt = [](std::uint64_t slot) { return slot * kNominalSlotMillis / 1'000; };
    amm::ChainClock next = clock;
    ++next.slot;
    next.unixTimestamp += static_cast<std::int64_t>(secondsAt(next.slot) - secondsAt(clock.slot));
    next.epoch += next.slot / kSlotsPerEpoch - clock.slot / kSlotsPerEpoch;
    return next;
}

// The pools as the transaction under execution sees them: what it changed lies over the slot's.
class Overlay {
  public:
    explicit Overlay(std::vector<std::shared_ptr<const amm::Pool>>& pools) : pools_(pools) {}

    const amm::Pool& at(std::size_t position) const {
        const auto changed = changed_.find(position);
        return changed == changed_.end() ? *pools_[position] : *changed->second;
    }
    void put(std::size_t position, std::shared_ptr<const amm::Pool> pool) {
        changed_[position] = std::move(pool);
    }
    // Makes the changes the slot's own.
    void keep(std::map<std::size_t, bool>& touched) {
        for (auto& [position, pool] : changed_) {
            pools_[position] = std::move(pool);
            touched[position] = true;
        }
    }

  private:
    std::vector<std::shared_ptr<const amm::Pool>>& pools_;
    std::map<std::size_t, std::shared_ptr<const amm::Pool>> changed_;
};

struct LegRefusal {
    amm::SwapError error = amm::SwapError::mintNotInPool;
    domain::Program program = domain::Program::raydiumAmmV4;
};

domain::Fill makeFill(const domain::Transaction& transaction, std::uint32_t leg,
                      const amm::SwapResult& swap, std::uint64_t slot) {
    const domain::TransactionLeg& planned = transaction.legs[leg];
    domain::Fill fill;
    fill.orderId = transaction.orderId;
    fill.leg = leg;
    fill.pool = planned.pool;
    fill.program = planned.program;
    fill.inputMint = planned.inputMint;
    fill.outputMint = planned.outputMint;
    fill.amountInRaw = swap.amountInRaw;
    fill.amountOutRaw = swap.amountOutRaw;
    fill.feeRaw = swap.feeRaw;
    fill.protocolFeeRaw = swap.protocolFeeRaw;
    fill.feeMint = swap.feeSide == amm::FeeSide::input ? planned.inputMint : planned.outputMint;
    fill.networkFeeLamports = leg == 0 ? transaction.networkFeeLamports : 0;
    fill.slot = slot;
    fill.signature = transaction.signature;
    return fill;
}

// Runs all legs; the overlay holds the state afterwards. Where the transaction has one leg the
// program itself checks the limit, else the total is checked as an aggregator does.
tl::expected<Landed, LegRefusal> executeLegs(const domain::Transaction& transaction,
                                             const amm::MarketSnapshot& market,
                                             const amm::ChainClock& clock, Overlay& overlay) {
    Landed landed;
    landed.networkFeeLamports = transaction.networkFeeLamports;
    for (std::uint32_t leg = 0; leg < transaction.legs.size(); ++leg) {
        const domain::TransactionLeg& planned = transaction.legs[leg];
        const std::size_t position = market.pairs->positionOf(planned.pool);
        if (position >= market.pools.size()) {
            return tl::unexpected(LegRefusal{amm::SwapError::mintNotInPool, planned.program});
        }
        const amm::Pool& pool = overlay.at(position);
        const auto direction = pool.directionFrom(planned.inputMint);
        if (!direction || pool.outputOf(*direction).mint != planned.outputMint) {
            return tl::unexpected(LegRefusal{amm::SwapError::mintNotInPool, planned.program});
        }
        amm::SwapRequest request;
        request.direction = *direction;
        request.amountRaw = planned.amountInRaw;
        if (transaction.legs.size() == 1) {
            request.slippageLimitRaw = transaction.minAmountOutRaw;
        }
        auto applied = amm::apply(pool, request, clock);
        if (!applied) {
            return tl::unexpected(LegRefusal{applied.error(), planned.program});
        }
        landed.fills.push_back(makeFill(transaction, leg, applied->result, clock.slot));
        if (planned.inputMint == transaction.legs.front().inputMint) {
            landed.amountInRaw += applied->result.amountInRaw;
        }
        if (planned.outputMint == transaction.legs.back().outputMint) {
            landed.amountOutRaw += applied->result.amountOutRaw;
        }
        overlay.put(position, std::move(applied->pool));
    }
    if (landed.amountOutRaw < transaction.minAmountOutRaw) {
        return tl::unexpected(
            LegRefusal{amm::SwapError::slippageExceeded, transaction.legs.back().program});
    }
    return landed;
}

}  // namespace

std::uint64_t networkFeeLamports(const NetworkProfile& profile, std::uint32_t computeUnitLimit) {
    const base::u128 priority = base::ceilDiv(
        static_cast<base::u128>(profile.computeUnitPriceMicroLamports) * computeUnitLimit,
        1'000'000);
    const base::u128 total = priority + profile.baseFeeLamports + profile.tipLamports;
    return base::fitsU64(total) ? static_cast<std::uint64_t>(total)
                                : std::numeric_limits<std::uint64_t>::max();
}

std::uint32_t computeUnitsOf(domain::Program program) {
    switch (program) {
        case domain::Program::raydiumAmmV4:
        case domain::Program::raydiumCpmm:
            return 140'000;  // Raydium docs, priority-fee tuning
        case domain::Program::raydiumClmm:
            return 220'000;  // same, one tick crossed
        case domain::Program::meteoraDlmm:
        case domain::Program::meteoraDammV2:
        case domain::Program::meteoraDammV1:
            return 200'000;  // the default of an instruction: solana.com/docs/core/fees
    }
    return 200'000;
}

SlotResult step(const amm::MarketSnapshot& before, std::span<const domain::Transaction> inbox,
                const NetworkProfile& profile) {
    assert(inbox.size() <= profile.maxTransactionsPerSlot);
    (void)profile;
    auto after = std::make_shared<amm::MarketSnapshot>(before);
    after->clock = nextClock(before.clock);
    ++after->blockHeight;

    SlotResult result;
    std::map<std::size_t, bool> touched;
    for (const domain::Transaction& transaction : inbox) {
        TransactionOutcome outcome{transaction.orderId, transaction.attempt, transaction.signature,
                                   Expired{}};
        if (after->blockHeight <= transaction.lastValidBlockHeight) {
            Overlay overlay(after->pools);
            auto landed = executeLegs(transaction, *after, after->clock, overlay);
            if (landed) {
                overlay.keep(touched);
                outcome.result = std::move(*landed);
            } else {
                outcome.result = Reverted{landed.error().error, landed.error().program,
                                          transaction.networkFeeLamports};
            }
        }
        result.outcomes.push_back(std::move(outcome));
    }
    for (const auto& [position, changed] : touched) {
        result.changedPools.push_back(position);
    }
    result.market = std::move(after);
    return result;
}

bool landsBefore(const domain::Transaction& one, const domain::Transaction& other) {
    return std::tie(one.arrivesAtMicros, one.orderId) <
           std::tie(other.arrivesAtMicros, other.orderId);
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
