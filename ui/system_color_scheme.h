#pragma once

#include <optional>

#include <QDBusVariant>
#include <QObject>
#include <QString>

namespace oee::ui {

// Whether the desktop is dark: the settings portal's color-scheme where it answers, else the
// palette that the platform gave the application. (Qt 6.4 has no QStyleHints::colorScheme.)
class SystemColorScheme : public QObject {
    Q_OBJECT

  public:
    explicit SystemColorScheme(QObject* parent = nullptr);

    bool isDark() const;

  signals:
    void changed();

  private slots:
    void onSettingChanged(const QString& space, const QString& key, const QDBusVariant& value);

  private:
    void askPortal();
    void take(const QVariant& value);

    std::optional<bool> portalSaysDark_;
};

}  // namespace oee::ui
