#pragma once
// Several accounts and one question to their pool in one run of bytes, so that a fuzzer can change
// any of them. Little-endian:
//
//   question  slot u64, unix time i64, epoch u64, amount u64, slippage limit u64,
//             price limit u128, flags u8 (see Flag)
//   accounts  until the end, the pool first: owner u8 (0 the target's program, 1 SPL Token,
//             2 Token-2022, else 32 bytes follow), address 32 bytes, size u16, data
//   data      until the size is full: n < 128: n + 1 bytes follow; else n − 127 zeros
//
// Any bytes are a frame; where they end early the rest is zeros.

#include <cstdint>
#include <span>
#include <vector>

#include "amm/account.h"
#include "amm/swap.h"
#include "domain/pubkey.h"

namespace oee::fuzz {

struct Frame {
    amm::SwapRequest request;
    amm::ChainClock clock;
    domain::Pubkey pool;
    amm::AccountSet accounts;
};

// Bits 0, 1: the mode (both set: partialFill); the others switch a feature of the request.
enum Flag : std::uint8_t {
    kModeMask = 3,
    kBToA = 4,
    kHasSlippageLimit = 8,
    kHasPriceLimit = 16,
    kHasReferral = 32,
};

Frame readFrame(std::span<const std::uint8_t> bytes, const domain::Pubkey& program);
std::vector<std::uint8_t> writeFrame(const Frame& frame, const domain::Pubkey& program);

}  // namespace oee::fuzz
