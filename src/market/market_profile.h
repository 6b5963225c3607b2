#pragma once
// A market profile: what a generated market consists of. resources/markets/*.json hold them, each
// figure with its source or marked as an assumption.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <QByteArray>
#include <QString>
#include <tl/expected.hpp>

#include "amm/account.h"
#include "domain/token.h"
#include "domain/venue.h"

namespace oee::market {

inline constexpr unsigned kPriceDecimals = 12;
inline constexpr unsigned kUsdDecimals = 6;

struct TokenProfile {
    domain::Token token;
    std::uint64_t priceUsdE12 = 0;  // of one whole token, in 10^-12 USD
    std::uint64_t supplyRaw = 0;
};

// One AmmConfig account of Raydium CPMM.
struct CpmmConfigProfile {
    std::string name;
    std::optional<domain::Pubkey> address;  // absent: the generator makes one
    std::uint16_t index = 0;
    std::uint32_t tradeFeeRatePpm = 0;
    std::uint32_t protocolFeeRatePpm = 0;  // of the trade fee
    std::uint32_t fundFeeRatePpm = 0;      // of the trade fee
    std::uint64_t createPoolFeeLamports = 0;
};

// Parameters that a DLMM pair is created with (PresetParameter of the program).
struct DlmmPreset {
    std::string name;
    std::uint16_t binStepBps = 0;
    std::uint16_t baseFactor = 0;
    std::uint16_t filterPeriodSeconds = 0;
    std::uint16_t decayPeriodSeconds = 0;
    std::uint16_t reductionFactorBps = 0;
    std::uint32_t variableFeeControl = 0;
    std::uint32_t maxVolatilityAccumulator = 0;
    std::uint16_t protocolShareBps = 0;
};

// How a position spreads its value over the bins on one side of the active one.
enum class LiquidityShape {
    spot,    // the same in every bin
    curve,   // most at the active bin, least at the edge
    bidAsk,  // least at the active bin, most at the edge
};

struct LiquidityLayer {
    LiquidityShape shape = LiquidityShape::spot;
    std::uint32_t binsPerSide = 0;    // beside the active bin
    std::uint64_t sideUsdMicros = 0;  // value of each side, in 10^-6 USD
};

struct AmmV4Shape {
    std::uint64_t sideUsdMicros = 0;
    std::uint64_t swapFeeNumerator = 0;
    std::uint64_t swapFeeDenominator = 1;
};
struct CpmmShape {
    std::uint64_t sideUsdMicros = 0;
    CpmmConfigProfile config;
};
struct DlmmShape {
    DlmmPreset preset;
    std::vector<LiquidityLayer> layers;
};

struct PoolProfile {
    std::string name;  // unique; addresses are derived from it
    TokenProfile a;
    TokenProfile b;
    std::int32_t priceOffsetPpm = 0;  // from the reference price of A in B
    std::variant<AmmV4Shape, CpmmShape, DlmmShape> shape;

    domain::Program program() const;
};

struct MarketProfile {
    std::string name;
    std::string description;
    amm::ChainClock clock;
    std::vector<TokenProfile> tokens;
    std::vector<PoolProfile> pools;
};

enum class MarketProfileError { unknownName, notJson, fieldMissing, invalidField };
// "unknownName", …: stable names for logs.
std::string_view nameOf(MarketProfileError error);

struct MarketProfileFailure {
    MarketProfileError error = MarketProfileError::unknownName;
    std::string field;  // path of the member, for example "pools[3].config"
};

// Names of pools, tokens, configs and presets are unique, every reference is resolved, and every
// figure says where it comes from ("source").
tl::expected<MarketProfile, MarketProfileFailure> parseMarketProfile(const QByteArray& json);

// A profile that comes with the product: ":/markets/<name>.json".
tl::expected<MarketProfile, MarketProfileFailure> loadMarketProfile(const QString& name);

}  // namespace oee::market
