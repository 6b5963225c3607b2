// The ticket's preview: what the engine would do with the order now.

#include "domain/amount.h"
#include "ui/format.h"
#include "ui/order_words.h"
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
        previewValues_[at] = value;
    }
    ui_->previewGrid->setColumnStretch(1, 1);
}

void Ticket::updatePreview() {
    const TicketForm now = form();
    const auto amountRaw = amountOf(now);
    if (!amountRaw) {
        clearPreview(tr("Type an amount to see what each pool would pay."));
        return;
    }
    runtime::QuoteQuery query;
    query.tokenIn = now.input().symbol;
    query.tokenOut = now.output().symbol;
    query.amountInRaw = std::to_string(*amountRaw);
    if (const auto bps = slippageBpsOf(now)) {
        query.slippageBps = *bps;
    }
    auto quote = engine_.quote(query);
    if (!quote) {
        clearPreview(fromStd(runtime::explain(quote.error())));
        return;
    }
    quote_ = std::make_shared<const runtime::QuoteView>(std::move(*quote));
    showQuote();
    emit quoteChanged(quote_, {});
}

void Ticket::clearPreview(const QString& why) {
    quote_.reset();
    ui_->previewOut->setText(unknownText());
    for (QLabel* value : previewValues_) {
        value->setText(unknownText());
        value->setToolTip({});
    }
    ui_->previewNote->setText(why);
    emit quoteChanged(nullptr, why);
}

void Ticket::showQuote() {
    const runtime::QuoteView& view = *quote_;
    const routing::Plan& plan = view.plan;
    const domain::Pubkey& outMint = view.output.mint;
    const std::uint64_t outRaw = plan.amountOutRaw;
    const auto set = [this](PreviewRow row, const QString& text, const QString& hint) {
        previewValues_[row]->setText(text);
        previewValues_[row]->setToolTip(hint);
    };
    const QString outSymbol = fromStd(view.output.symbol);
    ui_->previewOut->setText(tokens_.shown(outRaw, outMint) + u' ' + outSymbol);
    ui_->previewOut->setToolTip(tokens_.exact(outRaw, outMint));

    const std::uint64_t leastRaw = plan.minimumOutRaw;
    const bool slippageKnown = slippageBpsOf(form()).has_value();
    set(atLeast,
        slippageKnown ? tokens_.shown(leastRaw, outMint, Rounding::down) + u' ' + outSymbol
                      : unknownText(),
        slippageKnown ? tokens_.exact(leastRaw, outMint) : QString());

    const bool sells = form().side == domain::Side::sell;
    const Pair chosen = pair();
    const QString priceText = sells ? tokens_.price(chosen, plan.amountInRaw, outRaw)
                                    : tokens_.price(chosen, outRaw, plan.amountInRaw);
    set(price, priceText + u' ' + tokens_.symbol(chosen.quote),
        tr("%1 for one %2, fees inside")
            .arg(tokens_.symbol(chosen.quote), tokens_.symbol(chosen.base)));
    set(impact, bpsText(-plan.priceImpactBps) + tr(" bps"),
        tr("How far the order itself moves the price, fees apart"));

    QStringList fees;
    QStringList exactFees;
    for (const routing::PlanFee& fee : plan.fees) {
        fees.append(tokens_.shown(fee.poolFeesRaw, fee.mint) + u' ' + tokens_.symbol(fee.mint));
        exactFees.append(tokens_.exact(fee.poolFeesRaw, fee.mint));
    }
    set(poolFee, fees.join(QStringLiteral(" + ")),
        tr("%1, inside the output").arg(exactFees.join(QStringLiteral(" + "))));
    set(network, tokens_.shown(plan.networkCostOutRaw, outMint) + u' ' + outSymbol,
        tr("Worth of the network fee, paid in SOL beside the order"));
    const routing::PlanLeg& first = plan.legs.front();
    set(route,
        plan.legs.size() == 1 ? venueText(first.program) : tr("%1 legs").arg(plan.legs.size()),
        fromStd(routing::describe(plan, tokens_.registry())));

    const auto pools = view.board.quotes.size() + view.board.refusals.size();
    ui_->previewNote->setText(tr("Best of %1 %2 at slot %3")
                                  .arg(pools)
                                  .arg(pools == 1 ? tr("pool") : tr("pools"))
                                  .arg(groupedInteger(view.slot)));
}

}  // namespace oee::ui
