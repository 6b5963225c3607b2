#include "ui/system_color_scheme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QGuiApplication>
#include <QPalette>

namespace oee::ui {
namespace {

const QString kService = QStringLiteral("org.freedesktop.portal.Desktop");
const QString kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString kInterface = QStringLiteral("org.freedesktop.portal.Settings");
const QString kSpace = QStringLiteral("org.freedesktop.appearance");
const QString kKey = QStringLiteral("color-scheme");

// Without an address libdbus would try to launch a bus, which takes time and leaves a process.
bool hasSessionBus() {
    return qEnvironmentVariableIsSet("DBUS_SESSION_BUS_ADDRESS") &&
           QDBusConnection::sessionBus().isConnected();
}

}  // namespace

SystemColorScheme::SystemColorScheme(QObject* parent) : QObject(parent) {
    const QString platform = QGuiApplication::platformName();
    if ((platform == QLatin1String("xcb") || platform.startsWith(QLatin1String("wayland"))) &&
        hasSessionBus()) {
        askPortal();
    }
}

bool SystemColorScheme::isDark() const {
    if (portalSaysDark_) {
        return *portalSaysDark_;
    }
    const QPalette palette = QGuiApplication::palette();
    return palette.color(QPalette::Window).lightness() <
           palette.color(QPalette::WindowText).lightness();
}

void SystemColorScheme::askPortal() {
    QDBusConnection bus = QDBusConnection::sessionBus();
    bus.connect(kService, kPath, kInterface, QStringLiteral("SettingChanged"), this,
                SLOT(onSettingChanged(QString, QString, QDBusVariant)));
    QDBusMessage read =
        QDBusMessage::createMethodCall(kService, kPath, kInterface, QStringLiteral("Read"));
    read << kSpace << kKey;
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(read), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        if (!reply.isError()) {
            take(reply.value().variant());
        }
        watcher->deleteLater();
    });
}

void SystemColorScheme::onSettingChanged(const QString& space, const QString& key,
                                         const QDBusVariant& value) {
    if (space == kSpace && key == kKey) {
        take(value.variant());
    }
}

void SystemColorScheme::take(const QVariant& value) {
    // Read() wraps the value twice, SettingChanged once.
    QVariant inner = value;
    while (inner.canConvert<QDBusVariant>()) {
        inner = inner.value<QDBusVariant>().variant();
    }
    // 1: prefers dark, 2: prefers light, 0: no preference (then the palette decides).
    const uint scheme = inner.toUInt();
    portalSaysDark_ = scheme == 0 ? std::nullopt : std::optional(scheme == 1);
    emit changed();
}

}  // namespace oee::ui
