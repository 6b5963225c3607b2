#include "execution/wallet.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "base/integer.h"

namespace oee::execution {
namespace {

// Of the key, or where it would be inserted.
template <typename Balances>
auto placeOf(Balances& balances, const Wallet::Key& key) {
    return std::lower_bound(
        balances.begin(), balances.end(), key,
        [](const auto& entry, const Wallet::Key& wanted) { return entry.first < wanted; });
}

}  // namespace

std::string_view nameOf(WalletOwner owner) {
    switch (owner) {
        case WalletOwner::trader:
            return "trader";
        case WalletOwner::faucet:
            return "faucet";
        case WalletOwner::fees:
            return "fees";
    }
    return {};
}

Balance Wallet::balance(WalletOwner owner, const domain::Pubkey& mint) const {
    const Key key{owner, mint};
    const auto found = placeOf(balances_, key);
    return found == balances_.end() || found->first != key ? Balance{} : found->second;
}

void Wallet::set(WalletOwner owner, const domain::Pubkey& mint, Balance balance) {
    assert(balance.reservedRaw <= balance.amountRaw);
    const Key key{owner, mint};
    const auto found = placeOf(balances_, key);
    if (found != balances_.end() && found->first == key) {
        found->second = balance;
    } else {
        balances_.insert(found, {key, balance});
    }
}

tl::expected<void, WalletError> Wallet::reserve(const domain::Pubkey& mint,
                                                std::uint64_t amountRaw) {
    Balance held = balance(WalletOwner::trader, mint);
    if (held.freeRaw() < amountRaw) {
        return tl::unexpected(WalletError::insufficient);
    }
    held.reservedRaw += amountRaw;
    set(WalletOwner::trader, mint, held);
    return {};
}

void Wallet::release(const domain::Pubkey& mint, std::uint64_t amountRaw) {
    Balance held = balance(WalletOwner::trader, mint);
    assert(held.reservedRaw >= amountRaw);
    held.reservedRaw -= amountRaw;
    set(WalletOwner::trader, mint, held);
}

tl::expected<void, WalletError> Wallet::credit(WalletOwner owner, const domain::Pubkey& mint,
                                               std::uint64_t amountRaw) {
    Balance held = balance(owner, mint);
    const auto amount = base::checkedAdd(held.amountRaw, amountRaw);
    if (!amount) {
        return tl::unexpected(WalletError::overflow);
    }
    held.amountRaw = *amount;
    set(owner, mint, held);
    return {};
}

tl::expected<void, WalletError> Wallet::debit(WalletOwner owner, const domain::Pubkey& mint,
                                              std::uint64_t amountRaw) {
    Balance held = balance(owner, mint);
    if (held.freeRaw() < amountRaw) {
        return tl::unexpected(WalletError::insufficient);
    }
    held.amountRaw -= amountRaw;
    set(owner, mint, held);
    return {};
}

Wallet genesisWallet(const StartBalances& startBalances) {
    constexpr std::uint64_t kSupplyRaw = std::uint64_t{1} << 62;
    Wallet wallet;
    for (const auto& [mint, startRaw] : startBalances) {
        wallet.set(WalletOwner::faucet, mint, {std::max(kSupplyRaw, startRaw) - startRaw, 0});
        wallet.set(WalletOwner::trader, mint, {startRaw, 0});
    }
    return wallet;
}

Wallet drawnAgain(const Wallet& wallet, const StartBalances& startBalances) {
    constexpr base::u128 kMost = std::numeric_limits<std::uint64_t>::max();
    Wallet drawn = wallet;
    for (const auto& [key, held] : wallet.all()) {
        const auto& [owner, mint] = key;
        if (owner != WalletOwner::trader) {
            continue;
        }
        const auto start = startBalances.find(mint);
        const base::u128 startRaw = start == startBalances.end() ? 0 : start->second;
        const base::u128 totalRaw =
            base::u128{held.amountRaw} + wallet.balance(WalletOwner::faucet, mint).amountRaw;
        const base::u128 leastRaw = totalRaw > kMost ? totalRaw - kMost : 0;
        const base::u128 traderRaw = std::max(std::min(startRaw, totalRaw), leastRaw);
        drawn.set(WalletOwner::trader, mint, {static_cast<std::uint64_t>(traderRaw), 0});
        drawn.set(WalletOwner::faucet, mint, {static_cast<std::uint64_t>(totalRaw - traderRaw), 0});
    }
    return drawn;
}

}  // namespace oee::execution
