#pragma once
// Mints and token accounts of SPL Token and Token-2022, as far as swaps need them.
// Sources: solana-program/token program/src/state.rs (Mint, Account) and
// solana-program/token-2022 interface/src/extension/{mod.rs,transfer_fee/mod.rs}.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "amm/error.h"
#include "base/integer.h"
#include "domain/pubkey.h"

namespace oee::amm::spl {

const domain::Pubkey& tokenProgramId();
const domain::Pubkey& token2022ProgramId();

// Layouts, for those who build accounts.
inline constexpr std::size_t kMintSize = 82;
inline constexpr std::size_t kTokenAccountSize = 165;
namespace mint {
inline constexpr std::size_t kAuthorityTag = 0;  // u32, 0 none
inline constexpr std::size_t kAuthority = 4;
inline constexpr std::size_t kSupply = 36;              // u64
inline constexpr std::size_t kDecimals = 44;            // u8
inline constexpr std::size_t kIsInitialized = 45;       // bool
inline constexpr std::size_t kFreezeAuthorityTag = 46;  // u32, 0 none
}  // namespace mint
namespace token_account {
inline constexpr std::size_t kMint = 0;
inline constexpr std::size_t kOwner = 32;
inline constexpr std::size_t kAmount = 64;        // u64
inline constexpr std::size_t kState = 108;        // u8: 0 uninitialized, 1 initialized, 2 frozen
inline constexpr std::size_t kIsNativeTag = 109;  // u32, 1: wrapped SOL
inline constexpr std::size_t kRentExemptReserve = 113;  // u64, where native
}  // namespace token_account
// Token-2022: both kinds are padded to kTokenAccountSize, then comes the kind and then entries of
// {u16 type, u16 length, bytes}.
inline constexpr std::size_t kAccountKind = 165;  // u8: 1 mint, 2 token account
inline constexpr std::size_t kExtensions = 166;
inline constexpr std::uint16_t kExtensionTransferFeeConfig = 1;  // 108 bytes, on mints
inline constexpr std::uint16_t kExtensionTransferFeeAmount = 2;  // 8 bytes, on token accounts

inline constexpr std::uint16_t kBasisPoints = 10'000;  // the whole

// A transfer fee as one epoch has it.
struct TransferFee {
    std::uint64_t maximumRaw = 0;
    std::uint16_t basisPoints = 0;

    friend bool operator==(const TransferFee&, const TransferFee&) = default;
};

// Two fees, so that a change is announced before it holds. A mint without the extension is one
// without a fee.
struct TransferFeeConfig {
    std::uint64_t newerEpoch = 0;  // `newer` holds from this epoch on
    TransferFee newer;
    TransferFee older;

    const TransferFee& at(std::uint64_t epoch) const { return epoch >= newerEpoch ? newer : older; }

    friend bool operator==(const TransferFeeConfig&, const TransferFeeConfig&) = default;
};

// Withheld when `amountRaw` is sent: min(ceil(amount × bps / 10,000), maximum).
// transfer_fee/mod.rs:TransferFee::calculate_fee
inline std::uint64_t transferFeeOf(const TransferFee& fee, std::uint64_t amountRaw) {
    if (fee.basisPoints == 0) {
        return 0;
    }
    // Decoding refuses more than 10,000 bps, beyond which the quotient may not fit.
    const auto charged =
        base::mulDiv64(amountRaw, fee.basisPoints, kBasisPoints, base::Rounding::up);
    return std::min(charged.value_or(fee.maximumRaw), fee.maximumRaw);
}

// What must be sent for `netRaw` to arrive: the least such amount. Empty where that is over
// 2^64 − 1. Rounded up. At 10,000 bps the maximum fee is added.
// transfer_fee/mod.rs:TransferFee::calculate_pre_fee_amount
std::optional<std::uint64_t> transferGrossOf(const TransferFee& fee, std::uint64_t netRaw);

struct Mint {
    domain::Pubkey tokenProgram;
    unsigned decimals = 0;
    std::uint64_t supplyRaw = 0;
    TransferFeeConfig transferFee;

    friend bool operator==(const Mint&, const Mint&) = default;
};

struct TokenAccount {
    domain::Pubkey tokenProgram;
    domain::Pubkey mint;
    domain::Pubkey owner;
    std::uint64_t amountRaw = 0;
    // Token-2022 transfer fees that stay in the account but are not its owner's.
    std::uint64_t withheldRaw = 0;
    bool canWithhold = false;  // has a place for withheldRaw

    friend bool operator==(const TokenAccount&, const TokenAccount&) = default;
};

// `role` goes into the failure ("coin vault", "mint 0"). A token account must be initialized and
// not frozen: a pool whose vault is frozen cannot pay.
tl::expected<Mint, DecodeFailure> decodeMint(const domain::Pubkey& address,
                                             const AccountSet& accounts, const char* role);
tl::expected<TokenAccount, DecodeFailure> decodeTokenAccount(const domain::Pubkey& address,
                                                             const AccountSet& accounts,
                                                             const char* role);

// Whether transfers of the mint can arrive in the account: where they may be charged a fee, there
// must be a place for what is withheld. Token-2022 makes it together with the account, and refuses
// a transfer without it (token-2022 program/src/processor.rs:process_transfer).
inline bool canReceive(const TokenAccount& account, const Mint& mint) {
    return account.canWithhold || mint.transferFee == TransferFeeConfig{};
}

// Where the bytes of one extension's value begin; empty where the account has none.
std::optional<std::size_t> extensionOffset(const std::vector<std::uint8_t>& data,
                                           std::uint16_t extension, std::size_t length);

struct TokenBalance {
    std::uint64_t amountRaw = 0;
    std::uint64_t withheldRaw = 0;
};

// Writes a balance as a transfer would leave it; wrapped SOL moves the account's lamports along.
// Returns whether anything is different now.
bool writeTokenBalance(Account& account, const TokenBalance& balance);

}  // namespace oee::amm::spl
