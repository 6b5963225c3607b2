#include "ui/format.h"

#include <cassert>
#include <cmath>
#include <limits>

#include <QDateTime>
#include <QLocale>

#include "base/integer.h"
#include "domain/amount.h"

namespace oee::ui {
namespace {

constexpr int kSortDigits = 24;

// amountRaw / 10^drop.
std::uint64_t dropDigits(std::uint64_t amountRaw, unsigned drop, Rounding rounding) {
    if (drop > 19) {
        return 0;
    }
    std::uint64_t divisor = 1;
    for (unsigned i = 0; i < drop; ++i) {
        divisor *= 10;
    }
    const std::uint64_t quotient = amountRaw / divisor;
    const std::uint64_t rest = amountRaw % divisor;
    const bool up = rest > 0 && (rounding == Rounding::up ||
                                 (rounding == Rounding::nearest && rest >= divisor - rest));
    return quotient + (up ? 1 : 0);
}

// How many decimals show the first two significant digits of what is below one.
unsigned significantDecimals(std::uint64_t amountRaw, unsigned decimals) {
    const auto digits = static_cast<unsigned>(std::to_string(amountRaw).size());
    const unsigned leadingZeros = decimals > digits ? decimals - digits : 0;
    return std::min(decimals, leadingZeros + 2);
}

QString withFixedDecimals(std::uint64_t value, unsigned decimals) {
    QString digits = QString::number(value);
    if (decimals == 0) {
        return digits;
    }
    digits = digits.rightJustified(static_cast<int>(decimals) + 1, u'0');
    digits.insert(digits.size() - static_cast<int>(decimals), u'.');
    return digits;
}

}  // namespace

QString unknownText() {
    return QStringLiteral("\u2013");
}
QString minusSign() {
    return QStringLiteral("\u2212");
}

QString fromStd(const std::string& text) {
    return QString::fromStdString(text);
}
QString fromView(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString grouped(const QString& plainDecimal) {
    const qsizetype point = plainDecimal.indexOf(u'.');
    QString text = plainDecimal;
    for (qsizetype at = (point < 0 ? text.size() : point) - 3; at > 0; at -= 3) {
        text.insert(at, u',');
    }
    return text;
}

QString groupedInteger(std::uint64_t value) {
    return grouped(QString::number(value));
}

QString exactAmount(std::uint64_t amountRaw, unsigned decimals) {
    return grouped(fromStd(domain::formatAmount(amountRaw, decimals)));
}

QString roundedAmount(std::uint64_t amountRaw, unsigned decimals, unsigned shown,
                      Rounding rounding) {
    unsigned kept = std::min(shown, decimals);
    std::uint64_t value = dropDigits(amountRaw, decimals - kept, rounding);
    const bool tiny = dropDigits(amountRaw, decimals - kept, Rounding::down) == 0;
    if ((value == 0 || (rounding == Rounding::up && tiny)) && amountRaw > 0) {
        kept = significantDecimals(amountRaw, decimals);
        value = dropDigits(amountRaw, decimals - kept, rounding);
    }
    return grouped(withFixedDecimals(value, kept));
}

std::uint64_t tenthsOfBpsBelow(std::uint64_t part, std::uint64_t whole) {
    assert(whole > 0);
    if (part >= whole) {
        return 0;
    }
    const base::u128 scaled = static_cast<base::u128>(whole - part) * 100'000;
    return static_cast<std::uint64_t>((scaled + whole / 2) / whole);
}

QString unsignedBpsText(double bps) {
    return std::isfinite(bps) ? QString::number(bps, 'f', 1) : unknownText();
}

QString bpsText(double bps) {
    const QString magnitude = unsignedBpsText(std::abs(bps));
    if (!std::isfinite(bps) || magnitude == QLatin1String("0.0")) {
        return magnitude;
    }
    return (bps < 0 ? minusSign() : QStringLiteral("+")) + magnitude;
}

QString percentText(unsigned bps) {
    return fromStd(domain::formatAmount(bps, 2));
}

QString timeText(base::UnixMicros atMicros) {
    return QDateTime::fromMSecsSinceEpoch(atMicros / 1000).toString(QStringLiteral("HH:mm:ss.zzz"));
}

QString dateTimeText(base::UnixMicros atMicros) {
    return QDateTime::fromMSecsSinceEpoch(atMicros / 1000)
        .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss.zzz"));
}

QString orderIdText(const domain::OrderId& id) {
    return fromStd(domain::toString(id));
}

QString shortOrderId(const domain::OrderId& id) {
    return QStringLiteral("\u2026") + orderIdText(id).right(6);
}

QString shortSignature(const domain::Signature& signature) {
    const QString text = fromStd(domain::toBase58(signature));
    return text.left(4) + QStringLiteral("\u2026") + text.right(4);
}

QString sortableDecimal(QString decimal) {
    decimal.remove(u',');
    const qsizetype point = decimal.indexOf(u'.');
    const QString whole = point < 0 ? decimal : decimal.left(point);
    const QString fraction = point < 0 ? QString() : decimal.mid(point + 1);
    return whole.rightJustified(kSortDigits, u'0') + fraction.leftJustified(kSortDigits, u'0');
}

}  // namespace oee::ui
