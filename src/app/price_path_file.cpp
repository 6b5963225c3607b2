#include "app/price_path_file.h"

#include <cmath>

#include <QFile>

namespace oee::app {
namespace {

constexpr qint64 kMostBytes = 512LL * 1024 * 1024;

}  // namespace

tl::expected<std::vector<chain::PathPoint>, QString> readPricePath(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        return tl::make_unexpected(QStringLiteral("%1: %2").arg(path, file.errorString()));
    }
    if (file.size() > kMostBytes) {
        return tl::make_unexpected(QStringLiteral("%1: larger than 512 MiB").arg(path));
    }
    std::vector<chain::PathPoint> points;
    int line = 1;
    const auto faulty = [&](const QString& what) {
        return tl::make_unexpected(QStringLiteral("%1, line %2: %3").arg(path).arg(line).arg(what));
    };
    if (file.readLine().trimmed() != "time_ms,price") {
        return faulty(QStringLiteral("the first line must be time_ms,price"));
    }
    while (!file.atEnd()) {
        ++line;
        const QByteArray text = file.readLine().trimmed();
        if (text.isEmpty()) {
            continue;
        }
        const qsizetype comma = text.indexOf(',');
        bool isTime = false;
        bool isPrice = false;
        chain::PathPoint point;
        point.timeMillis = text.left(comma).toLongLong(&isTime);
        point.price = text.mid(comma + 1).toDouble(&isPrice);
        if (comma < 0 || !isTime || !isPrice || !std::isfinite(point.price) || point.price <= 0) {
            return faulty(
                QStringLiteral("a time in milliseconds and a positive price, separated "
                               "by a comma, are expected"));
        }
        if (!points.empty() && point.timeMillis < points.back().timeMillis) {
            return faulty(QStringLiteral("the time is before that of the line above"));
        }
        points.push_back(point);
    }
    if (points.empty()) {
        return faulty(QStringLiteral("there are no prices"));
    }
    return points;
}

}  // namespace oee::app
