#include "market/generator_accounts.h"

#include <cassert>

#include <QByteArray>
#include <QCryptographicHash>

#include "amm/spl_token.h"
#include "base/wide_integer.h"

namespace oee::market {
namespace {

constexpr std::uint64_t kPpm = 1'000'000;

// A name as a stream number. Not std::hash, which differs between libraries.
std::uint64_t streamOf(std::string_view pool, std::string_view role) {
    QCryptographicHash hash(QCryptographicHash::Sha256);
    const auto add = [&hash](std::string_view text) {
        hash.addData(QByteArrayView(text.data(), static_cast<qsizetype>(text.size())));
    };
    add(pool);
    add(std::string_view("\0", 1));  // "a" + "bc" is not "ab" + "c"
    add(role);
    const QByteArray digest = hash.result();
    std::uint64_t stream = 0;
    std::memcpy(&stream, digest.constData(), sizeof stream);
    return stream;
}

base::u128 powerOfTen(unsigned exponent) {
    base::u128 power = 1;
    for (unsigned i = 0; i < exponent; ++i) {
        power *= 10;
    }
    return power;
}

}  // namespace

domain::Pubkey generatedAddress(const PoolKey& key, std::string_view role) {
    base::CounterRng rng(key.seed, base::RngPurpose::market, streamOf(key.pool, role));
    domain::Pubkey address;
    for (std::size_t i = 0; i < address.bytes.size(); i += sizeof(std::uint64_t)) {
        const std::uint64_t word = rng.nextU64();
        std::memcpy(address.bytes.data() + i, &word, sizeof word);
    }
    return address;
}

base::CounterRng generatorRng(const PoolKey& key) {
    return {key.seed, base::RngPurpose::market, streamOf(key.pool, "amounts")};
}

base::u128 jittered(base::u128 value, std::uint32_t rangePpm, base::CounterRng& rng) {
    assert(rangePpm < kPpm);
    const std::uint64_t factor = kPpm - rangePpm + rng.below(2 * std::uint64_t{rangePpm} + 1);
    // A factor below 2 of a value over 2^127 saturates; callers refuse such amounts anyway.
    return base::mulDiv128(value, factor, kPpm, base::Rounding::down).value_or(~base::u128{0});
}

std::optional<base::u128> referencePriceQ64(const TokenProfile& a, const TokenProfile& b,
                                            std::int64_t offsetPpm) {
    const std::int64_t factor = static_cast<std::int64_t>(kPpm) + offsetPpm;
    if (factor <= 0) {
        return std::nullopt;
    }
    // Prices below 2^64, ten to the decimals below 2^40 and the factor below 2^21 fit into 128
    // bits.
    const base::u128 numerator =
        a.priceUsdE12 * powerOfTen(b.token.decimals) * static_cast<base::u128>(factor);
    const base::u128 denominator = b.priceUsdE12 * powerOfTen(a.token.decimals) * kPpm;
    const auto price = base::shlDiv128(numerator, 64, denominator, base::Rounding::down);
    return price && *price != 0 ? price : std::nullopt;
}

std::optional<base::u128> baseUnitsWorth(std::uint64_t usdMicros, const TokenProfile& token) {
    const base::u128 usdE12 = base::u128{usdMicros} * powerOfTen(kPriceDecimals - kUsdDecimals);
    return base::mulDiv128(usdE12, powerOfTen(token.token.decimals), token.priceUsdE12,
                           base::Rounding::down);
}

amm::FieldWriter AccountBuilder::add(const domain::Pubkey& address, const domain::Pubkey& owner,
                                     std::size_t size) {
    amm::Account& account = accounts_[address];
    account = {.owner = owner,
               .lamports = rentExemptLamports(size),
               .data = std::vector<std::uint8_t>(size)};
    return amm::FieldWriter(account.data);
}

void AccountBuilder::addMint(const TokenProfile& token) {
    amm::FieldWriter mint = add(token.token.mint, amm::spl::tokenProgramId(), amm::spl::kMintSize);
    mint.write(amm::spl::mint::kSupply, token.supplyRaw);
    mint.write(amm::spl::mint::kDecimals, static_cast<std::uint8_t>(token.token.decimals));
    mint.write(amm::spl::mint::kIsInitialized, std::uint8_t{1});
    assert(mint.complete());
}

void AccountBuilder::addTokenAccount(const domain::Pubkey& address, const TokenAccountSpec& spec) {
    namespace layout = amm::spl::token_account;
    constexpr std::uint8_t kInitialized = 1;
    const std::uint64_t rent = rentExemptLamports(amm::spl::kTokenAccountSize);
    amm::FieldWriter account =
        add(address, amm::spl::tokenProgramId(), amm::spl::kTokenAccountSize);
    account.write(layout::kMint, spec.mint);
    account.write(layout::kOwner, spec.owner);
    account.write(layout::kAmount, spec.amountRaw);
    account.write(layout::kState, kInitialized);
    if (spec.mint == domain::solMint()) {
        account.write(layout::kIsNativeTag, std::uint32_t{1});
        account.write(layout::kRentExemptReserve, rent);
        accounts_[address].lamports = rent + spec.amountRaw;
    }
    assert(account.complete());
}

}  // namespace oee::market
