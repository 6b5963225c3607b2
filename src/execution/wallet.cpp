#include "execution/wallet.h"

#include <cassert>

#include "base/integer.h"

namespace oee::execution {

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
    const auto found = balances_.find({owner, mint});
    return found == balances_.end() ? Balance{} : found->second;
}

void Wallet::set(WalletOwner owner, const domain::Pubkey& mint, Balance balance) {
    assert(balance.reservedRaw <= balance.amountRaw);
    balances_[{owner, mint}] = balance;
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

}  // namespace oee::execution
