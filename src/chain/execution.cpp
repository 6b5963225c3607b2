#include "chain/execution.h"

#include <algorithm>
#include <optional>

#include "amm/swap_footprint.h"
#include "chain/compute_units.h"

namespace oee::chain {
namespace {

// The tokens that the transaction holds between its legs.
class Purse {
  public:
    std::uint64_t& of(const domain::Pubkey& mint) {
        for (auto& [held, amountRaw] : amounts_) {
            if (held == mint) {
                return amountRaw;
            }
        }
        return amounts_.emplace_back(mint, 0).second;
    }

  private:
    std::vector<std::pair<domain::Pubkey, std::uint64_t>> amounts_;
};

bool isTakenLater(const domain::Transaction& transaction, std::size_t leg) {
    const auto next = transaction.legs.begin() + static_cast<std::ptrdiff_t>(leg) + 1;
    return std::any_of(next, transaction.legs.end(), [&](const domain::RouteLeg& later) {
        return later.inputMint == transaction.legs[leg].inputMint;
    });
}

struct LegRun {
    amm::SwapRequest request;
    std::size_t position = 0;
};

// Where the leg trades; nothing where pool or tokens are not the market's.
std::optional<LegRun> locate(const domain::RouteLeg& leg, const amm::PairIndex& index,
                             const PoolOverlay& pools) {
    LegRun run;
    run.position = index.positionOf(leg.pool);
    if (run.position >= pools.size()) {
        return std::nullopt;
    }
    const amm::Pool& pool = *pools.at(run.position);
    const auto direction = pool.directionFrom(leg.inputMint);
    if (!direction || pool.outputOf(*direction).mint != leg.outputMint) {
        return std::nullopt;
    }
    run.request.direction = *direction;
    return run;
}

// What the plan takes of the trader: a route through a circle may bring some of the input back and
// spend that too.
std::uint64_t plannedInRaw(const domain::Transaction& transaction) {
    const domain::Pubkey& input = transaction.legs.front().inputMint;
    std::uint64_t spentRaw = 0;
    std::uint64_t broughtRaw = 0;
    for (const domain::RouteLeg& leg : transaction.legs) {
        spentRaw += leg.inputMint == input ? leg.amountInRaw : 0;
        broughtRaw += leg.outputMint == input ? leg.amountOutRaw : 0;
    }
    return spentRaw - std::min(spentRaw, broughtRaw);
}

// ExactOut: what each leg is to bring, found from the last leg backwards on the state as it is: the
// legs that bring a token share what is needed of it as the plan did, the first of them the rest.
// A pool that cannot be asked backwards is given what the plan gave it.
std::vector<std::uint64_t> amountsToBring(const domain::Transaction& transaction,
                                          const amm::PairIndex& index, const PoolOverlay& pools,
                                          const amm::ChainClock& clock) {
    const auto& legs = transaction.legs;
    Purse needed;
    needed.of(legs.back().outputMint) = transaction.minAmountOutRaw;
    std::vector<std::uint64_t> amounts(legs.size());
    for (std::size_t i = legs.size(); i-- > 0;) {
        const domain::RouteLeg& leg = legs[i];
        const bool isFirst =
            std::none_of(legs.begin(), legs.begin() + static_cast<std::ptrdiff_t>(i),
                         [&](const auto& other) { return other.outputMint == leg.outputMint; });
        std::uint64_t& open = needed.of(leg.outputMint);
        // A leg that has nothing left to bring could not trade at all.
        amounts[i] = std::max<std::uint64_t>(isFirst ? open : std::min(leg.amountOutRaw, open), 1);
        open -= std::min(open, amounts[i]);
        auto run = locate(leg, index, pools);
        std::uint64_t inRaw = leg.amountInRaw;
        if (run) {
            run->request.mode = amm::SwapMode::exactOut;
            run->request.amountRaw = amounts[i];
            const auto quoted = amm::quote(*pools.at(run->position), run->request, clock);
            inRaw = quoted ? quoted->amountInRaw : inRaw;
        }
        if (leg.inputMint != legs.front().inputMint) {
            needed.of(leg.inputMint) += inRaw;
        }
    }
    return amounts;
}

Reverted revertOf(const domain::Transaction& transaction, std::size_t leg, RevertCause cause,
                  amm::SwapError error) {
    Reverted reverted;
    reverted.error = error;
    reverted.program = transaction.legs.empty() ? reverted.program : transaction.legs[leg].program;
    reverted.networkFeeLamports = feeOnFailureLamports(transaction);
    reverted.cause = cause;
    reverted.leg = static_cast<std::uint32_t>(leg);
    return reverted;
}

// One transaction under way: what it holds, and the pools as its legs have left them.
class Run {
  public:
    Run(const domain::Transaction& transaction, const amm::PairIndex& index,
        const PoolOverlay& pools, const amm::ChainClock& clock)
        : transaction_(transaction),
          index_(index),
          clock_(clock),
          working_(pools),
          limit_(effectiveComputeUnitLimit(transaction)),
          isExactOut_(transaction.mode == domain::RouteMode::exactOut) {
        if (isExactOut_) {
            toBring_ = amountsToBring(transaction, index, pools, clock);
        } else {
            budgetRaw_ = plannedInRaw(transaction);
            purse_.of(inputMint()) = budgetRaw_;
        }
    }

