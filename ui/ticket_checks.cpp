// What is wrong with a ticket, where that is said, and what its button does.

#include <QComboBox>
#include <QStyle>

#include "ui/format.h"
#include "ui/ticket.h"
#include "ui_ticket.h"

namespace oee::ui {
namespace {

// An ampersand in a symbol is no mnemonic.
QString withoutMnemonic(QString text) {
    return text.replace(u'&', QStringLiteral("&&"));
}

}  // namespace

Spendable Ticket::spendable() const {
    return wallet_ ? spendableOf(form().input(), *wallet_, worstCaseFeeLamports_) : Spendable{};
}

tl::expected<execution::OrderRequest, execution::Refusal> Ticket::checkedRequest() const {
    const TicketForm now = form();
    auto request = requestOf(now, spendable());
    // What an exact-out order costs is known once it has been quoted.
    if (request && now.mode == domain::RouteMode::exactOut && quoteIsCurrent_ && quote_) {
        if (auto refusal = beyondBalance(now, spendable(), quote_->plan.maximumInRaw)) {
            return tl::unexpected(*std::move(refusal));
        }
    }
    return request;
}

void Ticket::checkFields() {
    const auto request = checkedRequest();
    // An empty amount is where everybody begins, not a fault.
    const bool untouched = !request &&
                           request.error().reason == execution::RefusalReason::missing &&
                           faultOf(request.error()).place == Place::amount;
    const bool typedWell = request || untouched;
    const Fault misrouted = routeFault();
    fieldsAreFine_ = typedWell && misrouted.text.isEmpty();
    showFault(!typedWell                  ? faultOf(request.error())
              : !misrouted.text.isEmpty() ? misrouted
                                          : raised_);
    updateButton();
}

Ticket::Fault Ticket::routeFault() const {
    const TicketForm now = form();
    if (now.scope == domain::RouteScope::full || tokens_.trades(pair())) {
        return {};
    }
    return {Place::route, tr("No pool trades %1 against %2 itself. “Best route” goes through other "
                             "tokens.")
                              .arg(fromStd(now.base.symbol), fromStd(now.quote.symbol))};
}

Ticket::Fault Ticket::faultOf(const execution::Refusal& refusal) {
    switch (refusal.field) {
        case execution::Field::amountIn:
        case execution::Field::amountInRaw:
        case execution::Field::amountOut:
        case execution::Field::amountOutRaw:
            return {Place::amount, wordsOf(refusal)};
        case execution::Field::slippageBps:
            return {Place::slippage, wordsOf(refusal)};
        case execution::Field::tokenIn:
        case execution::Field::tokenOut:
            return {Place::pair, wordsOf(refusal)};
        case execution::Field::routing:
        case execution::Field::venue:
        case execution::Field::maxHops:
        case execution::Field::maxLegs:
        case execution::Field::excludedPools:
            return {Place::route, wordsOf(refusal)};
        case execution::Field::deadlineMs:
            return {Place::deadline, wordsOf(refusal)};
        case execution::Field::none:
        case execution::Field::idempotencyKey:
            break;
    }
    return {Place::form, wordsOf(refusal)};
}

void Ticket::raise(const Fault& fault) {
    raised_ = fault;
    showFault(fault);
}

QLineEdit* Ticket::fieldAt(Place place) const {
    switch (place) {
        case Place::smartLine:
            return ui_->smartLine;
        case Place::amount:
            return ui_->ticketAmount;
        case Place::slippage:
            return ui_->ticketSlippage;
        case Place::pair:
        case Place::route:
        case Place::deadline:
        case Place::form:
            break;
    }
    return nullptr;
}

QLayoutItem* Ticket::itemAbove(Place place) const {
    switch (place) {
        case Place::smartLine:
            return ui_->fields->itemAt(ui_->fields->indexOf(ui_->smartLine));
        case Place::pair:
            return ui_->pairRow;
        case Place::amount:
            return ui_->amountRow;
        case Place::slippage:
            return ui_->slippageRow;
        case Place::route:
            return ui_->routeRow;
        case Place::deadline:
            return ui_->tryRow;
        case Place::form:
            break;
    }
    return ui_->push;
}

void Ticket::showFault(const Fault& fault) {
    const bool any = !fault.text.isEmpty();
    if (any) {
        ui_->fields->removeWidget(ui_->ticketError);
        const QLayoutItem* above = itemAbove(fault.place);
        int at = 0;
        while (at < ui_->fields->count() && ui_->fields->itemAt(at) != above) {
            ++at;
        }
        ui_->fields->insertWidget(at + 1, ui_->ticketError);
    }
    ui_->ticketError->setText(fault.text);
    ui_->ticketError->setVisible(any);
    for (QLineEdit* field : {ui_->smartLine, ui_->ticketAmount, ui_->ticketSlippage}) {
        const bool wrong = any && field == fieldAt(fault.place);
        if (field->property("wrong").toBool() != wrong) {
            field->setProperty("wrong", wrong);
            field->style()->unpolish(field);
            field->style()->polish(field);
        }
        field->setAccessibleDescription(wrong ? fault.text : QString());
    }
}

void Ticket::setWallet(const runtime::WalletPtr& wallet) {
    if (!wallet) {
        return;
    }
    wallet_ = wallet;
    updateAmountHint();
    checkFields();
}

void Ticket::updateAmountHint() {
    const TicketForm now = form();
    const bool exactIn = now.mode == domain::RouteMode::exactIn;
    const QString counted = fromStd(now.counted().symbol);
    ui_->amountLabel->setText(exactIn ? tr("&Amount to spend") : tr("&Amount to receive"));
    ui_->amountHint->setText(
        tr("free %1").arg(tokens_.exact(spendable().freeRaw, now.input().mint)));
    ui_->ticketAmount->setAccessibleName(
        (exactIn ? tr("Amount in %1") : tr("Amount in %1, to receive")).arg(counted));
    ui_->ticketUnit->setToolTip(exactIn ? tr("Exactly this much %1 is given").arg(counted)
                                        : tr("Exactly this much %1 arrives").arg(counted));
}

void Ticket::updateButton() {
    const TicketForm now = form();
    const bool exactIn = now.mode == domain::RouteMode::exactIn;
    const QString verb = now.side == domain::Side::sell ? (exactIn ? tr("Sell") : tr("Receive"))
                                                        : (exactIn ? tr("Spend") : tr("Buy"));
    const auto amountRaw = amountOf(now);
    const QString what =
        amountRaw ? tokens_.exact(*amountRaw, now.counted().mint) : fromStd(now.counted().symbol);
    ui_->ticketSubmit->setText(withoutMnemonic(submitting_ ? tr("Placing…") : verb + u' ' + what));
    ui_->ticketSubmit->setEnabled(!submitting_ && fieldsAreFine_);
}

}  // namespace oee::ui
