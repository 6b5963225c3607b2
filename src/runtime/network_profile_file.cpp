#include "runtime/network_profile_file.h"

#include <algorithm>
#include <limits>
#include <optional>

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

// {"value": …, "source": "…"}
std::int64_t figure(market::JsonFields& root, const char* name, std::int64_t least,
                    std::int64_t most) {
    market::JsonFields fields = root.object(name);
    fields.text("source");
    return fields.integer("value", least, most);
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
    market::JsonFields root(*object, "", failure);
    const auto u32 = [&](const char* member, std::int64_t least) {
        return static_cast<std::uint32_t>(figure(root, member, least, kMaxU32));
    };
    const auto u64 = [&](const char* member) {
        return static_cast<std::uint64_t>(figure(root, member, 0, kMaxExact));
    };
    chain::NetworkProfile profile;
    profile.name = root.text("name");
    if (profile.name != name) {
        root.refuse("name");
    }
    root.text("description");
    profile.slotMillis = u32("slotMillis", 0);
    profile.maxTransactionsPerSlot = u32("maxTransactionsPerSlot", 1);
    profile.sendLatencyMinMicros = u32("sendLatencyMinMicros", 0);
    profile.sendLatencyMaxMicros = u32("sendLatencyMaxMicros", profile.sendLatencyMinMicros);
    profile.baseFeeLamports = u64("baseFeeLamports");
    profile.computeUnitPriceMicroLamports = u64("computeUnitPriceMicroLamports");
    profile.tipLamports = u64("tipLamports");
    profile.blockhashLifeBlocks = u32("blockhashLifeBlocks", 1);
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