    std::optional<Reverted> leg(std::size_t i) {
        const domain::RouteLeg& leg = transaction_.legs[i];
        auto run = locate(leg, index_, working_);
        if (!run) {
            return revertOf(transaction_, i, RevertCause::swap, amm::SwapError::mintNotInPool);
        }
        ask(i, run->request);
        const PoolPtr before = working_.at(run->position);
        auto applied = amm::apply(*before, run->request, clock_);
        if (!applied && applied.error() == amm::SwapError::unsupportedMode) {
            run->request.mode = amm::SwapMode::exactIn;
            run->request.amountRaw = leg.amountInRaw;
            applied = amm::apply(*before, run->request, clock_);
        }
        if (!applied) {
            return revertOf(transaction_, i, RevertCause::swap, applied.error());
        }
        execution.computeUnits += amm::swapComputeUnits(leg.program, applied->result.crossings);
        if (execution.computeUnits > limit_) {
            return revertOf(transaction_, i, RevertCause::computeBudget,
                            amm::SwapError::mathOverflow);
        }
        if (isExactOut_ && leg.inputMint == inputMint()) {
            execution.amountInRaw += applied->result.amountInRaw;
        } else {
            purse_.of(leg.inputMint) -= applied->result.amountInRaw;
        }
        purse_.of(leg.outputMint) += applied->result.amountOutRaw;
        working_.put(run->position, applied->pool);
        execution.legs.push_back({run->position, run->request.direction, applied->result, before,
                                  std::move(applied->pool)});
        return std::nullopt;
    }

    // The limits on all legs together.
    std::optional<Reverted> finish() {
        execution.amountOutRaw = purse_.of(outputMint());
        if (!isExactOut_) {
            execution.amountInRaw = budgetRaw_ - purse_.of(inputMint());
        }
        const bool keepsLimits =
            execution.amountOutRaw >= transaction_.minAmountOutRaw &&
            (!isExactOut_ || execution.amountInRaw <= transaction_.maxAmountInRaw);
        if (!keepsLimits) {
            return revertOf(transaction_, transaction_.legs.size() - 1, RevertCause::routeLimit,
                            amm::SwapError::slippageExceeded);
        }
        return std::nullopt;
    }

    PoolOverlay takePools() { return std::move(working_); }

    Execution execution;

  private:
    const domain::Pubkey& inputMint() const { return transaction_.legs.front().inputMint; }
    const domain::Pubkey& outputMint() const { return transaction_.legs.back().outputMint; }

