#pragma once
// What can go wrong in a pool: reading its bytes, or swapping.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/pubkey.h"
#include "domain/venue.h"

namespace oee::amm {

// Why bytes are not a pool that we can compute with.
enum class DecodeError {
    accountMissing,
    wrongOwner,
    wrongDiscriminator,
    tooShort,
    invalidValue,
    unsupported,
};

struct DecodeFailure {
    DecodeError error = DecodeError::invalidValue;
    domain::Pubkey account;  // which account
    std::string where;       // the field or role, for example "coin vault" or "fee denominator"
};

// Why a swap does not execute. One kind for all programs; what the program itself calls it is in
// programErrorOf().
enum class SwapError {
    zeroAmount,
    zeroOutput,
    insufficientLiquidity,
    slippageExceeded,
    poolDisabled,  // status bits, or not open yet
    mathOverflow,  // the program aborts: checked arithmetic fails or it panics
    mintNotInPool,
    unsupportedMode,
    priceLimit,  // CLMM: the price limit is on the wrong side or out of range
};

// "ZeroOutput", …: stable names for JSON.
std::string_view nameOf(SwapError error);
std::string_view nameOf(DecodeError error);

// What the program itself answers. A code means nothing without its program.
struct ProgramError {
    std::uint32_t code = 0;
    std::string_view name;

    friend bool operator==(const ProgramError&, const ProgramError&) = default;
};

// Empty where the program has no code for it (it panics, or we refused before asking it). Sources:
// raydium-io/raydium-amm program/src/error.rs:AmmError, raydium-io/raydium-cp-swap
// programs/cp-swap/src/error.rs (and Anchor's own codes below 6000), raydium-io/raydium-clmm
// programs/amm/src/error.rs, MeteoraAg/dlmm-sdk, MeteoraAg/damm-v2 and
// MeteoraAg/damm-v1-sdk error.rs.
std::optional<ProgramError> programErrorOf(domain::Program program, SwapError error);

}  // namespace oee::amm
