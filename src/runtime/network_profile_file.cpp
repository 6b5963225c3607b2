#include "runtime/network_profile_file.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <QDir>
#include <QFile>

#include "market/json_fields.h"

// Q_INIT_RESOURCE must stand outside every namespace; without the call a linker may drop the
// resource of a static library.
static void initProfileResources() {
    Q_INIT_RESOURCE(profiles);
}

namespace oee::runtime {
namespace {

constexpr std::int64_t kMaxU32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kMaxExact = std::int64_t{1} << 53;
constexpr std::int64_t kMostNoiseTrades = 100'000;  // a hundred a slot

// Reads the figures of one object of the profile: {"value": …, "source": "…"} each.
class Figures {
  public:
    explicit Figures(market::JsonFields fields) : fields_(std::move(fields)) {}

    std::uint32_t u32(const char* name, std::int64_t least = 0, std::int64_t most = kMaxU32) {
        return static_cast<std::uint32_t>(value(name, least, most));
    }
    std::uint32_t ppm(const char* name) { return u32(name, 0, chain::kMillion); }
    std::uint64_t u64(const char* name) {
        return static_cast<std::uint64_t>(value(name, 0, kMaxExact));
    }
    // {"least": …, "most": …, "source": "…"}
    chain::Claim claim(const char* name) {
        market::JsonFields figure = fields_.object(name);
        figure.text("source");
        const std::int64_t least = figure.integer("least", 0, kMaxExact);
        const std::int64_t most = figure.integer("most", least, kMaxExact);
        return {static_cast<std::uint64_t>(least), static_cast<std::uint64_t>(most)};
    }
    Figures of(const char* name) { return Figures(fields_.object(name)); }
    market::JsonFields& fields() { return fields_; }

  private:
    std::int64_t value(const char* name, std::int64_t least, std::int64_t most) {
        market::JsonFields figure = fields_.object(name);
        figure.text("source");
        return figure.integer("value", least, most);
    }

