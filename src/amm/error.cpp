#include "amm/error.h"

namespace oee::amm {

std::string_view nameOf(SwapError error) {
    switch (error) {
        case SwapError::zeroAmount:
            return "ZeroAmount";
        case SwapError::zeroOutput:
            return "ZeroOutput";
        case SwapError::insufficientLiquidity:
            return "InsufficientLiquidity";
        case SwapError::slippageExceeded:
            return "SlippageExceeded";
        case SwapError::poolDisabled:
            return "PoolDisabled";
        case SwapError::mathOverflow:
            return "MathOverflow";
        case SwapError::mintNotInPool:
            return "MintNotInPool";
        case SwapError::unsupportedMode:
            return "UnsupportedMode";
        case SwapError::priceLimit:
            return "PriceLimit";
    }
    return "Unknown";
}

std::string_view nameOf(DecodeError error) {
    switch (error) {
        case DecodeError::accountMissing:
            return "AccountMissing";
        case DecodeError::wrongOwner:
            return "WrongOwner";
        case DecodeError::wrongDiscriminator:
            return "WrongDiscriminator";
        case DecodeError::tooShort:
            return "TooShort";
        case DecodeError::invalidValue:
            return "InvalidValue";
        case DecodeError::unsupported:
            return "Unsupported";
    }
    return "Unknown";
}

namespace {

std::optional<ProgramError> ammV4ErrorOf(SwapError error) {
    switch (error) {
        case SwapError::zeroAmount:
        case SwapError::zeroOutput:
            return ProgramError{29, "InvalidInput"};
        case SwapError::slippageExceeded:
            return ProgramError{30, "ExceededSlippage"};
        case SwapError::poolDisabled:
            return ProgramError{22, "InvalidStatus"};
        default:  // panics among them
            return std::nullopt;
    }
}

std::optional<ProgramError> cpmmErrorOf(SwapError error) {
    switch (error) {
        case SwapError::zeroAmount:
        case SwapError::zeroOutput:
            return ProgramError{2505, "RequireGtViolated"};
        case SwapError::slippageExceeded:
            return ProgramError{6005, "ExceededSlippage"};
        case SwapError::poolDisabled:
            return ProgramError{6000, "NotApproved"};
        default:
            return std::nullopt;
    }
}

// damm-v2 programs/cp-amm/src/error.rs:PoolError, from 6000 on
std::optional<ProgramError> dammV2ErrorOf(SwapError error) {
    switch (error) {
        case SwapError::mathOverflow:
            return ProgramError{6000, "MathOverflow"};
        case SwapError::slippageExceeded:
            return ProgramError{6002, "ExceededSlippage"};
        case SwapError::poolDisabled:
            return ProgramError{6003, "PoolDisabled"};
        case SwapError::zeroAmount:
            return ProgramError{6006, "AmountIsZero"};
        case SwapError::insufficientLiquidity:
            return ProgramError{6015, "PriceRangeViolation"};
        default:
            return std::nullopt;
    }
}

// damm-v1-sdk programs/dynamic-amm/src/error.rs:PoolError, from 6000 on. An input that the protocol
// fee takes whole is refused by the vault (6013, AmountMustGreaterThanZero); what is lent out, by
// the token program.
std::optional<ProgramError> dammV1ErrorOf(SwapError error) {
    switch (error) {
        case SwapError::mathOverflow:
            return ProgramError{6000, "MathOverflow"};
        case SwapError::slippageExceeded:
            return ProgramError{6004, "ExceededSlippage"};
        case SwapError::zeroAmount:
            return ProgramError{6006, "ZeroTradingTokens"};
        case SwapError::poolDisabled:
            return ProgramError{6015, "PoolDisabled"};
        case SwapError::insufficientLiquidity:
            return ProgramError{1, "InsufficientFunds"};
        default:
            return std::nullopt;
    }
}

// Numbers of programs/amm/src/error.rs as they were from 2022-11 to ed289d6 (2026-04): the ones
// that wallets and explorers know. f16c59a took unused errors out, which renumbers the source
// since. "TooMuchInputPaid" (exactOut) shares a kind with the first of the slippage errors.
std::optional<ProgramError> clmmErrorOf(SwapError error) {
    switch (error) {
        case SwapError::zeroAmount:
            return ProgramError{6024, "ZeroAmountSpecified"};
        case SwapError::zeroOutput:
            return ProgramError{6026, "TooSmallInputOrOutputAmount"};
        case SwapError::insufficientLiquidity:
            return ProgramError{6019, "LiquidityInsufficient"};
        case SwapError::slippageExceeded:
            return ProgramError{6022, "TooLittleOutputReceived"};
        case SwapError::poolDisabled:
            return ProgramError{6001, "NotApproved"};
        case SwapError::priceLimit:
            return ProgramError{6013, "SqrtPriceLimitOverflow"};
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<ProgramError> programErrorOf(domain::Program program, SwapError error) {
    const bool slippage = error == SwapError::slippageExceeded;
    switch (program) {
        case domain::Program::raydiumAmmV4:
            return ammV4ErrorOf(error);
        case domain::Program::raydiumCpmm:
            return cpmmErrorOf(error);
        case domain::Program::raydiumClmm:
            return clmmErrorOf(error);
        case domain::Program::meteoraDlmm:
            return slippage ? std::optional(ProgramError{6003, "ExceededAmountSlippageTolerance"})
                            : std::nullopt;
        case domain::Program::meteoraDammV2:
            return dammV2ErrorOf(error);
        case domain::Program::meteoraDammV1:
            return dammV1ErrorOf(error);
    }
    return std::nullopt;
}

}  // namespace oee::amm
