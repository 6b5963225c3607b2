#pragma once
// What the wallet and the pools hold is told by no event: each of their rows carries the SHA-256 of
// what it says, so that damage within a value is seen.

#include <string>

#include "amm/account.h"
#include "domain/pubkey.h"
#include "execution/wallet.h"

namespace oee::storage {

// In hex.
std::string rowHash(const execution::Wallet::Key& key, const execution::Balance& balance);
std::string rowHash(const domain::Pubkey& pool, const domain::Pubkey& address,
                    const amm::Account& account);

}  // namespace oee::storage
