#include "ui/ticket.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QShortcut>
#include <QStyle>

#include "ui/format.h"
#include "ui/order_words.h"
#include "ui_ticket.h"

namespace oee::ui {
namespace {

// A combo box's own text for a token: its symbol, with the address on hover.
void addToken(QComboBox& box, const domain::Token& token) {
    const QString address = fromStd(domain::toBase58(token.mint));
    box.addItem(fromStd(token.symbol), address);
    box.setItemData(box.count() - 1, address, Qt::ToolTipRole);
}

// An ampersand in a symbol is no mnemonic.
QString withoutMnemonic(QString text) {
    return text.replace(u'&', QStringLiteral("&&"));
}

}  // namespace

Ticket::Ticket(const Parts& parts, QWidget* parent)
    : QWidget(parent),
      engine_(parts.engine),
      tokens_(parts.tokens),
      theme_(parts.theme),
      ui_(std::make_unique<::Ui::Ticket>()),
      preview_(kUpdateInterval),
      worstCaseFeeLamports_(execution::worstCaseFeeLamports(parts.engine.profile())),
      wallet_(parts.engine.wallet()) {
    ui_->setupUi(this);
    setRoles();
    addPreviewRows();
    ui_->ticketSlippage->setText(
        percentText(static_cast<unsigned>(execution::OrderRequest::kDefaultSlippageBps)));
    ui_->ticketError->hide();
    ui_->ticketConfirmation->hide();
    fillBaseTokens();
    connectFields();
    onEdited();
}

Ticket::~Ticket() = default;

void Ticket::connectFields() {
    auto* sides = new QButtonGroup(this);
    sides->addButton(ui_->ticketSell);
    sides->addButton(ui_->ticketBuy);
    connect(sides, &QButtonGroup::buttonToggled, this, [this](QAbstractButton*, bool checked) {
        if (checked) {
            onEdited();
        }
    });
    connect(ui_->ticketBase, &QComboBox::currentIndexChanged, this, [this] {
        fillQuoteTokens(pair().quote);
        onEdited();
        emit pairChanged();
    });
    connect(ui_->ticketQuote, &QComboBox::currentIndexChanged, this, [this] {
        onEdited();
        emit pairChanged();
    });
    connect(ui_->ticketSwap, &QToolButton::clicked, this, &Ticket::swapPair);
    connect(ui_->ticketAmount, &QLineEdit::textChanged, this, &Ticket::onEdited);
    connect(ui_->ticketSlippage, &QLineEdit::textChanged, this, &Ticket::onEdited);
    connect(ui_->smartLine, &QLineEdit::textEdited, this, &Ticket::onSmartLineTyped);
    connect(ui_->smartLine, &QLineEdit::returnPressed, this, &Ticket::onSmartLineEntered);
    for (const auto& [button, percent] : {std::pair{ui_->share25, 25U},
                                          {ui_->share50, 50U},
                                          {ui_->share75, 75U},
                                          {ui_->share100, 100U}}) {
        connect(button, &QPushButton::clicked, this, [this, share = percent] { takeShare(share); });
    }
    for (QLineEdit* field : {ui_->ticketAmount, ui_->ticketSlippage}) {
        // Return leads to the button; only there it places an order.
        connect(field, &QLineEdit::returnPressed, this, [this] { ui_->ticketSubmit->setFocus(); });
    }
    connect(ui_->ticketSubmit, &QPushButton::clicked, this, &Ticket::submit);
    for (const auto key : {Qt::Key_Return, Qt::Key_Enter}) {
        auto* press = new QShortcut(QKeySequence(key), ui_->ticketSubmit);
        press->setContext(Qt::WidgetShortcut);
        connect(press, &QShortcut::activated, ui_->ticketSubmit, &QPushButton::click);
        auto* anywhere = new QShortcut(QKeySequence(QKeyCombination(Qt::CTRL, key)), this);
        anywhere->setContext(Qt::WidgetWithChildrenShortcut);
        connect(anywhere, &QShortcut::activated, ui_->ticketSubmit, &QPushButton::click);
    }
    connect(ui_->ticketConfirmation, &QLabel::linkActivated, this, [this] {
        if (shownOrder_) {
            emit orderLinkActivated(shownOrder_->id);
        }
    });
    connect(&preview_, &Coalescer::due, this, &Ticket::updatePreview);
}

// --- the pair

void Ticket::fillBaseTokens() {
    const QSignalBlocker blocker(ui_->ticketBase);
    for (const domain::Token& token : tokens_.traded()) {
        addToken(*ui_->ticketBase, token);
    }
    selectToken(*ui_->ticketBase, domain::solMint());
    fillQuoteTokens(domain::usdcMint());
}

void Ticket::fillQuoteTokens(const domain::Pubkey& preferred) {
    const QSignalBlocker blocker(ui_->ticketQuote);
    ui_->ticketQuote->clear();
    for (const domain::Token& token : tokens_.partners(pair().base)) {
        addToken(*ui_->ticketQuote, token);
    }
    selectToken(*ui_->ticketQuote, preferred);
}

void Ticket::selectToken(QComboBox& box, const domain::Pubkey& mint) {
    const int index = box.findData(fromStd(domain::toBase58(mint)));
    if (index >= 0) {
        box.setCurrentIndex(index);
    }
}

Pair Ticket::pair() const {
    const auto mintIn = [](const QComboBox& box) {
        return domain::pubkeyFromBase58(box.currentData().toString().toStdString())
            .value_or(domain::Pubkey{});
    };
    return {mintIn(*ui_->ticketBase), mintIn(*ui_->ticketQuote)};
}

void Ticket::setPair(const Pair& wanted) {
    if (wanted == pair() || !tokens_.trades(wanted)) {
        return;
    }
    {
        const QSignalBlocker blocker(ui_->ticketBase);
        selectToken(*ui_->ticketBase, wanted.base);
        fillQuoteTokens(wanted.quote);
    }
    onEdited();
    emit pairChanged();
}

void Ticket::swapPair() {
    const Pair now = pair();
    setPair({now.quote, now.base});
}

// --- what was typed

TicketForm Ticket::form() const {
    const auto tokenOf = [this](const domain::Pubkey& mint) {
        const domain::Token* token = tokens_.find(mint);
        return token != nullptr ? *token : domain::Token{};
    };
    const Pair chosen = pair();
    return {tokenOf(chosen.base), tokenOf(chosen.quote),
            ui_->ticketSell->isChecked() ? domain::Side::sell : domain::Side::buy,
            ui_->ticketAmount->text(), ui_->ticketSlippage->text()};
}

void Ticket::onEdited() {
    raised_ = {};
    checkFields();
    updateAmountHint();
    preview_.request();
}

void Ticket::setSide(domain::Side side) {
    (side == domain::Side::sell ? ui_->ticketSell : ui_->ticketBuy)->setChecked(true);
}

void Ticket::takeShare(unsigned percent) {
    ui_->ticketAmount->setText(shareText(spendable(), percent, form().input()));
}

void Ticket::fill(const SmartOrder& order) {
    setPair({order.base.mint, order.quote.mint});
    setSide(order.side);
    if (order.percent) {
        takeShare(*order.percent);
    } else {
        ui_->ticketAmount->setText(order.amountText);
    }
    if (order.slippageText) {
        ui_->ticketSlippage->setText(*order.slippageText);
    }
}

void Ticket::onSmartLineTyped() {
    // What is complete fills the fields; what is not yet is no error while it is typed.
    raised_ = {};
    checkFields();
    if (const auto order = parseSmartLine(ui_->smartLine->text(), tokens_)) {
        fill(*order);
    }
}

void Ticket::onSmartLineEntered() {
    const auto order = parseSmartLine(ui_->smartLine->text(), tokens_);
    if (!order) {
        raise({Place::smartLine, order.error().message});
        return;
    }
    fill(*order);
    ui_->ticketSubmit->setFocus();
}

void Ticket::focusSmartLine() {
    ui_->smartLine->setFocus(Qt::ShortcutFocusReason);
    ui_->smartLine->selectAll();
}

// --- checks

Spendable Ticket::spendable() const {
    return wallet_ ? spendableOf(form().input(), *wallet_, worstCaseFeeLamports_) : Spendable{};
}

void Ticket::checkFields() {
    const auto request = requestOf(form(), spendable());
    // An empty amount is where everybody begins, not a fault.
    const bool untouched = !request && request.error().field == execution::Field::amountIn &&
                           request.error().reason == execution::RefusalReason::missing;
    fieldsAreFine_ = request || untouched;
    showFault(fieldsAreFine_ ? raised_ : faultOf(request.error()));
    updateButton();
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
        case execution::Field::none:
        case execution::Field::deadlineMs:
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
    const domain::Token input = form().input();
    ui_->amountUnit->setText(fromStd(input.symbol));
    ui_->amountHint->setText(tr("free %1").arg(tokens_.exact(spendable().freeRaw, input.mint)));
    ui_->ticketAmount->setAccessibleName(tr("Amount in %1").arg(fromStd(input.symbol)));
}

void Ticket::updateButton() {
    const TicketForm now = form();
    const QString verb = now.side == domain::Side::sell ? tr("Sell") : tr("Spend");
    const auto amountRaw = amountOf(now);
    QString what =
        amountRaw ? tokens_.exact(*amountRaw, now.input().mint) : fromStd(now.input().symbol);
    ui_->ticketSubmit->setText(withoutMnemonic(submitting_ ? tr("Placing…") : verb + u' ' + what));
    ui_->ticketSubmit->setEnabled(!submitting_ && fieldsAreFine_);
}

// --- placing

void Ticket::submit() {
    if (submitting_) {
        return;
    }
    const auto request = requestOf(form(), spendable());
    if (!request) {
        const Fault fault = faultOf(request.error());
        raise(fault);
        if (QLineEdit* field = fieldAt(fault.place)) {
            field->setFocus();
        }
        return;
    }
    submitting_ = true;
    raise({});
    updateButton();
    engine_.submit(*request, this, [this](const auto& answer) { takeAnswer(answer); });
}

void Ticket::takeAnswer(const tl::expected<execution::Admitted, execution::Refusal>& answer) {
    submitting_ = false;
    updateButton();
    if (!answer) {
        raise(faultOf(answer.error()));
        return;
    }
    showConfirmation(answer->order);
    emit admitted(answer->order);
}

void Ticket::follow(const std::vector<domain::OrderPtr>& orders) {
    for (const domain::OrderPtr& order : orders) {
        if (shownOrder_ && order->id == shownOrder_->id) {
            showConfirmation(order);
        }
    }
}

void Ticket::showConfirmation(const domain::OrderPtr& shown) {
    shownOrder_ = shown;
    const domain::Order& order = *shown;
    const QString id = orderIdText(order.id);
    ui_->ticketConfirmation->setText(
        QStringLiteral(
            "<a href=\"order\" style=\"color:%1\">%2</a> <span style=\"color:%3\">%4</span>")
            .arg(theme_.colors().accent.name(), id, theme_.colors().of(toneOf(order.status)).name(),
                 glyphAndWord(order.status).toHtmlEscaped()));
    ui_->ticketConfirmation->setToolTip(
        tr("Order %1: %2. Open its execution path.").arg(id, wordOf(order.status)));
    ui_->ticketConfirmation->show();
}

void Ticket::setRoles() {
    for (QLabel* label : {ui_->amountHint, ui_->previewNote}) {
        label->setProperty("role", "hint");
    }
    for (QLabel* label : {ui_->amountLabel, ui_->slippageLabel, ui_->getLabel, ui_->amountUnit,
                          ui_->slippageUnit}) {
        label->setProperty("role", "secondary");
    }
    ui_->previewOut->setProperty("role", "big");
    ui_->ticketConfirmation->setProperty("role", "small");
    for (QWidget* number :
         std::initializer_list<QWidget*>{ui_->ticketAmount, ui_->ticketSlippage, ui_->amountHint,
                                         ui_->previewNote, ui_->previewOut}) {
        number->setProperty("figures", true);
    }
}

void Ticket::applyTheme() {
    if (shownOrder_) {
        showConfirmation(shownOrder_);
    }
}

}  // namespace oee::ui
