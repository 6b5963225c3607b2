#pragma once
// Random market orders: the same for the same seed.

#include <cstdint>
#include <utility>
#include <vector>

#include "chain/chain_state.h"
#include "execution/admission.h"
#include "execution/wallet.h"

namespace oee::runtime {

using TokenPair = std::pair<domain::Pubkey, domain::Pubkey>;

// Orders of 1 to 1,024 units of the market's root token (dollars, where there is USDC), small ones
// as often as large ones on a logarithmic scale, both directions alike; a quarter is planned anew
// after a revert, an eighth has a deadline.
class OrderFlow {
  public:
    // `pairs` empty: all that pools trade. `genesis` gives the tokens' worth.
    OrderFlow(std::uint64_t seed, const chain::ChainState& genesis,
              const chain::NetworkProfile& profile, std::vector<TokenPair> pairs);

    // Order `number` (1, 2, …), as of `slot`. Where the wallet holds little of what it would sell,
    // it sells the other token instead.
    execution::OrderDraft draft(std::uint64_t number, const execution::Wallet& wallet,
                                std::uint64_t slot) const;

  private:
    std::uint64_t amountOf(const domain::Pubkey& mint, double worth) const;

    std::uint64_t seed_ = 0;
    std::vector<TokenPair> pairs_;
    std::vector<std::pair<domain::Pubkey, double>> unitWorth_;  // ascending; in units of the root
    std::uint64_t reservedLamports_ = 0;
};

}  // namespace oee::runtime
