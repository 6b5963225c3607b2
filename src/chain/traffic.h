#pragma once
// Everybody else who trades on the pools: arbitrageurs and noise traders. (Sandwich bots are in
// sandwich.h.)

#include <cstddef>
#include <cstdint>
#include <vector>

#include "chain/block.h"

namespace oee::chain {

// Brings pools to the reference price net of their fees: of each pool that somebody watches, the
// amount that leaves most profit at the reference price, where that is more than the network fee.
void arbitrage(Block& block, const SlotView& view);

struct NoiseTrade {
    std::size_t pool = 0;
    amm::SwapDirection direction = amm::SwapDirection::aToB;
    std::uint32_t sizePpm = 0;  // of what the pool then holds of the input
    std::uint64_t priorityMicroLamports = 0;
};

// Those of a slot: their number is Poisson, their size exponential, pool and direction are uniform,
// and what they offer scatters around the fee market's price.
std::vector<NoiseTrade> noiseTradesOf(const SlotView& view, std::size_t poolCount);
void tradeNoise(Block& block, const SlotView& view, const NoiseTrade& trade);

}  // namespace oee::chain
