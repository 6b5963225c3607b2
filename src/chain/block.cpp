#include "chain/block.h"

#include <algorithm>
#include <utility>

#include "chain/compute_units.h"

namespace oee::chain {
namespace {

constexpr std::size_t sideOf(amm::SwapDirection direction) {
    return direction == amm::SwapDirection::aToB ? 0 : 1;
}

}  // namespace

std::uint64_t SlotView::trafficFeeLamports(domain::Program program) const {
    const auto price = static_cast<std::uint64_t>(cuPriceMicroLamports);
    return profile.baseFeeLamports + priorityFeeLamports(price, plannedComputeUnits(program));
}

std::vector<std::size_t> Block::changedPools() const {
    std::vector<std::size_t> changed = touched_;
    std::sort(changed.begin(), changed.end());
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
    return changed;
}

bool Block::trade(const SlotView& view, std::size_t position, const amm::SwapRequest& request) {
    auto applied = amm::apply(*pools_[position], request, view.clock);
    if (applied) {
        trade(view, position, request.direction, std::move(*applied));
    }
    return applied.has_value();
}

void Block::trade(const SlotView& view, std::size_t position, amm::SwapDirection direction,
                  amm::AppliedSwap&& swap) {
    const auto& mints = view.map.poolMints[position];
    ledger_.trafficRaw[mints[sideOf(direction)]] -= swap.result.amountInRaw;
    ledger_.trafficRaw[mints[1 - sideOf(direction)]] += swap.result.amountOutRaw;
    withhold(view, position, direction, swap.result);
    put(position, std::move(swap.pool));
}

void Block::payFee(const SlotView& view, std::uint64_t lamports) {
    ledger_.trafficRaw[view.map.sol] -= lamports;
    ledger_.feesLamports += lamports;
}

void Block::keep(const SlotView& view, const Execution& execution) {
    for (const ExecutedLeg& leg : execution.legs) {
        withhold(view, leg.position, leg.direction, leg.swap);
        put(leg.position, leg.after);
    }
}

void Block::put(std::size_t position, PoolPtr pool) {
    pools_[position] = std::move(pool);
    touched_.push_back(position);
}

void Block::withhold(const SlotView& view, std::size_t position, amm::SwapDirection direction,
                     const amm::SwapResult& swap) {
    const auto& mints = view.map.poolMints[position];
    ledger_.withheldRaw[mints[sideOf(direction)]] += swap.transferFeeInRaw;
    ledger_.withheldRaw[mints[1 - sideOf(direction)]] += swap.transferFeeOutRaw;
}

}  // namespace oee::chain
