#include "amm/spl_token.h"

#include "amm/bytes.h"
#include "base/integer.h"

namespace oee::amm::spl {
namespace {

constexpr std::uint8_t kKindMint = 1;
constexpr std::uint8_t kKindTokenAccount = 2;
constexpr std::uint8_t kStateInitialized = 1;

// transfer_fee/mod.rs:TransferFeeConfig: two authorities, the withheld total, then the two fees of
// {u64 epoch, u64 maximum, u16 basis points}.
constexpr std::size_t kFeeConfigSize = 108;
constexpr std::size_t kFeeConfigOlder = 72;
constexpr std::size_t kFeeConfigNewer = 90;
constexpr std::size_t kFeeMaximum = 8;
constexpr std::size_t kFeeBasisPoints = 16;
constexpr std::size_t kFeeAmountSize = 8;

tl::unexpected<DecodeFailure> failure(DecodeError error, const domain::Pubkey& address,
                                      const char* role) {
    return tl::make_unexpected(DecodeFailure{error, address, role});
}

// Whether the account has the size and the kind of a mint or a token account.
bool isOfKind(const Account& account, std::size_t baseSize, std::uint8_t kind) {
    if (account.data.size() == baseSize) {
        return true;
    }
    return account.owner == token2022ProgramId() && account.data.size() > kAccountKind &&
           account.data[kAccountKind] == kind;
}

tl::expected<const Account*, DecodeFailure> find(const domain::Pubkey& address,
                                                 const AccountSet& accounts, const char* role) {
    const auto found = accounts.find(address);
    if (found == accounts.end()) {
        return failure(DecodeError::accountMissing, address, role);
    }
    const Account& account = found->second;
    if (account.owner != tokenProgramId() && account.owner != token2022ProgramId()) {
        return failure(DecodeError::wrongOwner, address, role);
    }
    return &account;
}

TransferFee readFee(FieldReader& reader, std::size_t offset) {
    return {.maximumRaw = reader.read<std::uint64_t>(offset + kFeeMaximum),
            .basisPoints = reader.read<std::uint16_t>(offset + kFeeBasisPoints)};
}

TransferFeeConfig readTransferFee(const std::vector<std::uint8_t>& data) {
    TransferFeeConfig config;
    if (const auto at = extensionOffset(data, kExtensionTransferFeeConfig, kFeeConfigSize)) {
        FieldReader reader(data);
        config.older = readFee(reader, *at + kFeeConfigOlder);
        config.newer = readFee(reader, *at + kFeeConfigNewer);
        config.newerEpoch = reader.read<std::uint64_t>(*at + kFeeConfigNewer);
    }
    return config;
}

}  // namespace

const domain::Pubkey& tokenProgramId() {
    static const auto id = domain::pubkeyLiteral("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
    return id;
}

const domain::Pubkey& token2022ProgramId() {
    static const auto id = domain::pubkeyLiteral("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
    return id;
}

std::optional<std::uint64_t> transferGrossOf(const TransferFee& fee, std::uint64_t netRaw) {
    if (fee.basisPoints == 0 || netRaw == 0) {
        return netRaw;
    }
    if (fee.basisPoints >= kBasisPoints) {
        return base::checkedAdd(netRaw, fee.maximumRaw);
    }
    const base::u128 gross = base::ceilDiv(static_cast<base::u128>(netRaw) * kBasisPoints,
                                           base::u128{kBasisPoints} - fee.basisPoints);
    if (gross - netRaw >= fee.maximumRaw) {
        return base::checkedAdd(netRaw, fee.maximumRaw);
    }
    return base::fitsU64(gross) ? std::optional(static_cast<std::uint64_t>(gross)) : std::nullopt;
}

std::optional<std::size_t> extensionOffset(const std::vector<std::uint8_t>& data,
                                           std::uint16_t extension, std::size_t length) {
    FieldReader reader(data);
    for (std::size_t at = kExtensions; at + 4 <= data.size();) {
        const auto type = reader.read<std::uint16_t>(at);
        const std::size_t size = reader.read<std::uint16_t>(at + 2);
        if (type == 0 || size > data.size() - at - 4) {  // the end, or a broken list
            return std::nullopt;
        }
        if (type == extension) {
            return size == length ? std::optional(at + 4) : std::nullopt;
        }
        at += 4 + size;
    }
    return std::nullopt;
}

tl::expected<Mint, DecodeFailure> decodeMint(const domain::Pubkey& address,
                                             const AccountSet& accounts, const char* role) {
    const auto account = find(address, accounts, role);
    if (!account) {
        return tl::make_unexpected(account.error());
    }
    const auto& data = (*account)->data;
    if (data.size() < kMintSize) {
        return failure(DecodeError::tooShort, address, role);
    }
    FieldReader reader(data);
    if (!isOfKind(**account, kMintSize, kKindMint) ||
        reader.read<std::uint8_t>(mint::kIsInitialized) != 1) {
        return failure(DecodeError::invalidValue, address, role);
    }
    Mint decoded{.tokenProgram = (*account)->owner,
                 .decimals = reader.read<std::uint8_t>(mint::kDecimals),
                 .supplyRaw = reader.read<std::uint64_t>(mint::kSupply),
                 .transferFee = {}};
    if ((*account)->owner == token2022ProgramId()) {
        decoded.transferFee = readTransferFee(data);
    }
    const auto validFee = [](const TransferFee& fee) { return fee.basisPoints <= kBasisPoints; };
    if (!validFee(decoded.transferFee.older) || !validFee(decoded.transferFee.newer)) {
        return failure(DecodeError::invalidValue, address, role);
    }
    return decoded;
}

tl::expected<TokenAccount, DecodeFailure> decodeTokenAccount(const domain::Pubkey& address,
                                                             const AccountSet& accounts,
                                                             const char* role) {
    const auto account = find(address, accounts, role);
    if (!account) {
        return tl::make_unexpected(account.error());
    }
    const auto& data = (*account)->data;
    if (data.size() < kTokenAccountSize) {
        return failure(DecodeError::tooShort, address, role);
    }
    FieldReader reader(data);
    if (!isOfKind(**account, kTokenAccountSize, kKindTokenAccount) ||
        reader.read<std::uint8_t>(token_account::kState) != kStateInitialized) {
        return failure(DecodeError::invalidValue, address, role);
    }
    TokenAccount decoded{.tokenProgram = (*account)->owner,
                         .mint = reader.pubkey(token_account::kMint),
                         .owner = reader.pubkey(token_account::kOwner),
                         .amountRaw = reader.read<std::uint64_t>(token_account::kAmount),
                         .withheldRaw = 0,
                         .canWithhold = false};
    if (const auto at = extensionOffset(data, kExtensionTransferFeeAmount, kFeeAmountSize)) {
        decoded.canWithhold = true;
        decoded.withheldRaw = reader.read<std::uint64_t>(*at);
    }
    return decoded;
}

bool writeTokenBalance(Account& account, const TokenBalance& balance) {
    FieldReader reader(account.data);
    const auto before = reader.read<std::uint64_t>(token_account::kAmount);
    const bool native = reader.read<std::uint32_t>(token_account::kIsNativeTag) == 1;
    if (!reader.complete()) {
        return false;
    }
    FieldWriter writer(account.data);
    writer.write(token_account::kAmount, balance.amountRaw);
    if (const auto at =
            extensionOffset(account.data, kExtensionTransferFeeAmount, kFeeAmountSize)) {
        writer.write(*at, balance.withheldRaw);
    }
    if (native) {
        // Modulo 2^64, so that a made-up balance wraps both ways instead of getting stuck.
        account.lamports += balance.amountRaw - before;
    }
    return writer.changed();
}

}  // namespace oee::amm::spl
