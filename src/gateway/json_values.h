#pragma once
// How single values stand in the gateway's JSON.

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "domain/amount.h"
#include "domain/pubkey.h"
#include "domain/token.h"
#include "domain/venue.h"
#include "gateway/json_text.h"

namespace oee::gateway {

inline constexpr int kDisplayDecimals = 3;  // of bps

inline JsonValue text(std::string_view utf8) {
    return utf8;
}

// Slots, sequence numbers and lamports: far below 2^63.
inline JsonValue count(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

inline JsonValue rounded(double value) {
    const double scale = std::pow(10.0, kDisplayDecimals);
    return std::isfinite(value) ? JsonValue(std::round(value * scale) / scale) : JsonValue();
}

inline unsigned decimalsOf(const domain::Pubkey& mint, const domain::TokenRegistry& tokens) {
    const domain::Token* token = tokens.find(mint);
    return token == nullptr ? 0 : token->decimals;
}

// {"<name>": "12.5", "<name>Raw": "12500000"}
inline void putAmount(JsonObject& object, std::string_view name, std::uint64_t amountRaw,
                      unsigned decimals) {
    object.insert(name, text(domain::formatAmount(amountRaw, decimals)));
    object.insert(std::string(name) + "Raw", std::to_string(amountRaw));
}

inline void putPair(JsonObject& object, const domain::Pubkey& input, const domain::Pubkey& output,
                    const domain::TokenRegistry& tokens) {
    object.insert("tokenIn", text(tokens.symbolOf(input)));
    object.insert("tokenOut", text(tokens.symbolOf(output)));
    object.insert("mintIn", text(toBase58(input)));
    object.insert("mintOut", text(toBase58(output)));
}

inline void putPool(JsonObject& object, const domain::Pubkey& pool, domain::Program program) {
    object.insert("pool", text(toBase58(pool)));
    object.insert("program", text(nameOf(program)));
    object.insert("programName", text(displayNameOf(program)));
    object.insert("venue", text(nameOf(venueOf(program))));
}

}  // namespace oee::gateway
