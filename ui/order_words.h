#pragma once
// Words and marks for orders, shared by tables, log and ticket.

#include <QString>

#include "domain/order.h"
#include "domain/venue.h"
#include "ui/theme.h"
#include "ui/token_book.h"

namespace oee::ui {

QString glyphOf(domain::OrderStatus status);
QString wordOf(domain::OrderStatus status);
QString glyphAndWord(domain::OrderStatus status);
Tone toneOf(domain::OrderStatus status);

QString wordOf(domain::Side side);
Tone toneOf(domain::Side side);
Tone toneOf(domain::Venue venue);

QString venueText(domain::Program program);                             // "Raydium CPMM"
QString poolText(domain::Program program, const domain::Pubkey& pool);  // "Raydium CPMM 7Juw…zdny"

// The pair as the order names it: sell gives the base away, buy spends the quote.
Pair pairOf(const domain::Order& order);
// "sell 10 SOL for USDC" / "buy SOL with 100 USDC"; exactOut: "buy 2 SOL with USDC": what the smart
// line reads back.
QString sentenceOf(const domain::Order& order, const TokenBook& tokens);

}  // namespace oee::ui
