#pragma once
// Counter-based random numbers: a value is a pure function of (seed, purpose, stream, counter), so
// the same run draws the same numbers on any number of threads and in any order of events.
// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC
// 2011.

#include <array>
#include <cstdint>

namespace oee::base {

// What a number is drawn for. Values are part of the trace: never renumber, only append.
enum class RngPurpose : std::uint32_t {
    orderId = 1,
    signature = 2,
    blockhash = 3,
    sendLatency = 4,
    retryJitter = 5,
    market = 6,
    test = 7,
    slotTime = 8,
    slotFate = 9,
    leader = 10,
    commitment = 11,
    loss = 12,
    inclusion = 13,
    feeMarket = 14,
    referencePrice = 15,
    noiseTrade = 16,
    arbitrage = 17,
    sandwich = 18,
    orderFlow = 19,
};

// One Philox4x32-10 block.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

// A stream of numbers keyed by (seed, purpose, stream, substream); `stream` is for example the
// order's number and `substream` its attempt. Copyable; a copy repeats the numbers.
class CounterRng {
  public:
    CounterRng(std::uint64_t seed, RngPurpose purpose, std::uint64_t stream,
               std::uint32_t substream = 0);

    std::uint64_t nextU64();
    // Uniform in [0, bound); bound 0 gives 0. Lemire's multiply-shift with rejection: no bias.
    std::uint64_t below(std::uint64_t bound);
    // Uniform in [0, 1) with 53 bits.
    double unit();

  private:
    std::array<std::uint32_t, 2> key_{};
    std::array<std::uint32_t, 4> counter_{};
    std::array<std::uint32_t, 4> block_{};
    unsigned used_ = 4;
};

}  // namespace oee::base
