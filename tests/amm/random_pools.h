#pragma once
// Random pools of every program, written byte by byte: states that the program can reach, all
// features on and off, operands of every width. Free of Qt: the fuzz targets' seeds come from here
// as well.

#include <cstdint>
#include <span>

#include "amm/account.h"
#include "amm/spl_token.h"
#include "base/rng.h"
#include "domain/pubkey.h"
#include "domain/venue.h"

namespace oee::test {

struct RandomPool {
    domain::Pubkey address;
    amm::AccountSet accounts;
    amm::ChainClock clock;
};

RandomPool randomAmmV4(base::CounterRng& rng);
RandomPool randomCpmm(base::CounterRng& rng);
RandomPool randomClmm(base::CounterRng& rng);
RandomPool randomDlmm(base::CounterRng& rng);
RandomPool randomDammV2(base::CounterRng& rng);
RandomPool randomDammV1(base::CounterRng& rng);

struct ProgramPools {
    domain::Program program = domain::Program::raydiumAmmV4;
    RandomPool (*make)(base::CounterRng& rng) = nullptr;
};

// One row a program: a new program joins the properties and the fuzz seeds here.
std::span<const ProgramPools> programPools();

// Of 1 to `bits` bits, each width as likely: small and large numbers alike.
inline std::uint64_t logUniform(base::CounterRng& rng, unsigned bits = 64) {
    const std::uint64_t width = 1 + rng.below(bits);
    return rng.nextU64() >> (64 - width);
}

inline bool oneIn(base::CounterRng& rng, std::uint64_t n) {
    return rng.below(n) == 0;
}

template <typename T, std::size_t N>
T oneOf(base::CounterRng& rng, const T (&choices)[N]) {
    return choices[rng.below(N)];
}

// Transfer fees of every kind: none at all, all of the amount, capped, about to change.
amm::spl::TransferFeeConfig randomTransferFee(base::CounterRng& rng);

// Around the epochs at which randomTransferFee() changes.
amm::ChainClock randomClock(base::CounterRng& rng);

}  // namespace oee::test
