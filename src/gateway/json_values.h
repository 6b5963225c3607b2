#pragma once
// How single values stand in the gateway's JSON.

#include <cmath>
#include <cstdint>
#include <string_view>

#include <QJsonObject>
#include <QJsonValue>
#include <QString>

#include "domain/amount.h"
#include "domain/pubkey.h"
#include "domain/token.h"
#include "domain/venue.h"

namespace oee::gateway {

inline constexpr int kDisplayDecimals = 3;  // of bps

inline QString text(std::string_view utf8) {
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

// Slots, sequence numbers and lamports: far below 2^63, and exact in QJsonValue as qint64.
inline QJsonValue count(std::uint64_t value) {
    return static_cast<qint64>(value);
}

inline QJsonValue rounded(double value) {
    const double scale = std::pow(10.0, kDisplayDecimals);
    return std::isfinite(value) ? QJsonValue(std::round(value * scale) / scale)
                                : QJsonValue(QJsonValue::Null);
}

inline unsigned decimalsOf(const domain::Pubkey& mint, const domain::TokenRegistry& tokens) {
    const domain::Token* token = tokens.find(mint);
    return token == nullptr ? 0 : token->decimals;
}

// {"<name>": "12.5", "<name>Raw": "12500000"}
inline void putAmount(QJsonObject& object, const QString& name, std::uint64_t amountRaw,
                      unsigned decimals) {
    object.insert(name, text(domain::formatAmount(amountRaw, decimals)));
    object.insert(name + QLatin1String("Raw"), QString::number(amountRaw));
}

inline void putPair(QJsonObject& object, const domain::Pubkey& input, const domain::Pubkey& output,
                    const domain::TokenRegistry& tokens) {
    object.insert("tokenIn", text(tokens.symbolOf(input)));
    object.insert("tokenOut", text(tokens.symbolOf(output)));
    object.insert("mintIn", text(toBase58(input)));
    object.insert("mintOut", text(toBase58(output)));
}

inline void putPool(QJsonObject& object, const domain::Pubkey& pool, domain::Program program) {
    object.insert("pool", text(toBase58(pool)));
    object.insert("program", text(nameOf(program)));
    object.insert("programName", text(displayNameOf(program)));
    object.insert("venue", text(nameOf(venueOf(program))));
}

}  // namespace oee::gateway
