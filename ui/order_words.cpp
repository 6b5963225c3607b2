#include "ui/order_words.h"

#include "domain/amount.h"
#include "ui/format.h"

namespace oee::ui {

QString glyphOf(domain::OrderStatus status) {
    switch (status) {
        case domain::OrderStatus::pending:
            return QStringLiteral("\u25CC");
        case domain::OrderStatus::routing:
            return QStringLiteral("\u21C4");
        case domain::OrderStatus::building:
            return QStringLiteral("\u25A4");
        case domain::OrderStatus::submitted:
            return QStringLiteral("\u2191");
        case domain::OrderStatus::confirmed:
            return QStringLiteral("\u2713");
        case domain::OrderStatus::failed:
            return QStringLiteral("\u2715");
        case domain::OrderStatus::cancelled:
            return QStringLiteral("\u2298");
    }
    return unknownText();
}

QString wordOf(domain::OrderStatus status) {
    return fromView(domain::nameOf(status));
}

QString glyphAndWord(domain::OrderStatus status) {
    return glyphOf(status) + u' ' + wordOf(status);
}

Tone toneOf(domain::OrderStatus status) {
    switch (status) {
        case domain::OrderStatus::submitted:
            return Tone::warning;
        case domain::OrderStatus::confirmed:
            return Tone::good;
        case domain::OrderStatus::failed:
            return Tone::bad;
        case domain::OrderStatus::cancelled:
            return Tone::secondary;
        case domain::OrderStatus::pending:
        case domain::OrderStatus::routing:
        case domain::OrderStatus::building:
            return Tone::normal;
    }
    return Tone::normal;
}

QString wordOf(domain::Side side) {
    return fromView(domain::nameOf(side));
}

Tone toneOf(domain::Side side) {
    return side == domain::Side::sell ? Tone::bad : Tone::good;
}

Tone toneOf(domain::Venue venue) {
    return venue == domain::Venue::raydium ? Tone::raydium : Tone::meteora;
}

QString venueText(domain::Program program) {
    return fromView(domain::displayNameOf(program));
}

QString poolText(domain::Program program, const domain::Pubkey& pool) {
    return venueText(program) + u' ' + fromStd(domain::shortForm(pool));
}

Pair pairOf(const domain::Order& order) {
    return order.side == domain::Side::sell ? Pair{order.inputMint, order.outputMint}
                                            : Pair{order.outputMint, order.inputMint};
}

QString sentenceOf(const domain::Order& order, const TokenBook& tokens) {
    const bool exactIn = order.mode == domain::RouteMode::exactIn;
    const QString input =
        exactIn ? tokens.exact(order.amountInRaw, order.inputMint) : tokens.symbol(order.inputMint);
    const QString output = exactIn ? tokens.symbol(order.outputMint)
                                   : tokens.exact(order.amountOutRaw, order.outputMint);
    return order.side == domain::Side::sell ? QStringLiteral("sell %1 for %2").arg(input, output)
                                            : QStringLiteral("buy %2 with %1").arg(input, output);
}

}  // namespace oee::ui
