#include "base/rng.h"

#include "base/integer.h"

namespace oee::base {
namespace {

constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;

constexpr std::uint32_t low32(std::uint64_t value) {
    return static_cast<std::uint32_t>(value);
}
constexpr std::uint32_t high32(std::uint64_t value) {
    return static_cast<std::uint32_t>(value >> 32);
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t product0 = std::uint64_t{kMultiplier0} * counter[0];
        const std::uint64_t product1 = std::uint64_t{kMultiplier1} * counter[2];
        counter = {high32(product1) ^ counter[1] ^ key[0], low32(product1),
                   high32(product0) ^ counter[3] ^ key[1], low32(product0)};
        key = {key[0] + kWeyl0, key[1] + kWeyl1};
    }
    return counter;
}

CounterRng::CounterRng(std::uint64_t seed, RngPurpose purpose, std::uint64_t stream,
                       std::uint32_t substream) {
    // The counter's last word is the position; the rest of the identity is folded through one block
    // so that (purpose, stream, substream) need not fit beside it.
    const auto folded =
        philox4x32({low32(stream), high32(stream), substream, static_cast<std::uint32_t>(purpose)},
                   {low32(seed), high32(seed)});
    key_ = {folded[0], folded[1]};
    counter_ = {0, 0, folded[2], folded[3]};
}

std::uint64_t CounterRng::nextU64() {
    if (used_ == 4) {
        block_ = philox4x32(counter_, key_);
        if (++counter_[0] == 0) {
            ++counter_[1];
        }
        used_ = 0;
    }
    const std::uint64_t value = (std::uint64_t{block_[used_ + 1]} << 32) | block_[used_];
    used_ += 2;
    return value;
}

std::uint64_t CounterRng::below(std::uint64_t bound) {
    if (bound == 0) {
        return 0;
    }
    const std::uint64_t threshold = (0 - bound) % bound;
    while (true) {
        const u128 product = static_cast<u128>(nextU64()) * bound;
        if (static_cast<std::uint64_t>(product) >= threshold) {
            return static_cast<std::uint64_t>(product >> 64);
        }
    }
}

double CounterRng::unit() {
    return static_cast<double>(nextU64() >> 11) * 0x1.0p-53;
}

}  // namespace oee::base
