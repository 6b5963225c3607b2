#include "market/market_profile.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include <QFile>

#include "market/json_fields.h"

// Q_INIT_RESOURCE must stand outside every namespace; without the call a linker drops the resource
// of a static library.
static void initMarketResources() {
    Q_INIT_RESOURCE(markets);
}

namespace oee::market {
namespace {

constexpr std::int64_t kMaxU16 = std::numeric_limits<std::uint16_t>::max();
constexpr std::int64_t kMaxU32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kMaxExact = std::int64_t{1} << 53;
constexpr unsigned kMaxDecimals = 12;
constexpr std::int64_t kPpm = 1'000'000;
constexpr std::int64_t kMaxOffsetPpm = 100'000;
// Bins beside the active one: as many as the widest position of the program has,
// MeteoraAg/dlmm-sdk commons/src/constants.rs POSITION_MAX_LENGTH.
constexpr std::int64_t kMaxBinsPerSide = 1'400;

template <typename Value>
const Value* findNamed(const std::vector<Value>& values, const std::string& name) {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](const Value& value) { return value.name == name; });
    return found == values.end() ? nullptr : &*found;
}

// A second entry with one name would be ambiguous.
class UniqueNames {
  public:
    std::string read(JsonFields& fields, const char* member) {
        std::string name = fields.text(member);
        if (!seen_.insert(name).second) {
            fields.refuse(member);
        }
        return name;
    }

  private:
    std::set<std::string> seen_;
};

std::uint64_t positiveDecimal(JsonFields& fields, const char* name, unsigned decimals) {
    const std::uint64_t value = fields.decimal(name, decimals);
    if (value == 0) {
        fields.refuse(name);
    }
    return value;
}

amm::ChainClock readClock(JsonFields fields) {
    fields.text("source");
    return {.slot = static_cast<std::uint64_t>(fields.integer("slot", 0, kMaxExact)),
            .unixTimestamp = fields.integer("unixTimestamp", 0, kMaxExact),
            .epoch = static_cast<std::uint64_t>(fields.integer("epoch", 0, kMaxExact))};
}

std::vector<TokenProfile> readTokens(JsonFields& root) {
    std::vector<TokenProfile> tokens;
    UniqueNames symbols;
    std::set<domain::Pubkey> mints;
    for (JsonFields& fields : root.objects("tokens")) {
        TokenProfile token;
        token.token.symbol = symbols.read(fields, "symbol");
        token.token.mint = fields.pubkey("mint");
        if (!mints.insert(token.token.mint).second) {
            fields.refuse("mint");
        }
        token.token.decimals = static_cast<unsigned>(fields.integer("decimals", 0, kMaxDecimals));
        token.priceUsdE12 = positiveDecimal(fields, "priceUsd", kPriceDecimals);
        token.supplyRaw = fields.decimal("supply", token.token.decimals);
        fields.text("source");
        tokens.push_back(std::move(token));
    }
    return tokens;
}

std::vector<CpmmConfigProfile> readConfigs(JsonFields& root) {
    std::vector<CpmmConfigProfile> configs;
    UniqueNames names;
    for (JsonFields& fields : root.objects("cpmmConfigs")) {
        CpmmConfigProfile config;
        config.name = names.read(fields, "name");
        if (fields.has("address")) {
            config.address = fields.pubkey("address");
        }
        const auto rate = [&](const char* name) {
            return static_cast<std::uint32_t>(fields.integer(name, 0, kPpm - 1));
        };
        config.index = static_cast<std::uint16_t>(fields.integer("index", 0, kMaxU16));
        config.tradeFeeRatePpm = rate("tradeFeeRatePpm");
        config.protocolFeeRatePpm = rate("protocolFeeRatePpm");
        config.fundFeeRatePpm = rate("fundFeeRatePpm");
        config.createPoolFeeLamports = fields.decimal("createPoolFeeLamports", 0);
        fields.text("source");
        configs.push_back(std::move(config));
    }
    return configs;
}

