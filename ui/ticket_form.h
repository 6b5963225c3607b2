#pragma once
// What a filled ticket means: checks and the request, without widgets.

#include <chrono>
#include <cstdint>
#include <optional>

#include <QString>
#include <tl/expected.hpp>

#include "domain/order.h"
#include "domain/token.h"
#include "execution/admission.h"
#include "execution/wallet.h"
#include "runtime/engine.h"

namespace oee::ui {

// As typed; texts are unchecked.
struct TicketForm {
    domain::Token base;
    domain::Token quote;
    domain::Side side = domain::Side::sell;
    QString amountText;
    QString slippageText;  // percent
    // Which of the two the amount counts: what is given, or what exactly is to arrive.
    domain::RouteMode mode = domain::RouteMode::exactIn;
    domain::RouteScope scope = domain::RouteScope::full;
    std::optional<domain::Venue> venue = std::nullopt;  // that one only
    domain::OnRevert onRevert = domain::OnRevert::fail;
    std::optional<std::chrono::milliseconds> deadline = std::nullopt;  // from when it is placed

    // Sell gives the base away, buy spends the quote.
    const domain::Token& input() const { return side == domain::Side::sell ? base : quote; }
    const domain::Token& output() const { return side == domain::Side::sell ? quote : base; }
    const domain::Token& counted() const {
        return mode == domain::RouteMode::exactIn ? input() : output();
    }
};

// A refusal as it stands beside its field in the ticket.
QString wordsOf(const execution::Refusal& refusal);

// Base units of the counted token, above zero. Blanks around the text are ignored.
tl::expected<std::uint64_t, execution::Refusal> amountOf(const TicketForm& form);

// Percent with at most two decimals, exactly as basis points: "0.5" → 50; 0 … 10,000.
tl::expected<unsigned, execution::Refusal> slippageBpsOf(const TicketForm& form);

// What the trader may give: the free balance, without the SOL that fees may need where SOL itself
// is given.
struct Spendable {
    std::uint64_t freeRaw = 0;
    std::uint64_t keptForFeesRaw = 0;
    std::uint64_t maxRaw() const { return freeRaw > keptForFeesRaw ? freeRaw - keptForFeesRaw : 0; }
};
Spendable spendableOf(const domain::Token& input, const execution::Wallet& wallet,
                      std::uint64_t worstCaseFeeLamports);

// floor(percent / 100 of what may be given), as decimal text.
QString shareText(const Spendable& spendable, unsigned percent, const domain::Token& input);

// Why `neededRaw` of the input token cannot be given; nothing where it can.
std::optional<execution::Refusal> beyondBalance(const TicketForm& form, const Spendable& spendable,
                                                std::uint64_t neededRaw);

// What the engine is asked for a preview. A slippage that is not one is left at the default.
tl::expected<runtime::QuoteQuery, execution::Refusal> queryOf(const TicketForm& form);

// Everything that can be said before asking the engine; the first fault in the order of the
// fields. The engine checks again and knows more: what an exact-out order costs, for one.
tl::expected<execution::OrderRequest, execution::Refusal> requestOf(const TicketForm& form,
                                                                    const Spendable& spendable);

}  // namespace oee::ui
