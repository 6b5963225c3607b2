#pragma once
// Balances of the paper accounts: what is there, what is promised to open orders.

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "domain/pubkey.h"

namespace oee::execution {

// Who holds a balance. The trader is the user's paper wallet; the faucet funds it and takes back
// at a reset; fees holds what validators were paid. Pools hold the rest: totals are constant.
enum class WalletOwner { trader, faucet, fees };
std::string_view nameOf(WalletOwner owner);

struct Balance {
    std::uint64_t amountRaw = 0;    // all of it
    std::uint64_t reservedRaw = 0;  // promised to open orders; never above amountRaw

    std::uint64_t freeRaw() const { return amountRaw - reservedRaw; }
    friend bool operator==(const Balance&, const Balance&) = default;
};

enum class WalletError { insufficient, overflow };

// A value: the order store keeps one in memory, changes a copy within a transaction and keeps the
// copy once the COMMIT succeeded.
class Wallet {
  public:
    using Key = std::pair<WalletOwner, domain::Pubkey>;

    Balance balance(WalletOwner owner, const domain::Pubkey& mint) const;
    void set(WalletOwner owner, const domain::Pubkey& mint, Balance balance);
    // By owner, then mint.
    const std::vector<std::pair<Key, Balance>>& all() const { return balances_; }

    // Promises `amountRaw` of the trader's free balance.
    tl::expected<void, WalletError> reserve(const domain::Pubkey& mint, std::uint64_t amountRaw);
    // Takes a promise back; asserts that it was made.
    void release(const domain::Pubkey& mint, std::uint64_t amountRaw);
    tl::expected<void, WalletError> credit(WalletOwner owner, const domain::Pubkey& mint,
                                           std::uint64_t amountRaw);
    // From the free balance.
    tl::expected<void, WalletError> debit(WalletOwner owner, const domain::Pubkey& mint,
                                          std::uint64_t amountRaw);

    friend bool operator==(const Wallet&, const Wallet&) = default;

  private:
    std::vector<std::pair<Key, Balance>> balances_;  // sorted: copied often, and small
};

using StartBalances = std::map<domain::Pubkey, std::uint64_t>;

// The balances of a new data folder. The faucet's supply of a token is 2^62 base units or what the
// trader is given, whichever is more: far above any start balance and far below 2^64, so that
// neither side overflows when tokens come in from the pools.
Wallet genesisWallet(const StartBalances& startBalances);

// The trader's balances given back and drawn again, totals unchanged: at most what both hold, and
// what the faucet cannot hold (over 2^64 − 1) stays with the trader. Asks that nothing is reserved.
Wallet drawnAgain(const Wallet& wallet, const StartBalances& startBalances);

}  // namespace oee::execution