    market::JsonFields fields_;
};

void readNetwork(Figures& root, chain::NetworkProfile& profile) {
    profile.slotMillis = root.u32("slotMillis");
    profile.slotJitterMicros = root.u32("slotJitterMicros");
    profile.skippedSlotPpm = root.ppm("skippedSlotPpm");
    profile.abandonedSlotPpm = root.ppm("abandonedSlotPpm");
    profile.maxTransactionsPerSlot = root.u32("maxTransactionsPerSlot", 1);
    profile.sendLatencyMinMicros = root.u32("sendLatencyMinMicros");
    profile.sendLatencyMaxMicros = root.u32("sendLatencyMaxMicros", profile.sendLatencyMinMicros);
    profile.jitoLeaderPpm = root.ppm("jitoLeaderPpm");
    profile.dropPpm = root.ppm("dropPpm");
    profile.dropNoticeSlots = root.u32("dropNoticeSlots");
    // Where leaders take nothing nothing ever ends but by expiring.
    profile.inclusionPpm = root.u32("inclusionPpm", 1, chain::kMillion);
    profile.confirmedSlotsMin = root.u32("confirmedSlotsMin");
    profile.confirmedSlotsMax = root.u32("confirmedSlotsMax", profile.confirmedSlotsMin);
    profile.finalizedSlots = root.u32("finalizedSlots");
    profile.baseFeeLamports = root.u64("baseFeeLamports");
    profile.computeUnitPriceMicroLamports = root.u64("computeUnitPriceMicroLamports");
    profile.tipLamports = root.u64("tipLamports");
    profile.blockhashLifeBlocks = root.u32("blockhashLifeBlocks", 1);
}

void readTraffic(Figures& root, chain::NetworkProfile& profile) {
    Figures fees = root.of("feeMarket");
    profile.feeMarket.medianMicroLamports = fees.u64("medianMicroLamports");
    profile.feeMarket.reversionPpm = fees.ppm("reversionPpm");
    profile.feeMarket.volatilityPpm = fees.u32("volatilityPpm");
    profile.feeMarket.burstPpm = fees.ppm("burstPpm");
    profile.feeMarket.burstSizePpm = fees.u32("burstSizePpm");
    Figures prices = root.of("prices");
    profile.prices.volatilityPpmPerHour = prices.u32("volatilityPpmPerHour");
    profile.prices.jumpsPerDay = prices.u32("jumpsPerDay");
    profile.prices.jumpPpm = prices.u32("jumpPpm");
    profile.prices.stableVolatilityPpmPerHour = prices.u32("stableVolatilityPpmPerHour");
    profile.prices.stableReversionPpmPerHour = prices.u32("stableReversionPpmPerHour");
    Figures traffic = root.of("traffic");
    profile.traffic.noiseTradesPerThousandSlots =
        traffic.u32("noiseTradesPerThousandSlots", 0, kMostNoiseTrades);
    profile.traffic.noiseSizePpm = traffic.ppm("noiseSizePpm");
    profile.traffic.arbitragePpm = traffic.ppm("arbitragePpm");
    profile.traffic.sandwichPpm = traffic.ppm("sandwichPpm");
    profile.traffic.widePpm = traffic.ppm("widePpm");
    profile.traffic.botTipPpm = traffic.ppm("botTipPpm");
}

chain::ProfileClaims readClaims(Figures claims) {
    return {.landedPpm = claims.claim("landedPpm"),
            .medianLandingMillis = claims.claim("medianLandingMillis"),
            .p90LandingMillis = claims.claim("p90LandingMillis"),
            .medianFeeLamports = claims.claim("medianFeeLamports"),
            .sandwichCostE2Bps = claims.claim("sandwichCostE2Bps"),
            .widePpm = claims.claim("widePpm")};
}

ProfileError errorOf(market::JsonError error) {
    switch (error) {
        case market::JsonError::notJson:
            return ProfileError::notJson;
        case market::JsonError::fieldMissing:
            return ProfileError::fieldMissing;
        case market::JsonError::invalidField:
            break;
    }
    return ProfileError::invalidField;
}

}  // namespace

std::string explain(const ProfileFailure& failure) {
    const std::string profile = "network profile \"" + failure.profile + "\"";
    switch (failure.error) {
        case ProfileError::unknownName: {
            std::string names;
            for (const std::string& name : networkProfileNames()) {
                names += (names.empty() ? "" : ", ") + name;
            }
            return "There is no " + profile + ". There are: " + names + ".";
        }
        case ProfileError::notJson:
            return "The " + profile + " is not JSON.";
        case ProfileError::fieldMissing:
            return "The " + profile + " has no " + failure.field + ".";
        case ProfileError::invalidField:
            break;
    }
    return "The " + profile + " has an invalid " + failure.field + ".";
}

std::vector<std::string> networkProfileNames() {
    initProfileResources();
    std::vector<std::string> names;
    for (const QString& file : QDir(":/profiles").entryList({"*.json"}, QDir::Files, QDir::Name)) {
        names.push_back(file.chopped(5).toStdString());
    }
    return names;
}

tl::expected<chain::NetworkProfile, ProfileFailure> parseNetworkProfile(std::string_view name,
                                                                        const QByteArray& json) {
    const auto refuse = [&](const market::JsonFailure& cause) {
        return tl::make_unexpected(ProfileFailure{
            .error = errorOf(cause.error), .profile = std::string(name), .field = cause.field});
    };
    const auto object = market::parseObject(json);
    if (!object) {
        return refuse(object.error());
    }
    std::optional<market::JsonFailure> failure;
    Figures root(market::JsonFields(*object, "", failure));
    chain::NetworkProfile profile;
    profile.name = root.fields().text("name");
    if (profile.name != name) {
        root.fields().refuse("name");
    }
    root.fields().text("description");
    readNetwork(root, profile);
    readTraffic(root, profile);
    if (root.fields().has("claims")) {
        profile.claims = readClaims(root.of("claims"));
    }
    if (failure) {
        return refuse(*failure);
    }
    return profile;
}

tl::expected<chain::NetworkProfile, ProfileFailure> loadNetworkProfile(std::string_view name) {
    const std::vector<std::string> names = networkProfileNames();
    const std::string wanted(name);
    QFile file(":/profiles/" + QString::fromStdString(wanted) + ".json");
    const bool known = std::find(names.begin(), names.end(), wanted) != names.end();
    if (!known || !file.open(QIODevice::ReadOnly)) {
        return tl::make_unexpected(
            ProfileFailure{.error = ProfileError::unknownName, .profile = wanted, .field = {}});
    }
    return parseNetworkProfile(name, file.readAll());
}

}  // namespace oee::runtime
