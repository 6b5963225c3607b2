// Account bytes of a DAMM v1 pool and its vaults to its value and back.

#include <algorithm>
#include <array>
#include <cstddef>

#include "amm/bytes.h"
#include "amm/meteora/damm_v1/pool.h"
#include "amm/spl_token.h"
#include "base/integer.h"
#include "domain/venue.h"

namespace oee::amm::meteora {
namespace {

using namespace damm_v1;
using domain::Pubkey;

// Where a side's addresses lie in the pool, and what failures call its accounts.
struct SideFields {
    std::size_t mint;
    std::size_t vault;
    std::size_t poolLp;
    std::size_t protocolFee;
    std::size_t multiplier;
    const char* mintRole;
    const char* vaultRole;
    const char* tokenVaultRole;
    const char* lpMintRole;
    const char* poolLpRole;
    const char* protocolFeeRole;
};

constexpr std::array<SideFields, 2> kSides{{
    {pool::kMintA, pool::kVaultA, pool::kVaultLpA, pool::kProtocolFeeA, pool::kMultiplierA,
     "mint A", "vault A", "token vault A", "vault A LP mint", "pool's vault A LP",
     "protocol fee account A"},
    {pool::kMintB, pool::kVaultB, pool::kVaultLpB, pool::kProtocolFeeB, pool::kMultiplierB,
     "mint B", "vault B", "token vault B", "vault B LP mint", "pool's vault B LP",
     "protocol fee account B"},
}};

using Decoded = tl::expected<void, DecodeFailure>;

tl::unexpected<DecodeFailure> failure(DecodeError error, const Pubkey& account, const char* where) {
    return tl::unexpected(DecodeFailure{error, account, where});
}

const Pubkey& vaultProgramId() {
    static const auto id = domain::pubkeyLiteral(kVaultProgram);
    return id;
}

tl::expected<const Account*, DecodeFailure> find(const Pubkey& address, const AccountSet& accounts,
                                                 const char* role) {
    const auto found = accounts.find(address);
    if (found == accounts.end()) {
        return failure(DecodeError::accountMissing, address, role);
    }
    return &found->second;
}

std::uint64_t readU64(FieldReader& reader, std::size_t offset) {
    return reader.read<std::uint64_t>(offset);
}

// A mint or token account of the old token program, the only one that the program calls.
template <typename Token>
tl::expected<Token, DecodeFailure> ofSplToken(tl::expected<Token, DecodeFailure> token,
                                              const Pubkey& address, const char* role) {
    if (token && token->tokenProgram != spl::tokenProgramId()) {
        return failure(DecodeError::wrongOwner, address, role);
    }
    return token;
}

// The balance of a token account that must hold `mint`.
Decoded readBalance(const AccountSet& accounts, const Pubkey& address, const Pubkey& mint,
                    const char* role, std::uint64_t& amountRaw) {
    const auto account =
        ofSplToken(spl::decodeTokenAccount(address, accounts, role), address, role);
    if (!account) {
        return tl::unexpected(account.error());
    }
    if (account->mint != mint) {
        return failure(DecodeError::invalidValue, address, role);
    }
    amountRaw = account->amountRaw;
    return {};
}

Decoded readVault(const AccountSet& accounts, const SideFields& fields, const Pubkey& mint,
                  VaultSide& side) {
    const auto account = find(side.vault, accounts, fields.vaultRole);
    if (!account) {
        return tl::unexpected(account.error());
    }
    if ((*account)->owner != vaultProgramId()) {
        return failure(DecodeError::wrongOwner, side.vault, fields.vaultRole);
    }
    FieldReader reader((*account)->data);
    if (reader.size() < vault::kSize) {
        return failure(DecodeError::tooShort, side.vault, fields.vaultRole);
    }
    if (!reader.startsWith(kVaultDiscriminator)) {
        return failure(DecodeError::wrongDiscriminator, side.vault, fields.vaultRole);
    }
    if (reader.pubkey(vault::kTokenMint) != mint) {
        return failure(DecodeError::invalidValue, side.vault, fields.vaultRole);
    }
    side.enabled = reader.read<std::uint8_t>(vault::kEnabled) != 0;
    side.totalRaw = readU64(reader, vault::kTotal);
    side.tokenVault = reader.pubkey(vault::kTokenVault);
    side.lpMint = reader.pubkey(vault::kLpMint);
    side.profit = {.lockedRaw = readU64(reader, vault::kLockedProfit),
                   .lastReportSeconds = readU64(reader, vault::kLastReport),
                   .degradation = readU64(reader, vault::kDegradation)};
    return {};
}

// The accounts behind one side, whose addresses `side` has from the pool.
Decoded readSide(const AccountSet& accounts, const SideFields& fields, MintInfo& mint,
                 VaultSide& side) {
    const auto token = ofSplToken(spl::decodeMint(mint.mint, accounts, fields.mintRole), mint.mint,
                                  fields.mintRole);
    if (!token) {
        return tl::unexpected(token.error());
    }
    mint.decimals = token->decimals;
    if (auto read = readVault(accounts, fields, mint.mint, side); !read) {
        return read;
    }
    const auto lp = ofSplToken(spl::decodeMint(side.lpMint, accounts, fields.lpMintRole),
                               side.lpMint, fields.lpMintRole);
    if (!lp) {
        return tl::unexpected(lp.error());
    }
    side.lpSupplyRaw = lp->supplyRaw;
    auto read = readBalance(accounts, side.tokenVault, mint.mint, fields.tokenVaultRole,
                            side.tokenVaultRaw);
    if (read) {
        read = readBalance(accounts, side.poolLp, side.lpMint, fields.poolLpRole, side.poolLpRaw);
    }
    if (read) {
        read = readBalance(accounts, side.protocolFee, mint.mint, fields.protocolFeeRole,
                           side.protocolFeeRaw);
    }
    if (!read) {
        return read;
    }
    // No account holds more of a token than there is.
    if (side.poolLpRaw > side.lpSupplyRaw) {
        return failure(DecodeError::invalidValue, side.poolLp, fields.poolLpRole);
    }
    if (!base::checkedAdd(side.tokenVaultRaw, side.protocolFeeRaw)) {
        return failure(DecodeError::invalidValue, side.protocolFee, fields.protocolFeeRole);
    }
    return {};
}

struct StakeFields {
    Pubkey address;
    std::size_t numerator;
    std::optional<std::size_t> denominator;  // none: kMarinadeOne
};

StakeFields stakeFieldsOf(DepegType type, const Pubkey& splStakePool) {
    static const auto marinade = domain::pubkeyLiteral(stake::kMarinadeState);
    static const auto lido = domain::pubkeyLiteral(stake::kLidoState);
    switch (type) {
        case DepegType::marinade:
            return {marinade, stake::kMarinadePrice, std::nullopt};
        case DepegType::lido:
            return {lido, stake::kLidoBalance, stake::kLidoSupply};
        case DepegType::none:
        case DepegType::splStake:
            break;
    }
    return {splStakePool, stake::kSplTotalLamports, stake::kSplTokenSupply};
}

// dynamic-amm-quote/src/depeg/{marinade,solido,spl_stake}.rs:get_virtual_price, rounded down
tl::expected<std::uint64_t, DecodeFailure> stakePrice(const AccountSet& accounts, DepegType type,
                                                      const Pubkey& splStakePool) {
    const StakeFields fields = stakeFieldsOf(type, splStakePool);
    const auto account = find(fields.address, accounts, "stake pool");
    if (!account) {
        return tl::unexpected(account.error());
    }
    FieldReader reader((*account)->data);
    const std::uint64_t numerator = readU64(reader, fields.numerator);
    const std::uint64_t denominator =
        fields.denominator ? readU64(reader, *fields.denominator) : stake::kMarinadeOne;
    if (!reader.complete()) {
        return failure(DecodeError::tooShort, fields.address, "stake pool");
    }
    const auto price =
        base::mulDiv64(numerator, kDepegPrecision, denominator, base::Rounding::down);
    if (!price) {
        return failure(DecodeError::invalidValue, fields.address, "stake pool");
    }
    return *price;
}

Decoded readCurve(FieldReader& reader, const AccountSet& accounts, DammV1Pool& pool) {
    const auto type = reader.read<std::uint8_t>(pool::kCurveType);
    if (type == static_cast<std::uint8_t>(CurveType::constantProduct)) {
        return {};
    }
    if (type != static_cast<std::uint8_t>(CurveType::stable)) {
        return failure(DecodeError::unsupported, pool.address, "curve type");
    }
    if (reader.size() < pool::kStableSize) {
        return failure(DecodeError::tooShort, pool.address, "curve");
    }
    StableCurve curve;
    curve.amp = readU64(reader, pool::kAmp);
    for (const std::size_t side : {0u, 1u}) {
        curve.multipliers[side] = readU64(reader, kSides[side].multiplier);
    }
    const auto depegType = reader.read<std::uint8_t>(pool::kDepegType);
    if (depegType > static_cast<std::uint8_t>(DepegType::splStake)) {
        return failure(DecodeError::unsupported, pool.address, "depeg type");
    }
    curve.depeg = {.type = DepegType{depegType},
                   .priceMicros = readU64(reader, pool::kDepegPrice),
                   .updatedSeconds = readU64(reader, pool::kDepegUpdated),
                   .stakePriceMicros = 0};
    if (curve.depeg.type != DepegType::none) {
        const auto price = stakePrice(accounts, curve.depeg.type, reader.pubkey(pool::kStake));
        if (!price) {
            return tl::unexpected(price.error());
        }
        curve.depeg.stakePriceMicros = *price;
    }
    pool.stable = curve;
    return {};
}

// The first field that the program cannot read; null where all are good.
const char* invalidField(FieldReader& reader) {
    if (reader.read<std::uint8_t>(pool::kEnabled) > 1) {
        return "enabled";
    }
    if (reader.read<std::uint8_t>(pool::kPoolType) > 1) {
        return "pool type";
    }
    if (reader.read<std::uint8_t>(pool::kActivationType) > 1) {
        return "activation type";
    }
    return nullptr;
}

tl::expected<const Account*, DecodeFailure> findPool(const Pubkey& address,
                                                     const AccountSet& accounts) {
    const auto account = find(address, accounts, "pool");
    if (!account) {
        return account;
    }
    if ((*account)->owner != domain::programIdOf(domain::Program::meteoraDammV1)) {
        return failure(DecodeError::wrongOwner, address, "pool");
    }
    if ((*account)->data.size() < pool::kConstantProductSize) {
        return failure(DecodeError::tooShort, address, "pool");
    }
    if (!FieldReader((*account)->data).startsWith(kPoolDiscriminator)) {
        return failure(DecodeError::wrongDiscriminator, address, "pool");
    }
    return account;
}

// Otherwise two fields would be one, and a swap could not change them apart.
bool everyAccountOnce(const DammV1Pool& pool) {
    std::array<Pubkey, 13> all{pool.address, pool.mints[0].mint, pool.mints[1].mint};
    std::size_t count = 3;
    for (const VaultSide& side : pool.sides) {
        for (const Pubkey& key :
             {side.vault, side.tokenVault, side.lpMint, side.poolLp, side.protocolFee}) {
            all[count++] = key;
        }
    }
    std::ranges::sort(all);
    return std::ranges::adjacent_find(all) == all.end();
}

template <typename Write>
void writeAccount(AccountSet& accounts, const Pubkey& address, std::size_t minimumSize,
                  std::vector<Pubkey>& changed, const Write& write) {
    const auto found = accounts.find(address);
    if (found == accounts.end() || found->second.data.size() < minimumSize) {
        return;
    }
    FieldWriter writer(found->second.data);
    write(writer);
    if (writer.changed()) {
        changed.push_back(address);
    }
}

void writeTokens(AccountSet& accounts, const Pubkey& address, std::uint64_t amountRaw,
                 std::vector<Pubkey>& changed) {
    const auto found = accounts.find(address);
    if (found != accounts.end() &&
        spl::writeTokenBalance(found->second, {.amountRaw = amountRaw, .withheldRaw = 0})) {
        changed.push_back(address);
    }
}

}  // namespace

tl::expected<DammV1Pool, DecodeFailure> decodeDammV1(const Pubkey& address,
                                                     const AccountSet& accounts) {
    const auto account = findPool(address, accounts);
    if (!account) {
        return tl::unexpected(account.error());
    }
    FieldReader reader((*account)->data);
    if (const char* const field = invalidField(reader)) {
        return failure(DecodeError::invalidValue, address, field);
    }
    DammV1Pool pool;
    pool.address = address;
    pool.enabled = reader.read<std::uint8_t>(pool::kEnabled) != 0;
    pool.tradeFee = {.numerator = readU64(reader, pool::kTradeFeeNumerator),
                     .denominator = readU64(reader, pool::kTradeFeeDenominator)};
    pool.protocolFee = {.numerator = readU64(reader, pool::kProtocolFeeNumerator),
                        .denominator = readU64(reader, pool::kProtocolFeeDenominator)};
    pool.activationPoint = readU64(reader, pool::kActivationPoint);
    pool.activationType = ActivationType{reader.read<std::uint8_t>(pool::kActivationType)};
    if (auto read = readCurve(reader, accounts, pool); !read) {
        return tl::unexpected(read.error());
    }
    for (const std::size_t side : {0u, 1u}) {
        const SideFields& fields = kSides[side];
        pool.mints[side].mint = reader.pubkey(fields.mint);
        pool.sides[side].vault = reader.pubkey(fields.vault);
        pool.sides[side].poolLp = reader.pubkey(fields.poolLp);
        pool.sides[side].protocolFee = reader.pubkey(fields.protocolFee);
        if (auto read = readSide(accounts, fields, pool.mints[side], pool.sides[side]); !read) {
            return tl::unexpected(read.error());
        }
    }
    if (!everyAccountOnce(pool)) {
        return failure(DecodeError::invalidValue, address, "accounts");
    }
    return pool;
}

std::vector<Pubkey> encode(const DammV1Pool& pool, AccountSet& accounts) {
    std::vector<Pubkey> changed;
    if (pool.stable) {
        const Depeg& depeg = pool.stable->depeg;
        writeAccount(accounts, pool.address, pool::kStableSize, changed, [&](FieldWriter& writer) {
            writer.write(pool::kDepegPrice, depeg.priceMicros);
            writer.write(pool::kDepegUpdated, depeg.updatedSeconds);
        });
    }
    for (const VaultSide& side : pool.sides) {
        writeAccount(accounts, side.vault, vault::kSize, changed,
                     [&](FieldWriter& writer) { writer.write(vault::kTotal, side.totalRaw); });
        writeAccount(accounts, side.lpMint, spl::kMintSize, changed, [&](FieldWriter& writer) {
            writer.write(spl::mint::kSupply, side.lpSupplyRaw);
        });
        writeTokens(accounts, side.tokenVault, side.tokenVaultRaw, changed);
        writeTokens(accounts, side.poolLp, side.poolLpRaw, changed);
        writeTokens(accounts, side.protocolFee, side.protocolFeeRaw, changed);
    }
    return changed;
}

}  // namespace oee::amm::meteora
