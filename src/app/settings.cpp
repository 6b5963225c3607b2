#include "app/settings.h"

#include <cstdint>
#include <limits>
#include <optional>

#include <QDir>
#include <QStandardPaths>

#include "domain/amount.h"

namespace oee::app {
namespace {

// What is in flight is in memory.
constexpr std::uint32_t kMostInFlight = 1'000'000;
constexpr std::uint32_t kMostDays = 36'500;

tl::expected<bool, SettingsFailure> readFlag(const QSettings& file, const QString& key) {
    const QString text = file.value(key, QStringLiteral("false")).toString();
    if (text != QStringLiteral("true") && text != QStringLiteral("false")) {
        return tl::unexpected(SettingsFailure{key, text});
    }
    return text == QStringLiteral("true");
}

tl::expected<std::optional<std::uint32_t>, SettingsFailure> readCount(const QSettings& file,
                                                                      const QString& key) {
    if (!file.contains(key)) {
        return std::optional<std::uint32_t>{};
    }
    const QString text = file.value(key).toString();
    const auto value = domain::parseRaw(text.toStdString());
    if (!value || *value > std::numeric_limits<std::uint32_t>::max()) {
        return tl::unexpected(SettingsFailure{key, text});
    }
    return std::optional(static_cast<std::uint32_t>(*value));
}

// From 1 to `most`.
tl::expected<std::optional<std::uint32_t>, SettingsFailure> readBounded(const QSettings& file,
                                                                        const QString& key,
                                                                        std::uint32_t most) {
    auto count = readCount(file, key);
    if (count && *count && (**count == 0 || **count > most)) {
        return tl::unexpected(SettingsFailure{key, file.value(key).toString()});
    }
    return count;
}

tl::expected<storage::RetentionPolicy, SettingsFailure> readRetention(const QSettings& file) {
    storage::RetentionPolicy policy;
    const auto days = readBounded(file, QStringLiteral("history/keepDays"), kMostDays);
    const auto orders = readBounded(file, QStringLiteral("history/keepOrders"),
                                    std::numeric_limits<std::uint32_t>::max());
    for (const auto* count : {&days, &orders}) {
        if (!*count) {
            return tl::unexpected(count->error());
        }
    }
    const auto archive = readFlag(file, QStringLiteral("history/archive"));
    if (!archive) {
        return tl::unexpected(archive.error());
    }
    policy.keepDays = *days;
    policy.keepOrders = *orders;
    policy.surplus = *archive ? storage::RetentionPolicy::Surplus::archived
                              : storage::RetentionPolicy::Surplus::deleted;
    return policy;
}

}  // namespace

QString explain(const SettingsFailure& failure, const QString& path) {
    return QStringLiteral("The setting %1 = \"%2\" in %3 cannot be read. Correct or remove it.")
        .arg(failure.key, failure.value, path);
}

QString settingsPath() {
    const QDir config(QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation));
    return config.filePath(QStringLiteral("order-execution-engine/settings.ini"));
}

tl::expected<Settings, SettingsFailure> readSettings(QSettings& file,
                                                     const domain::TokenRegistry& tokens) {
    Settings settings;
    const auto requireToken = readFlag(file, QStringLiteral("gateway/requireToken"));
    if (!requireToken) {
        return tl::unexpected(requireToken.error());
    }
    settings.requireToken = *requireToken;
    const auto perMinute = readCount(file, QStringLiteral("risk/ordersPerMinute"));
    const auto open = readCount(file, QStringLiteral("risk/openOrders"));
    const auto steady = readCount(file, QStringLiteral("backpressure/ordersPerMinute"));
    const auto inFlight =
        readBounded(file, QStringLiteral("backpressure/ordersInFlight"), kMostInFlight);
    for (const auto* count : {&perMinute, &open, &steady, &inFlight}) {
        if (!*count) {
            return tl::unexpected(count->error());
        }
    }
    settings.limits.ordersPerMinute = *perMinute;
    settings.limits.openOrders = *open;
    settings.limits.steadyPerMinute = *steady;
    settings.maxOpenOrders = inFlight->value_or(execution::kMaxOpenOrders);
    const auto retention = readRetention(file);
    if (!retention) {
        return tl::unexpected(retention.error());
    }
    settings.retention = *retention;

    file.beginGroup(QStringLiteral("risk/largestOrder"));
    const QStringList symbols = file.childKeys();
    for (const QString& symbol : symbols) {
        const QString text = file.value(symbol).toString();
        const domain::Token* token = tokens.resolve(symbol.toStdString());
        const auto amount = token == nullptr
                                ? tl::expected<std::uint64_t, domain::AmountError>(
                                      tl::unexpected(domain::AmountError::notANumber))
                                : domain::parseAmount(text.toStdString(), token->decimals);
        if (!amount) {
            file.endGroup();
            return tl::unexpected(
                SettingsFailure{QStringLiteral("risk/largestOrder/") + symbol, text});
        }
        settings.limits.largestOrderRaw[token->mint] = *amount;
    }
    file.endGroup();
    return settings;
}

}  // namespace oee::app
