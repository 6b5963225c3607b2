#pragma once
// Bots that see a transaction of ours before it lands and trade around it: they buy before it, as
// much as lets it still have its minimum, and sell afterwards.

#include <cstdint>
#include <optional>
#include <vector>

#include "chain/block.h"
#include "chain/execution.h"

namespace oee::chain {

// A sandwich that pays. The victim executes with at least its minimum.
struct Sandwich {
    std::uint32_t leg = 0;
    std::size_t pool = 0;
    amm::SwapDirection direction = amm::SwapDirection::aToB;  // of front-run and victim
    amm::AppliedSwap front;
    Execution victim;
    amm::AppliedSwap back;
    std::uint64_t costLamports = 0;  // network fees of both trades, and the tip
};

// The sandwich around a transaction that alone would execute as `undisturbed`; nothing where none
// pays. Exact: every amount comes from the pools.
std::optional<Sandwich> sandwichOf(const domain::Transaction& transaction,
                                   const Execution& undisturbed, const Block& block,
                                   const SlotView& view);

// Whether a bot sees this transaction, and whether it would sell in a later block.
struct BotDraw {
    bool sees = false;
    bool wide = false;
};
BotDraw botDrawOf(const domain::Transaction& transaction, const NetworkProfile& profile,
                  std::uint64_t seed);

// Sells what earlier sandwiches bought, whatever it brings. One that its pool refuses is tried
// again in the next block, for kBackRunSlots slots, and then kept.
inline constexpr std::uint64_t kBackRunSlots = 150;
void runBackRuns(Block& block, std::vector<OpenSandwich>& open, const SlotView& view);

}  // namespace oee::chain
