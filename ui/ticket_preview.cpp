// The ticket's preview: what the engine would do with the order now.

#include "domain/amount.h"
#include "ui/format.h"
#include "ui/order_words.h"
#include "ui/route_words.h"
#include "ui/ticket.h"
#include "ui_ticket.h"

namespace oee::ui {

void Ticket::addPreviewRows() {
    const std::array<QString, previewRowCount> names{tr("At least"), tr("Price"),   tr("Impact"),
                                                     tr("Pool fee"), tr("Network"), tr("Route")};
    const std::array<const char*, previewRowCount> objectNames{"previewMinimum", "previewPrice",
                                                               "previewImpact",  "previewFee",
                                                               "previewNetwork", "previewRoute"};
    for (int row = 0; row < previewRowCount; ++row) {
        const auto at = static_cast<std::size_t>(row);
        auto* name = new QLabel(names[at], this);
        name->setProperty("role", "secondary");
        auto* value = new QLabel(unknownText(), this);
        value->setObjectName(QLatin1String(objectNames[at]));
        value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        value->setAccessibleName(names[at]);
        value->setProperty("figures", true);
        ui_->previewGrid->addWidget(name, row, 0);
        ui_->previewGrid->addWidget(value, row, 1);
        previewNames_[at] = name;
        previewValues_[at] = value;
    }
    ui_->previewGrid->setColumnStretch(1, 1);
}

// What is known beforehand has no row of its own: the other end of the trade is what is shown.
void Ticket::showRowNames() {
    const bool exactIn = form().mode == domain::RouteMode::exactIn;
    ui_->getLabel->setText(exactIn ? tr("You get") : tr("You spend"));
    const QString name = exactIn ? tr("At least") : tr("At most");
    previewNames_[limit]->setText(name);
    previewValues_[limit]->setAccessibleName(name);
}

void Ticket::updatePreview() {
    const auto query = queryOf(form());
    if (!query) {
        clearPreview(tr("Type an amount to see what each pool would pay."));
        return;
    }
    auto quote = engine_.quote(*query);
    if (!quote) {
        clearPreview(fromStd(runtime::explain(quote.error())));
        return;
    }
    quote_ = std::make_shared<const runtime::QuoteView>(std::move(*quote));
    quoteIsCurrent_ = true;
    showQuote();
    checkFields();
    emit quoteChanged(quote_, {});
}

void Ticket::clearPreview(const QString& why) {
    quote_.reset();
    ui_->previewOut->setText(unknownText());
    ui_->previewOut->setToolTip({});
    for (QLabel* value : previewValues_) {
        value->setText(unknownText());
        value->setToolTip({});
    }
    ui_->previewNote->setText(why);
    checkFields();
    emit quoteChanged(nullptr, why);
}

void Ticket::setPreview(int row, const QString& text, const QString& hint) {
    QLabel* value = previewValues_[static_cast<std::size_t>(row)];
    value->setText(text);
    value->setToolTip(hint);
}

void Ticket::showQuote() {
    showAmounts(*quote_);
    showCosts(*quote_);
    const routing::Plan& plan = quote_->plan;
    const TicketForm now = form();
    ui_->previewNote->setText(gapSentence(plan, bestWords(now.scope, now.venue)) + u'.');
    ui_->previewNote->setToolTip(boundText(plan, tokens_));
}

void Ticket::showAmounts(const runtime::QuoteView& view) {
    const routing::Plan& plan = view.plan;
    const bool exactIn = plan.mode == domain::RouteMode::exactIn;
    const domain::Token& found = exactIn ? view.output : view.input;
    const std::uint64_t foundRaw = exactIn ? plan.amountOutRaw : plan.amountInRaw;
    const QString symbol = u' ' + fromStd(found.symbol);
    ui_->previewOut->setText(tokens_.shown(foundRaw, found.mint) + symbol);
    ui_->previewOut->setToolTip(tokens_.exact(foundRaw, found.mint));

    // Rounded away from what would promise too much.
    const std::uint64_t limitRaw = exactIn ? plan.minimumOutRaw : plan.maximumInRaw;
    if (slippageBpsOf(form())) {
        const QString text =
            tokens_.shown(limitRaw, found.mint, exactIn ? Rounding::down : Rounding::up);
        setPreview(limit, text + symbol, tokens_.exact(limitRaw, found.mint));
    } else {
        setPreview(limit, unknownText(), {});
    }
}

void Ticket::showCosts(const runtime::QuoteView& view) {
    const routing::Plan& plan = view.plan;
    const Pair chosen = pair();
    const QString priceText = form().side == domain::Side::sell
                                  ? tokens_.price(chosen, plan.amountInRaw, plan.amountOutRaw)
                                  : tokens_.price(chosen, plan.amountOutRaw, plan.amountInRaw);
    setPreview(price, priceText + u' ' + tokens_.symbol(chosen.quote),
               tr("%1 for one %2, fees inside")
                   .arg(tokens_.symbol(chosen.quote), tokens_.symbol(chosen.base)));
    setPreview(impact, bpsText(-plan.priceImpactBps) + tr(" bps"),
               tr("How far the order itself moves the price, fees apart"));

    QStringList fees;
    QStringList exactFees;
    for (const routing::PlanFee& fee : plan.fees) {
        fees.append(tokens_.shown(fee.poolFeesRaw, fee.mint) + u' ' + tokens_.symbol(fee.mint));
        exactFees.append(tokens_.exact(fee.poolFeesRaw, fee.mint));
    }
    // More than two do not fit beside the row's name.
    setPreview(
        poolFee,
        fees.size() > 2 ? tr("in %1 tokens").arg(fees.size()) : fees.join(QStringLiteral(" + ")),
        tr("%1, inside the amounts").arg(exactFees.join(QStringLiteral(" + "))));
    setPreview(network,
               tokens_.shown(plan.networkCostOutRaw, view.output.mint) + u' ' +
                   fromStd(view.output.symbol),
               tr("Worth of the network fee, paid in SOL beside the order"));
    setPreview(route, routeText(plan), fromStd(routing::describe(plan, tokens_.registry())));
}

}  // namespace oee::ui