    void ask(std::size_t i, amm::SwapRequest& request) {
        const auto& legs = transaction_.legs;
        const domain::Pubkey& mint = legs[i].inputMint;
        if (isExactOut_ && mint == inputMint()) {
            request.mode = amm::SwapMode::exactOut;
            request.amountRaw = toBring_[i];
        } else {
            // The last leg that takes a token takes all there is; of the output the rest stays.
            const std::uint64_t held = purse_.of(mint);
            const bool takesAll = mint != outputMint() && !isTakenLater(transaction_, i);
            request.amountRaw = takesAll ? held : std::min(legs[i].amountInRaw, held);
        }
        if (legs.size() == 1) {
            request.slippageLimitRaw =
                isExactOut_ ? transaction_.maxAmountInRaw : transaction_.minAmountOutRaw;
        }
    }

    const domain::Transaction& transaction_;
    const amm::PairIndex& index_;
    const amm::ChainClock& clock_;
    PoolOverlay working_;
    std::uint32_t limit_;
    bool isExactOut_;
    std::vector<std::uint64_t> toBring_;
    std::uint64_t budgetRaw_ = 0;  // exactIn: what the plan takes of the trader
    Purse purse_;
};

}  // namespace

const PoolPtr& PoolOverlay::at(std::size_t position) const {
    for (const auto& [at, pool] : replaced_) {
        if (at == position) {
            return pool;
        }
    }
    return (*below_)[position];
}

void PoolOverlay::put(std::size_t position, PoolPtr pool) {
    for (auto& [at, replaced] : replaced_) {
        if (at == position) {
            replaced = std::move(pool);
            return;
        }
    }
    replaced_.emplace_back(position, std::move(pool));
}

tl::expected<Execution, Reverted> execute(const domain::Transaction& transaction,
                                          const amm::PairIndex& index, PoolOverlay& pools,
                                          const amm::ChainClock& clock) {
    if (transaction.legs.empty()) {
        return tl::unexpected(
            revertOf(transaction, 0, RevertCause::swap, amm::SwapError::zeroAmount));
    }
    Run run(transaction, index, pools, clock);
    for (std::size_t i = 0; i < transaction.legs.size(); ++i) {
        if (auto reverted = run.leg(i)) {
            return tl::unexpected(*reverted);
        }
    }
    if (auto reverted = run.finish()) {
        return tl::unexpected(*reverted);
    }
    pools = run.takePools();
    return std::move(run.execution);
}

Landed landedOf(const domain::Transaction& transaction, const Execution& execution,
                const Execution& undisturbed, std::uint64_t slot) {
    Landed landed;
    landed.amountInRaw = execution.amountInRaw;
    landed.amountOutRaw = execution.amountOutRaw;
    landed.networkFeeLamports = transaction.networkFeeLamports;
    landed.computeUnits = execution.computeUnits;
    landed.unsandwichedInRaw = undisturbed.amountInRaw;
    landed.unsandwichedOutRaw = undisturbed.amountOutRaw;
    landed.fills.reserve(execution.legs.size());
    landed.poolsBefore.reserve(execution.legs.size());
    landed.swapsUndisturbed.reserve(execution.legs.size());
    for (std::size_t i = 0; i < execution.legs.size(); ++i) {
        const domain::RouteLeg& planned = transaction.legs[i];
        const amm::SwapResult& swap = execution.legs[i].swap;
        domain::Fill fill;
        fill.orderId = transaction.orderId;
        fill.leg = static_cast<std::uint32_t>(i);
        fill.pool = planned.pool;
        fill.program = planned.program;
        fill.inputMint = planned.inputMint;
        fill.outputMint = planned.outputMint;
        fill.amountInRaw = swap.amountInRaw;
        fill.amountOutRaw = swap.amountOutRaw;
        fill.feeRaw = swap.feeRaw;
        fill.protocolFeeRaw = swap.protocolFeeRaw;
        fill.feeMint = swap.feeSide == amm::FeeSide::input ? planned.inputMint : planned.outputMint;
        fill.networkFeeLamports = i == 0 ? transaction.networkFeeLamports : 0;
        fill.slot = slot;
        fill.signature = transaction.signature;
        landed.fills.push_back(fill);
        landed.poolsBefore.push_back(undisturbed.legs[i].before);
        landed.swapsUndisturbed.push_back(undisturbed.legs[i].swap);
    }
    return landed;
}

}  // namespace oee::chain
