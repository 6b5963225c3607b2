#pragma once
// An order in one sentence: "sell 10 SOL for USDC", "buy 2 SOL with USDC".

#include <optional>

#include <QString>
#include <tl/expected.hpp>

#include "domain/order.h"
#include "ui/token_book.h"

namespace oee::ui {

struct SmartOrder {
    domain::Side side = domain::Side::sell;
    domain::Token base;
    domain::Token quote;
    domain::RouteMode mode = domain::RouteMode::exactIn;
    QString amountText;  // decimal, in tokens of what is given (exactOut: wanted); or empty and
    std::optional<unsigned> percent;      // 1 … 100 % of what is free
    std::optional<QString> slippageText;  // percent

    const domain::Token& given() const { return side == domain::Side::sell ? base : quote; }
    const domain::Token& wanted() const { return side == domain::Side::sell ? quote : base; }
};

enum class SmartLineFault {
    empty,
    unknownVerb,
    incomplete,
    badAmount,
    unknownToken,
    sameToken,
    notTraded,
    shareOfOutput,  // "buy 10 % SOL": shares are of what is free to give
    leftOver,
};

struct SmartLineError {
    SmartLineFault fault = SmartLineFault::empty;
    QString word;     // what was not understood
    QString message;  // plain words, and what would be understood
};

// The sentences:
//   sell AMOUNT TOKEN for|to|into TOKEN        swap and trade likewise
//   sell TOKEN for|to|into AMOUNT TOKEN        exactly so much arrives
//   buy AMOUNT TOKEN with|for TOKEN            likewise
//   buy TOKEN with|for AMOUNT TOKEN
//   spend AMOUNT TOKEN on TOKEN
// AMOUNT is an exact decimal, "25 %", "half" or "all"; any sentence may end in "slippage 0.5 %".
// Words in any case; "→" and "->" stand for "to".
tl::expected<SmartOrder, SmartLineError> parseSmartLine(const QString& line,
                                                        const TokenBook& tokens);

}  // namespace oee::ui