std::vector<DlmmPreset> readPresets(JsonFields& root) {
    std::vector<DlmmPreset> presets;
    UniqueNames names;
    for (JsonFields& fields : root.objects("dlmmPresets")) {
        const auto u16 = [&](const char* name, std::int64_t least, std::int64_t most) {
            return static_cast<std::uint16_t>(fields.integer(name, least, most));
        };
        DlmmPreset preset;
        preset.name = names.read(fields, "name");
        // MeteoraAg/dlmm-sdk commons/src/constants.rs: MAX_BIN_STEP, MAX_PROTOCOL_SHARE
        preset.binStepBps = u16("binStepBps", 1, 400);
        preset.protocolShareBps = u16("protocolShareBps", 0, 2'500);
        preset.baseFactor = u16("baseFactor", 1, kMaxU16);
        preset.filterPeriodSeconds = u16("filterPeriodSeconds", 0, kMaxU16);
        preset.decayPeriodSeconds =
            u16("decayPeriodSeconds", preset.filterPeriodSeconds + 1, kMaxU16);
        preset.reductionFactorBps = u16("reductionFactorBps", 0, 10'000);
        preset.variableFeeControl =
            static_cast<std::uint32_t>(fields.integer("variableFeeControl", 0, kMaxU32));
        preset.maxVolatilityAccumulator =
            static_cast<std::uint32_t>(fields.integer("maxVolatilityAccumulator", 0, kMaxU32));
        fields.text("source");
        presets.push_back(std::move(preset));
    }
    return presets;
}

std::optional<LiquidityShape> shapeFromName(const std::string& name) {
    if (name == "spot") {
        return LiquidityShape::spot;
    }
    if (name == "curve") {
        return LiquidityShape::curve;
    }
    if (name == "bidAsk") {
        return LiquidityShape::bidAsk;
    }
    return std::nullopt;
}

std::vector<LiquidityLayer> readLayers(JsonFields& pool) {
    std::vector<LiquidityLayer> layers;
    for (JsonFields& fields : pool.objects("liquidity")) {
        const auto shape = shapeFromName(fields.text("shape"));
        if (!shape) {
            fields.refuse("shape");
        }
        layers.push_back({.shape = shape.value_or(LiquidityShape::spot),
                          .binsPerSide = static_cast<std::uint32_t>(
                              fields.integer("binsPerSide", 1, kMaxBinsPerSide)),
                          .sideUsdMicros = positiveDecimal(fields, "sideUsd", kUsdDecimals)});
    }
    return layers;
}

struct Catalogue {
    std::vector<TokenProfile> tokens;
    std::vector<CpmmConfigProfile> configs;
    std::vector<DlmmPreset> presets;
};

TokenProfile tokenOf(JsonFields& fields, const char* name, const Catalogue& catalogue) {
    const std::string symbol = fields.text(name);
    for (const TokenProfile& token : catalogue.tokens) {
        if (token.token.symbol == symbol) {
            return token;
        }
    }
    fields.refuse(name);
    return {};
}

AmmV4Shape readAmmV4(JsonFields& fields) {
    AmmV4Shape shape;
    shape.sideUsdMicros = positiveDecimal(fields, "sideUsd", kUsdDecimals);
    shape.swapFeeDenominator =
        static_cast<std::uint64_t>(fields.integer("swapFeeDenominator", 1, kMaxU32));
    shape.swapFeeNumerator = static_cast<std::uint64_t>(fields.integer(
        "swapFeeNumerator", 0, static_cast<std::int64_t>(shape.swapFeeDenominator) - 1));
    return shape;
}

CpmmShape readCpmm(JsonFields& fields, const Catalogue& catalogue) {
    CpmmShape shape;
    shape.sideUsdMicros = positiveDecimal(fields, "sideUsd", kUsdDecimals);
    const CpmmConfigProfile* config = findNamed(catalogue.configs, fields.text("config"));
    if (config != nullptr) {
        shape.config = *config;
    } else {
        fields.refuse("config");
    }
    return shape;
}

DlmmShape readDlmm(JsonFields& fields, const Catalogue& catalogue) {
    DlmmShape shape;
    const DlmmPreset* preset = findNamed(catalogue.presets, fields.text("preset"));
    if (preset != nullptr) {
        shape.preset = *preset;
    } else {
        fields.refuse("preset");
    }
    shape.layers = readLayers(fields);
    return shape;
}

std::vector<PoolProfile> readPools(JsonFields& root, const Catalogue& catalogue) {
    std::vector<PoolProfile> pools;
    UniqueNames names;
    for (JsonFields& fields : root.objects("pools")) {
        PoolProfile pool;
        pool.name = names.read(fields, "name");
        pool.a = tokenOf(fields, "tokenA", catalogue);
        pool.b = tokenOf(fields, "tokenB", catalogue);
        if (pool.a.token.mint == pool.b.token.mint) {
            fields.refuse("tokenB");
        }
        pool.priceOffsetPpm = static_cast<std::int32_t>(
            fields.integer("priceOffsetPpm", -kMaxOffsetPpm, kMaxOffsetPpm));
        fields.text("source");
        const auto program = domain::programFromName(fields.text("program"));
        if (program == domain::Program::raydiumAmmV4) {
            pool.shape = readAmmV4(fields);
        } else if (program == domain::Program::raydiumCpmm) {
            pool.shape = readCpmm(fields, catalogue);
        } else if (program == domain::Program::meteoraDlmm) {
            pool.shape = readDlmm(fields, catalogue);
        } else {
            fields.refuse("program");
        }
        pools.push_back(std::move(pool));
    }
    return pools;
}

MarketProfileFailure failureOf(const JsonFailure& failure) {
    switch (failure.error) {
        case JsonError::notJson:
            return {.error = MarketProfileError::notJson, .field = failure.field};
        case JsonError::fieldMissing:
            return {.error = MarketProfileError::fieldMissing, .field = failure.field};
        case JsonError::invalidField:
            break;
    }
    return {.error = MarketProfileError::invalidField, .field = failure.field};
}

}  // namespace

std::string_view nameOf(MarketProfileError error) {
    switch (error) {
        case MarketProfileError::unknownName:
            return "unknownName";
        case MarketProfileError::notJson:
            return "notJson";
        case MarketProfileError::fieldMissing:
            return "fieldMissing";
        case MarketProfileError::invalidField:
            return "invalidField";
    }
    return "unknown";
}

domain::Program PoolProfile::program() const {
    if (std::holds_alternative<AmmV4Shape>(shape)) {
        return domain::Program::raydiumAmmV4;
    }
    return std::holds_alternative<CpmmShape>(shape) ? domain::Program::raydiumCpmm
                                                    : domain::Program::meteoraDlmm;
}

tl::expected<MarketProfile, MarketProfileFailure> parseMarketProfile(const QByteArray& json) {
    const auto object = parseObject(json);
    if (!object) {
        return tl::unexpected(failureOf(object.error()));
    }
    std::optional<JsonFailure> failure;
    JsonFields root(*object, "", failure);
    MarketProfile profile;
    profile.name = root.text("name");
    profile.description = root.text("description");
    profile.clock = readClock(root.object("clock"));
    const Catalogue catalogue{
        .tokens = readTokens(root), .configs = readConfigs(root), .presets = readPresets(root)};
    profile.pools = readPools(root, catalogue);
    profile.tokens = catalogue.tokens;
    if (failure) {
        return tl::unexpected(failureOf(*failure));
    }
    return profile;
}

tl::expected<MarketProfile, MarketProfileFailure> loadMarketProfile(const QString& name) {
    initMarketResources();
    QFile file(":/markets/" + name + ".json");
    // A name with a slash or dots would leave the folder.
    if (name.contains('/') || !file.open(QIODevice::ReadOnly)) {
        return tl::unexpected(
            MarketProfileFailure{.error = MarketProfileError::unknownName, .field = "name"});
    }
    return parseMarketProfile(file.readAll());
}

}  // namespace oee::market
