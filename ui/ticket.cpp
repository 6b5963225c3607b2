#include "ui/ticket.h"

#include <chrono>

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

void addChoice(QComboBox& box, const QString& text, int value, const QString& hint) {
    box.addItem(text, value);
    box.setItemData(box.count() - 1, hint, Qt::ToolTipRole);
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
    addRouteChoices();
    addRetryChoices();
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
    for (QComboBox* box : {ui_->ticketUnit, ui_->ticketRouting, ui_->ticketVenue}) {
        connect(box, &QComboBox::currentIndexChanged, this, &Ticket::onEdited);
    }
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

// The amount counts the base token, or the quote token; which side was chosen says whether that is
// given or arrives.
void Ticket::fillUnits() {
    const QSignalBlocker blocker(ui_->ticketUnit);
    const Pair chosen = pair();
    const std::array mints{chosen.base, chosen.quote};
    for (int i = 0; i < 2; ++i) {
        const domain::Pubkey& mint = mints[static_cast<std::size_t>(i)];
        if (ui_->ticketUnit->count() <= i) {
            ui_->ticketUnit->addItem({});
        }
        ui_->ticketUnit->setItemText(i, tokens_.symbol(mint));
        ui_->ticketUnit->setItemData(i, fromStd(domain::toBase58(mint)));
    }
}

void Ticket::setCounted(const domain::Pubkey& mint) {
    selectToken(*ui_->ticketUnit, mint);
}

void Ticket::addRouteChoices() {
    using domain::RouteScope;
    addChoice(*ui_->ticketRouting, tr("Best route"), static_cast<int>(RouteScope::full),
              tr("Over all pools, and through other tokens where that pays"));
    addChoice(*ui_->ticketRouting, tr("Direct split"), static_cast<int>(RouteScope::split),
              tr("Over the pools of the pair itself"));
    addChoice(*ui_->ticketRouting, tr("One pool"), static_cast<int>(RouteScope::single),
              tr("The single pool of the pair that pays most"));
    addChoice(*ui_->ticketVenue, tr("All venues"), -1, tr("Raydium and Meteora"));
    for (const domain::Venue venue : {domain::Venue::raydium, domain::Venue::meteora}) {
        const QString name = fromView(domain::displayNameOf(venue));
        addChoice(*ui_->ticketVenue, name, static_cast<int>(venue),
                  tr("Pools of %1 only").arg(name));
    }
}

void Ticket::addRetryChoices() {
    using domain::OnRevert;
    addChoice(*ui_->ticketOnRevert, tr("Fail"), static_cast<int>(OnRevert::fail),
              tr("A revert ends the order"));
    addChoice(*ui_->ticketOnRevert, tr("Quote anew"), static_cast<int>(OnRevert::requote),
              tr("Sent again at the price of that moment, with the same slippage"));
    addChoice(*ui_->ticketDeadline, tr("No limit"), 0, tr("Up to three attempts"));
    for (const int seconds : {10, 30, 60, 300}) {
        const QString text =
            seconds < 60 ? tr("For %1 s").arg(seconds) : tr("For %1 min").arg(seconds / 60);
        addChoice(*ui_->ticketDeadline, text, seconds, tr("Not sent again after that"));
    }
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
    if (wanted == pair() || !tokens_.connects(wanted)) {
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
    TicketForm form;
    form.base = tokenOf(chosen.base);
    form.quote = tokenOf(chosen.quote);
    form.side = ui_->ticketSell->isChecked() ? domain::Side::sell : domain::Side::buy;
    form.amountText = ui_->ticketAmount->text();
    form.slippageText = ui_->ticketSlippage->text();
    const bool countsBase = ui_->ticketUnit->currentIndex() <= 0;
    form.mode = countsBase == (form.side == domain::Side::sell) ? domain::RouteMode::exactIn
                                                                : domain::RouteMode::exactOut;
    form.scope = static_cast<domain::RouteScope>(ui_->ticketRouting->currentData().toInt());
    if (const int venue = ui_->ticketVenue->currentData().toInt(); venue >= 0) {
        form.venue = static_cast<domain::Venue>(venue);
    }
    form.onRevert = static_cast<domain::OnRevert>(ui_->ticketOnRevert->currentData().toInt());
    if (const int seconds = ui_->ticketDeadline->currentData().toInt(); seconds > 0) {
        form.deadline = std::chrono::seconds(seconds);
    }
    return form;
}

void Ticket::onEdited() {
    raised_ = {};
    quoteIsCurrent_ = false;
    fillUnits();
    showRowNames();
    checkFields();
    updateAmountHint();
    preview_.request();
}

void Ticket::setSide(domain::Side side) {
    (side == domain::Side::sell ? ui_->ticketSell : ui_->ticketBuy)->setChecked(true);
}

// A share is of what is given, so that is what the amount counts then.
void Ticket::takeShare(unsigned percent) {
    setCounted(form().input().mint);
    ui_->ticketAmount->setText(shareText(spendable(), percent, form().input()));
}

void Ticket::fill(const SmartOrder& order) {
    setPair({order.base.mint, order.quote.mint});
    setSide(order.side);
    if (order.percent) {
        takeShare(*order.percent);
    } else {
        setCounted(
            (order.mode == domain::RouteMode::exactIn ? order.given() : order.wanted()).mint);
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

// --- placing

void Ticket::submit() {
    if (submitting_) {
        return;
    }
    const auto request = checkedRequest();
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
    for (QLabel* label : {ui_->amountLabel, ui_->slippageLabel, ui_->routeLabel, ui_->tryLabel,
                          ui_->getLabel, ui_->slippageUnit}) {
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
