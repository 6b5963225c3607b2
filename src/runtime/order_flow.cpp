#include "runtime/order_flow.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "base/rng.h"
#include "chain/real.h"

namespace oee::runtime {
namespace {

constexpr double kRootUnits = 1e6;  // base units of a dollar
constexpr std::uint64_t kDoublings = 10;
// Orders of this size must fit so often into what is free, or the other token is sold.
constexpr std::uint64_t kReserve = 8;
constexpr std::int64_t kDeadlineMs = 20'000;
constexpr std::array<unsigned, 4> kSlippagesBps{30, 50, 100, 200};

}  // namespace

OrderFlow::OrderFlow(std::uint64_t seed, const chain::ChainState& genesis,
                     const chain::NetworkProfile& profile, std::vector<TokenPair> pairs)
    : seed_(seed),
      pairs_(pairs.empty() ? genesis.market->pairs->pairs() : std::move(pairs)),
      reservedLamports_(execution::worstCaseFeeLamports(profile)) {
    for (std::size_t i = 0; i < genesis.map->mints.size(); ++i) {
        unitWorth_.emplace_back(genesis.map->mints[i], chain::expOf(genesis.logValues[i]));
    }
}

std::uint64_t OrderFlow::amountOf(const domain::Pubkey& mint, double worth) const {
    const auto found = std::lower_bound(
        unitWorth_.begin(), unitWorth_.end(), mint,
        [](const auto& entry, const domain::Pubkey& wanted) { return entry.first < wanted; });
    assert(found != unitWorth_.end() && found->first == mint);
    constexpr double kMost = 1e18;  // far above what anybody holds, far below 2^64
    const double amount = std::clamp(worth / found->second, 1.0, kMost);
    return static_cast<std::uint64_t>(amount);
}

execution::OrderDraft OrderFlow::draft(std::uint64_t number, const execution::Wallet& wallet,
                                       std::uint64_t slot) const {
    base::CounterRng rng(seed_, base::RngPurpose::orderFlow, number);
    const auto& [one, other] = pairs_[rng.below(pairs_.size())];
    const bool sellsOne = rng.below(2) == 0;
    const auto doubled = static_cast<double>(std::uint64_t{1} << rng.below(kDoublings));
    const double worth = kRootUnits * doubled * (1 + rng.unit());

    execution::OrderDraft draft;
    draft.inputMint = sellsOne ? one : other;
    draft.outputMint = sellsOne ? other : one;
    draft.amountInRaw = amountOf(draft.inputMint, worth);
    const auto freeRaw = [&](const domain::Pubkey& mint) {
        return wallet.balance(execution::WalletOwner::trader, mint).freeRaw();
    };
    if (freeRaw(draft.inputMint) / kReserve < draft.amountInRaw) {
        std::swap(draft.inputMint, draft.outputMint);
        draft.amountInRaw = amountOf(draft.inputMint, worth);
    }
    draft.slippageBps = kSlippagesBps[rng.below(kSlippagesBps.size())];
    draft.onRevert = rng.below(4) == 0 ? domain::OnRevert::requote : domain::OnRevert::fail;
    if (rng.below(8) == 0) {
        draft.deadlineMs = kDeadlineMs;
    }
    draft.reservedLamports = reservedLamports_;
    draft.createdSlot = slot;
    return draft;
}

}  // namespace oee::runtime
