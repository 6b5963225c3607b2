#pragma once
// What the generators of all programs share: addresses, chance, reference prices, rent, mints and
// token accounts.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "amm/account.h"
#include "amm/bytes.h"
#include "base/integer.h"
#include "base/rng.h"
#include "domain/pubkey.h"
#include "market/market_profile.h"

namespace oee::market {

// What an account of this size must hold to live for ever: (128 + size) × 3,480 lamports a byte and
// year × 2 years. Source: anza-xyz/agave sdk/rent/src/lib.rs:minimum_balance.
constexpr std::uint64_t rentExemptLamports(std::size_t size) {
    return (128 + static_cast<std::uint64_t>(size)) * 3'480 * 2;
}

struct PoolKey {
    std::uint64_t seed = 0;
    std::string_view pool;  // the profile's name of it
};

// 32 bytes drawn for (seed, pool, role): the same on every machine.
domain::Pubkey generatedAddress(const PoolKey& key, std::string_view role);
// The stream of everything else that is drawn for a pool.
base::CounterRng generatorRng(const PoolKey& key);

// `value` moved by at most `rangePpm` millionths either way, rounded down.
base::u128 jittered(base::u128 value, std::uint32_t rangePpm, base::CounterRng& rng);

// Base units of B for one of A in Q64, `offsetPpm` away from the reference; rounded down. Empty
// where that is 0 or needs more than 128 bits.
std::optional<base::u128> referencePriceQ64(const TokenProfile& a, const TokenProfile& b,
                                            std::int64_t offsetPpm);

// Base units of a token that are worth so much at its reference price, rounded down.
std::optional<base::u128> baseUnitsWorth(std::uint64_t usdMicros, const TokenProfile& token);

struct TokenAccountSpec {
    domain::Pubkey mint;
    domain::Pubkey owner;
    std::uint64_t amountRaw = 0;
};

// The account set of one pool while it is built.
class AccountBuilder {
  public:
    // A zeroed, rent-exempt account; the writer is good until the next call.
    amm::FieldWriter add(const domain::Pubkey& address, const domain::Pubkey& owner,
                         std::size_t size);
    void addMint(const TokenProfile& token);
    // Wrapped SOL holds its amount as lamports too, as the token program keeps it.
    void addTokenAccount(const domain::Pubkey& address, const TokenAccountSpec& spec);

    amm::AccountSet take() { return std::move(accounts_); }

  private:
    amm::AccountSet accounts_;
};

}  // namespace oee::market
