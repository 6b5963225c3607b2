#pragma once
// An order in one sentence: "sell 10 SOL for USDC", "buy SOL with 100 USDC".

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
    QString amountText;                   // decimal, in tokens of what is given; or empty and
    std::optional<unsigned> percent;      // 1 … 100 % of what is free
    std::optional<QString> slippageText;  // percent

    const domain::Token& given() const { return side == domain::Side::sell ? base : quote; }
};

enum class SmartLineFault {
    empty,
    unknownVerb,
    incomplete,
    badAmount,
    unknownToken,
    sameToken,
    notTraded,
    exactOutput,  // "buy 10 SOL": says what is wanted, not what is given
    leftOver,
};

struct SmartLineError {
    SmartLineFault fault = SmartLineFault::empty;
    QString word;     // what was not understood
    QString message;  // plain words, and what would be understood
};

// The sentences:
//   sell AMOUNT TOKEN for|to|into TOKEN        swap and trade likewise
//   buy TOKEN with|for AMOUNT TOKEN
//   spend AMOUNT TOKEN on TOKEN
// AMOUNT is an exact decimal, "25 %", "half" or "all"; any sentence may end in "slippage 0.5 %".
// Words in any case; "→" and "->" stand for "to".
tl::expected<SmartOrder, SmartLineError> parseSmartLine(const QString& line,
                                                        const TokenBook& tokens);

}  // namespace oee::ui
