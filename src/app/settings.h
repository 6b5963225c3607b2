#pragma once
// The settings file in the XDG config folder.

#include <QSettings>
#include <QString>
#include <tl/expected.hpp>

#include "domain/token.h"
#include "execution/admission.h"
#include "execution/order_store.h"
#include "storage/prune.h"

namespace oee::app {

struct SettingsFailure {
    QString key;
    QString value;
};
QString explain(const SettingsFailure& failure, const QString& path);

struct Settings {
    bool requireToken = false;  // [gateway] requireToken
    // [risk] ordersPerMinute, openOrders, largestOrder/<SYMBOL or mint> as a decimal amount
    // [backpressure] ordersPerMinute (a token bucket) goes there, too
    execution::RiskLimits limits;
    // [backpressure] ordersInFlight, 1 … 1,000,000
    std::size_t maxOpenOrders = execution::kMaxOpenOrders;
    // [history] keepDays, 1 … 36,500; keepOrders, from 1 on; archive
    storage::RetentionPolicy retention;
};

// ~/.config/order-execution-engine/settings.ini
QString settingsPath();

// A value that cannot be read is an error that names its key: a limit that is silently off would
// be worse than a start that is refused.
tl::expected<Settings, SettingsFailure> readSettings(QSettings& file,
                                                     const domain::TokenRegistry& tokens);

}  // namespace oee::app
