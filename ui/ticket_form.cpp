#include "ui/ticket_form.h"

#include <utility>

#include "base/integer.h"
#include "domain/amount.h"
#include "execution/explain.h"
#include "ui/format.h"

namespace oee::ui {
namespace {

using execution::Field;
using execution::Refusal;
using execution::RefusalReason;

tl::unexpected<Refusal> refuse(RefusalReason reason, Field field, std::string given = {},
                               std::string limit = {}) {
    return tl::unexpected(Refusal{reason, field, std::move(given), std::move(limit)});
}

std::string amountWithSymbol(std::uint64_t amountRaw, const domain::Token& token) {
    return domain::formatAmount(amountRaw, token.decimals) + " " + token.symbol;
}

// The texts of the lower layers begin with the API's name of the field.
std::pair<std::string_view, QString> fieldNames(Field field) {
    switch (field) {
        case Field::amountIn:
        case Field::amountInRaw:
        case Field::amountOut:
        case Field::amountOutRaw:
            return {execution::nameOf(field), QStringLiteral("The amount")};
        case Field::routing:
        case Field::venue:
        case Field::maxHops:
        case Field::maxLegs:
        case Field::excludedPools:
            return {execution::nameOf(field), QStringLiteral("The route")};
        case Field::slippageBps:
            return {execution::nameOf(field), QStringLiteral("The slippage")};
        case Field::tokenIn:
            return {execution::nameOf(field), QStringLiteral("The token that is given")};
        case Field::tokenOut:
            return {execution::nameOf(field), QStringLiteral("The token that is wanted")};
        case Field::deadlineMs:
            return {execution::nameOf(field), QStringLiteral("The deadline")};
        case Field::none:
        case Field::idempotencyKey:
            break;
    }
    return {};
}

Field amountFieldOf(const TicketForm& form) {
    return form.mode == domain::RouteMode::exactIn ? Field::amountIn : Field::amountOut;
}

execution::RouteRequest routeOf(const TicketForm& form) {
    execution::RouteRequest route;
    route.scope = std::string(domain::nameOf(form.scope));
    if (form.venue) {
        route.venue = std::string(domain::nameOf(*form.venue));
    }
    return route;
}

}  // namespace

QString wordsOf(const Refusal& refusal) {
    if (refusal.field == Field::slippageBps) {
        const QString given = fromStd(refusal.given);
        switch (refusal.reason) {
            case RefusalReason::tooManyDecimals:
                return QStringLiteral(
                           "The slippage “%1” has more than two decimals; 0.01\u00A0% is "
                           "1\u00A0bps.")
                    .arg(given);
            case RefusalReason::outOfRange:
                return QStringLiteral("The slippage “%1” is outside 0 – 100 %.").arg(given);
            default:
                break;
        }
    }
    const auto [apiName, name] = fieldNames(refusal.field);
    QString text = fromStd(execution::explain(refusal));
    if (!apiName.empty() && text.startsWith(fromView(apiName))) {
        text.replace(0, static_cast<qsizetype>(apiName.size()), name);
    }
    return text;
}

tl::expected<std::uint64_t, Refusal> amountOf(const TicketForm& form) {
    const std::string text = form.amountText.trimmed().toStdString();
    if (text.empty()) {
        return refuse(RefusalReason::missing, amountFieldOf(form));
    }
    execution::AmountTexts texts;
    (form.mode == domain::RouteMode::exactIn ? texts.in : texts.out) = text;
    return execution::parseAmounts(texts, {form.input(), form.output()})
        .map([](const execution::ParsedAmount& amount) { return amount.amountRaw; });
}

tl::expected<unsigned, Refusal> slippageBpsOf(const TicketForm& form) {
    const std::string text = form.slippageText.trimmed().toStdString();
    const auto bps = domain::parseAmount(text, 2);
    if (!bps) {
        switch (bps.error()) {
            case domain::AmountError::empty:
                return refuse(RefusalReason::missing, Field::slippageBps);
            case domain::AmountError::notANumber:
                return refuse(RefusalReason::notANumber, Field::slippageBps, text);
            case domain::AmountError::tooManyDecimals:
                return refuse(RefusalReason::tooManyDecimals, Field::slippageBps, text, "2");
            case domain::AmountError::tooLarge:
                return refuse(RefusalReason::outOfRange, Field::slippageBps, text + " %");
        }
    }
    if (*bps > domain::kMaxSlippageBps) {
        return refuse(RefusalReason::outOfRange, Field::slippageBps, text + " %");
    }
    return static_cast<unsigned>(*bps);
}

Spendable spendableOf(const domain::Token& input, const execution::Wallet& wallet,
                      std::uint64_t worstCaseFeeLamports) {
    Spendable spendable;
    spendable.freeRaw = wallet.balance(execution::WalletOwner::trader, input.mint).freeRaw();
    spendable.keptForFeesRaw = input.mint == domain::solMint() ? worstCaseFeeLamports : 0;
    return spendable;
}

QString shareText(const Spendable& spendable, unsigned percent, const domain::Token& input) {
    const base::u128 share = static_cast<base::u128>(spendable.maxRaw()) * percent / 100;
    return fromStd(domain::formatAmount(static_cast<std::uint64_t>(share), input.decimals));
}

std::optional<Refusal> beyondBalance(const TicketForm& form, const Spendable& spendable,
                                     std::uint64_t neededRaw) {
    if (neededRaw > spendable.freeRaw) {
        return Refusal{RefusalReason::insufficientBalance, amountFieldOf(form),
                       amountWithSymbol(neededRaw, form.input()),
                       amountWithSymbol(spendable.freeRaw, form.input())};
    }
    if (neededRaw > spendable.maxRaw()) {
        // As the store says it: what is needed, and what is free.
        return Refusal{RefusalReason::insufficientSolForFees, amountFieldOf(form),
                       amountWithSymbol(neededRaw + spendable.keptForFeesRaw, form.input()),
                       amountWithSymbol(spendable.freeRaw, form.input())};
    }
    return std::nullopt;
}

tl::expected<runtime::QuoteQuery, Refusal> queryOf(const TicketForm& form) {
    const auto amountRaw = amountOf(form);
    if (!amountRaw) {
        return tl::unexpected(amountRaw.error());
    }
    runtime::QuoteQuery query;
    query.tokenIn = domain::toBase58(form.input().mint);
    query.tokenOut = domain::toBase58(form.output().mint);
    (form.mode == domain::RouteMode::exactIn ? query.amountInRaw : query.amountOutRaw) =
        std::to_string(*amountRaw);
    if (const auto bps = slippageBpsOf(form)) {
        query.slippageBps = *bps;
    }
    query.route = routeOf(form);
    return query;
}

tl::expected<execution::OrderRequest, Refusal> requestOf(const TicketForm& form,
                                                         const Spendable& spendable) {
    const auto amountRaw = amountOf(form);
    if (!amountRaw) {
        return tl::unexpected(amountRaw.error());
    }
    const bool exactIn = form.mode == domain::RouteMode::exactIn;
    if (exactIn) {
        if (auto refusal = beyondBalance(form, spendable, *amountRaw)) {
            return tl::unexpected(*std::move(refusal));
        }
    }
    const auto slippageBps = slippageBpsOf(form);
    if (!slippageBps) {
        return tl::unexpected(slippageBps.error());
    }
    execution::OrderRequest request;
    request.tokenIn = form.input().symbol;
    request.tokenOut = form.output().symbol;
    (exactIn ? request.amountIn : request.amountOut) = form.amountText.trimmed().toStdString();
    request.side = form.side;
    request.slippageBps = *slippageBps;
    request.route = routeOf(form);
    request.onRevert = form.onRevert;
    if (form.deadline) {
        request.deadlineMs = form.deadline->count();
    }
    return request;
}

}  // namespace oee::ui
