#include "chain/execution.h"

#include <algorithm>
#include <optional>

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
    return std::any_of(next, transaction.legs.end(), [&](const domain::TransactionLeg& later) {
        return later.inputMint == transaction.legs[leg].inputMint;
    });
}

struct LegRun {
    amm::SwapRequest request;
    std::size_t position = 0;
};

// Where the leg trades; nothing where pool or tokens are not the market's.
std::optional<LegRun> locate(const domain::TransactionLeg& leg, const amm::PairIndex& index,
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
    const auto& legs = transaction.legs;
    const auto refuse = [&](std::size_t leg, RevertCause cause, amm::SwapError error) {
        return tl::make_unexpected(revertOf(transaction, leg, cause, error));
    };
    if (legs.empty()) {
        return refuse(0, RevertCause::swap, amm::SwapError::zeroAmount);
    }
    const std::uint32_t limit = effectiveComputeUnitLimit(transaction);
    PoolOverlay working = pools;
    Purse purse;
    Execution execution;
    execution.legs.reserve(legs.size());
    for (std::size_t i = 0; i < legs.size(); ++i) {
        const domain::TransactionLeg& leg = legs[i];
        auto run = locate(leg, index, working);
        if (!run) {
            return refuse(i, RevertCause::swap, amm::SwapError::mintNotInPool);
        }
        run->request.amountRaw = leg.amountInRaw;
        const bool spendsInput = leg.inputMint == legs.front().inputMint;
        if (!spendsInput) {
            std::uint64_t& held = purse.of(leg.inputMint);
            run->request.amountRaw =
                isTakenLater(transaction, i) ? std::min(leg.amountInRaw, held) : held;
            held -= run->request.amountRaw;
        }
        if (legs.size() == 1) {
            run->request.slippageLimitRaw = transaction.minAmountOutRaw;
        }
        const PoolPtr before = working.at(run->position);
        auto applied = amm::apply(*before, run->request, clock);
        if (!applied) {
            return refuse(i, RevertCause::swap, applied.error());
        }
        execution.computeUnits += computeUnitsOf(leg.program, applied->result.crossings);
        if (execution.computeUnits > limit) {
            return refuse(i, RevertCause::computeBudget, amm::SwapError::mathOverflow);
        }
        execution.amountInRaw += spendsInput ? applied->result.amountInRaw : 0;
        purse.of(leg.outputMint) += applied->result.amountOutRaw;
        working.put(run->position, applied->pool);
        execution.legs.push_back({run->position, run->request.direction, applied->result, before,
                                  std::move(applied->pool)});
    }
    execution.amountOutRaw = purse.of(legs.back().outputMint);
    if (execution.amountOutRaw < transaction.minAmountOutRaw) {
        return refuse(legs.size() - 1, RevertCause::routeLimit, amm::SwapError::slippageExceeded);
    }
    pools = std::move(working);
    return execution;
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
        const domain::TransactionLeg& planned = transaction.legs[i];
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
        landed.fills.push_back(std::move(fill));
        landed.poolsBefore.push_back(undisturbed.legs[i].before);
        landed.swapsUndisturbed.push_back(undisturbed.legs[i].swap);
    }
    return landed;
}

}  // namespace oee::chain
