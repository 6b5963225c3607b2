#pragma once
// Numbers, times and names as people read them. Amounts are computed in integers throughout.

#include <cstdint>
#include <string>

#include <QString>

#include "base/clock.h"
#include "domain/order.h"
#include "domain/pubkey.h"

namespace oee::ui {

// What is not known; never "0".
QString unknownText();
QString minusSign();  // U+2212

// UTF-8 text of the lower layers.
QString fromStd(const std::string& text);
QString fromView(std::string_view text);

// "12345.678" → "12,345.678". Takes plain digits with at most one point.
QString grouped(const QString& plainDecimal);
QString groupedInteger(std::uint64_t value);

// All decimals that are there, grouped: 12,345.000000001.
QString exactAmount(std::uint64_t amountRaw, unsigned decimals);

enum class Rounding { nearest, down, up };

// With exactly `shown` decimals (fewer where the token has fewer), grouped. What is not zero is
// never shown as zero: then as many decimals as two significant digits need. `down` for promises
// ("at least"), so that the text never says more than the number, `up` for limits ("at most");
// halves go up otherwise.
QString roundedAmount(std::uint64_t amountRaw, unsigned decimals, unsigned shown,
                      Rounding rounding = Rounding::nearest);

// Tenths of a basis point by which `part` is below `whole`, rounded half up; for difference
// columns. 0 where part ≥ whole. Asserts whole > 0.
std::uint64_t tenthsOfBpsBelow(std::uint64_t part, std::uint64_t whole);

// "−1.3", "+0.4", "0.0": a sign, one decimal.
QString bpsText(double bps);
// A cost, which is never negative: "25.0".
QString unsignedBpsText(double bps);
// Basis points as percent: 50 → "0.5".
QString percentText(unsigned bps);

// Local time: "14:02:07.123", and with the day before it.
QString timeText(base::UnixMicros atMicros);
QString dateTimeText(base::UnixMicros atMicros);

QString orderIdText(const domain::OrderId& id);
QString shortOrderId(const domain::OrderId& id);  // its last six characters: "…4XK9QT"
QString shortSignature(const domain::Signature& signature);

// A key that sorts as the number does: takes a plain or grouped decimal of at most 24 digits on
// each side of the point.
QString sortableDecimal(QString decimal);

}  // namespace oee::ui
