#pragma once
// Swaps in DAMM v1 pools written from scratch: what the tests of bytes and of rules share.

#include "amm/pool.h"
#include "damm_v1_accounts.h"

namespace oee::test {

inline const amm::ChainClock kClock{.slot = 1'000, .unixTimestamp = 1'750'000'000, .epoch = 800};

inline amm::meteora::DammV1Pool poolOf(const DammV1Facts& facts) {
    return amm::meteora::decodeDammV1(kPool, dammV1Accounts(facts)).value();
}

inline amm::ChainClock later(std::int64_t seconds) {
    amm::ChainClock clock = kClock;
    clock.unixTimestamp += seconds;
    return clock;
}

inline amm::SwapRequest requestOf(amm::SwapDirection direction, std::uint64_t amountRaw,
                                  amm::SwapMode mode = amm::SwapMode::exactIn) {
    amm::SwapRequest request;
    request.mode = mode;
    request.direction = direction;
    request.amountRaw = amountRaw;
    return request;
}

}  // namespace oee::test
