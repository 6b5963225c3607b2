#include "ui/order_detail.h"

#include <QGridLayout>
#include <QLabel>
#include <QSplitter>
#include <QTabWidget>
#include <QTimer>
#include <QVBoxLayout>

#include "execution/explain.h"
#include "ui/data_table.h"
#include "ui/format.h"
#include "ui/order_words.h"
#include "ui/receipt_view.h"
#include "ui/route_words.h"

namespace oee::ui {
namespace {

constexpr std::chrono::seconds kReceiptInterval{1};
// The last markout is a minute after the landing; who never gets one is not asked for ever.
constexpr int kMostAsks = 120;
// Amounts go before the signature where there is not room for all.
constexpr int kSignatureFrom = 700;

}  // namespace

OrderDetail::OrderDetail(const Parts& parts, QWidget* parent)
    : QWidget(parent),
      engine_(parts.engine),
      tokens_(parts.tokens),
      theme_(parts.theme),
      events_(parts.tokens),
      fills_(parts.tokens),
      legs_(parts.tokens),
      title_(new QLabel(this)),
      reason_(new QLabel(this)),
      eventsTable_(new DataTable(events_, parts.theme, this)),
      fillsTable_(new DataTable(fills_, parts.theme, this)),
      legsTable_(new DataTable(legs_, parts.theme, this)),
      receiptView_(new ReceiptView(parts.tokens, parts.theme)),
      tabs_(new QTabWidget(this)),
      receiptTimer_(new QTimer(this)) {
    title_->setObjectName(QStringLiteral("detailTitle"));
    title_->setText(tr("Open an order from a table to see its execution path."));
    title_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    title_->setTextFormat(Qt::PlainText);
    reason_->setWordWrap(true);
    reason_->setTextFormat(Qt::PlainText);
    reason_->setObjectName(QStringLiteral("detailReason"));
    reason_->hide();
    auto* facts = new QGridLayout;
    facts->setHorizontalSpacing(16);
    facts->setVerticalSpacing(0);
    state_ = addFact(*facts, tr("State"), "detailState");
    expected_ = addFact(*facts, tr("Expected"), "detailExpected");
    limit_ = addFact(*facts, tr("At least"), "detailMinimum");
    spent_ = addFact(*facts, tr("Spent"), "detailSpent");
    received_ = addFact(*facts, tr("Received"), "detailReceived");
    fee_ = addFact(*facts, tr("Network fee"), "detailFee");
    signature_ = addFact(*facts, tr("Signature"), "detailSignature");
    signature_->setProperty("figures", "mono");
    facts->setColumnStretch(facts->columnCount(), 1);

    buildTabs();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 0);
    layout->setSpacing(4);
    layout->addWidget(title_);
    layout->addLayout(facts);
    layout->addWidget(reason_);
    layout->addWidget(tabs_, 1);
    connect(receiptTimer_, &QTimer::timeout, this, [this] {
        if (isVisible() && asksLeft_ > 0) {
            --asksLeft_;
            ask();
        }
    });
    receiptTimer_->setInterval(kReceiptInterval);
}

void OrderDetail::buildTabs() {
    eventsTable_->setObjectName(QStringLiteral("detailEvents"));
    eventsTable_->setAccessibleName(tr("Execution path"));
    eventsTable_->leaveOut(EventsModel::order);
    // A path is read from its beginning.
    eventsTable_->sortByColumn(EventsModel::time, Qt::AscendingOrder);
    fillsTable_->setObjectName(QStringLiteral("detailFills"));
    fillsTable_->setAccessibleName(tr("Fills of the order"));
    auto* path = new QSplitter(Qt::Vertical, this);
    path->addWidget(eventsTable_);
    path->addWidget(fillsTable_);
    path->setStretchFactor(0, 3);
    path->setStretchFactor(1, 1);
    tabs_->setObjectName(QStringLiteral("detailTabs"));
    tabs_->addTab(path, tr("Pat&h"));
    tabs_->addTab(makeRouteTab(), tr("Planned route"));
    tabs_->addTab(receiptView_, tr("Receipt"));
    tabs_->setCornerWidget(receiptView_->copyButton());
}

QWidget* OrderDetail::makeRouteTab() {
    legsTable_->setObjectName(QStringLiteral("detailLegs"));
    legsTable_->setAccessibleName(tr("Legs as planned and as filled"));
    legsTable_->sortByColumn(LegsModel::leg, Qt::AscendingOrder);
    legsTable_->leaveOut(LegsModel::priceMove);
    auto* none = new QLabel(tr("No route has been planned yet."));
    none->setProperty("role", "secondary");
    legsTable_->setEmptyWidget(none);
    auto* tab = new QWidget(this);
    routeNote_ = new QLabel(tab);
    routeNote_->setObjectName(QStringLiteral("detailRoute"));
    routeNote_->setProperty("role", "hint");
    routeNote_->setProperty("figures", true);
    routeNote_->setTextFormat(Qt::PlainText);
    routeNote_->setWordWrap(true);
    auto* layout = new QVBoxLayout(tab);
    layout->setContentsMargins(0, 4, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(routeNote_);
    layout->addWidget(legsTable_, 1);
    return tab;
}

QLabel* OrderDetail::addFact(QGridLayout& facts, const QString& name, const char* objectName) {
    const int column = facts.count() == 0 ? 0 : facts.columnCount();
    auto* label = new QLabel(name, this);
    label->setProperty("role", "hint");
    label->setObjectName(QLatin1String(objectName) + QLatin1String("Name"));
    auto* value = new QLabel(unknownText(), this);
    value->setObjectName(QLatin1String(objectName));
    value->setAccessibleName(name);
    value->setProperty("figures", true);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    facts.addWidget(label, 0, column);
    facts.addWidget(value, 1, column);
    return value;
}

void OrderDetail::open(const domain::OrderId& orderId) {
    if (orderId_ != orderId) {
        orderId_ = orderId;
        order_.reset();
        events_.clear();
        fills_.clear();
        legs_.setRows({});
        receipt_.reset();
        receiptTimer_->stop();
    }
    asksLeft_ = kMostAsks;
    ask();
}

void OrderDetail::ask() {
    engine_.order(*orderId_, this,
                  [this, orderId = *orderId_](const auto& answer) { takeAnswer(orderId, answer); });
}

void OrderDetail::takeAnswer(
    const domain::OrderId& orderId,
    const tl::expected<runtime::OrderDetail, execution::StoreError>& answer) {
    if (orderId_ != orderId) {
        return;  // somebody opened another one meanwhile
    }
    if (!answer) {
        title_->setText(
            tr("Order %1 could not be read. %2")
                .arg(orderIdText(orderId), fromStd(execution::explain(answer.error()))));
        return;
    }
    std::vector<LogLine> lines;
    for (const domain::OrderEvent& event : answer->events) {
        LogLine line = events_.lineOf(event);
        line.orderId = orderId;
        lines.push_back(std::move(line));
    }
    events_.merge(std::move(lines));
    fills_.merge(answer->fills);
    receipt_ = answer->receipt;
    if (!order_ || answer->order->updatedAtMicros >= order_->updatedAtMicros) {
        order_ = answer->order;
    }
    showOrder(*order_);
}

void OrderDetail::take(const Batch& batch) {
    if (!orderId_) {
        return;
    }
    std::vector<LogLine> lines;
    for (const runtime::OrderEventPtr& event : batch.events) {
        if (event->order && event->order->id == *orderId_) {
            lines.push_back(events_.lineOf(*event));
            order_ = event->order;
        }
    }
    std::vector<domain::Fill> fills;
    for (const domain::Fill& fill : batch.fills) {
        if (fill.orderId == *orderId_) {
            fills.push_back(fill);
        }
    }
    if (lines.empty() && fills.empty()) {
        return;
    }
    events_.merge(std::move(lines));
    fills_.merge(std::move(fills));
    if (order_) {
        showOrder(*order_);
    }
}

// What was asked beyond the usual about sending it again.
QString OrderDetail::retriesOf(const domain::Order& order) {
    QString text;
    if (order.onRevert == domain::OnRevert::requote) {
        text += tr(", quoted anew after a revert");
    }
    if (order.deadlineMicros) {
        text += tr(", until %1").arg(timeText(*order.deadlineMicros));
    }
    return text;
}

void OrderDetail::showOrder(const domain::Order& order) {
    title_->setText(sentenceOf(order, tokens_) +
                    tr(", slippage %1 %").arg(percentText(order.slippageBps)) + retriesOf(order) +
                    QStringLiteral("  ·  ") + orderIdText(order.id));
    state_->setText(glyphAndWord(order.status));
    state_->setStyleSheet(
        QStringLiteral("color:%1").arg(theme_.colors().of(toneOf(order.status)).name()));
    showAmounts(order);
    showRoute(order);
    showReceipt(order);
    const auto& done = order.execution;
    fee_->setText(done ? exactAmount(done->networkFeeLamports, domain::kSolDecimals) +
                             QStringLiteral(" SOL")
                       : unknownText());
    signature_->setText(order.signature ? shortSignature(*order.signature) : unknownText());
    signature_->setToolTip(order.signature ? fromStd(domain::toBase58(*order.signature))
                                           : QString());
    reason_->setText(order.failure ? fromStd(execution::explain(*order.failure)) : QString());
    reason_->setStyleSheet(QStringLiteral("color:%1").arg(theme_.colors().bad.name()));
    reason_->setVisible(order.failure.has_value());
}

void OrderDetail::showAmounts(const domain::Order& order) {
    const bool exactIn = order.mode == domain::RouteMode::exactIn;
    const domain::Pubkey& found = exactIn ? order.outputMint : order.inputMint;
    const auto amount = [&](QLabel& label, std::optional<std::uint64_t> amountRaw,
                            const domain::Pubkey& mint, Rounding rounding = Rounding::nearest) {
        label.setText(amountRaw
                          ? tokens_.shown(*amountRaw, mint, rounding) + u' ' + tokens_.symbol(mint)
                          : unknownText());
        label.setToolTip(amountRaw ? tokens_.exact(*amountRaw, mint) : QString());
    };
    using Amount = std::optional<std::uint64_t>;
    const auto& plan = order.plan;
    const auto& done = order.execution;
    amount(*expected_,
           plan ? Amount(exactIn ? plan->expectedOutRaw : plan->amountInRaw) : std::nullopt, found);
    const QString limitName = exactIn ? tr("At least") : tr("At most");
    nameOf(*limit_).setText(limitName);
    limit_->setAccessibleName(limitName);
    amount(*limit_,
           plan ? Amount(exactIn ? plan->minAmountOutRaw : plan->maxAmountInRaw) : std::nullopt,
           found, exactIn ? Rounding::down : Rounding::up);
    amount(*spent_, done ? Amount(done->amountInRaw) : std::nullopt, order.inputMint);
    amount(*received_, done ? Amount(done->amountOutRaw) : std::nullopt, order.outputMint);
    // What was ordered stands in the title; the other end of the trade is what there is to know.
    for (const auto& [fact, isShown] : {std::pair{spent_, !exactIn}, {received_, exactIn}}) {
        fact->setVisible(isShown);
        nameOf(*fact).setVisible(isShown);
    }
}

QLabel& OrderDetail::nameOf(const QLabel& fact) const {
    return *findChild<QLabel*>(fact.objectName() + QLatin1String("Name"));
}

void OrderDetail::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    const bool wide = width() >= kSignatureFrom;
    signature_->setVisible(wide);
    nameOf(*signature_).setVisible(wide);
}

void OrderDetail::showRoute(const domain::Order& order) {
    if (!order.plan) {
        legs_.setRows({});
        routeNote_->clear();
        return;
    }
    const domain::PlanSummary& plan = *order.plan;
    std::vector<domain::Fill> fills;
    for (int row = 0; row < fills_.rowCount(); ++row) {
        fills.push_back(fills_.at(row));
    }
    legs_.setRows(legRowsOf(plan, fills));
    const bool exactIn = order.mode == domain::RouteMode::exactIn;
    const domain::Pubkey& found = exactIn ? order.outputMint : order.inputMint;
    const QString bound = tokens_.exact(plan.boundRaw, found);
    routeNote_->setText(
        tr("%1 when it was planned: no plan %2.")
            .arg(gapSentence(plan.gapPpb, bestWords(order.route.scope, order.route.venue)),
                 exactIn ? tr("brought more than %1 after network fees").arg(bound)
                         : tr("cost less than %1").arg(bound)));
}

bool OrderDetail::waitsForReceipt() const {
    return order_ && order_->status == domain::OrderStatus::confirmed && asksLeft_ > 0 &&
           (!receipt_ || receipt_->markouts.size() < domain::kMarkoutSeconds.size());
}

void OrderDetail::showReceipt(const domain::Order& order) {
    QString why = tr("The receipt comes once the order has landed.");
    if (order.status == domain::OrderStatus::confirmed) {
        why = tr("No receipt has been made of this order.");
    } else if (domain::isTerminal(order.status)) {
        why = tr("The order did not land: there is no receipt.");
    }
    receiptView_->show(receipt_, why);
    if (waitsForReceipt() != receiptTimer_->isActive()) {
        waitsForReceipt() ? receiptTimer_->start() : receiptTimer_->stop();
    }
}

void OrderDetail::applyTheme() {
    if (order_) {
        showOrder(*order_);
    }
    eventsTable_->viewport()->update();
    fillsTable_->viewport()->update();
    legsTable_->viewport()->update();
    receiptView_->applyTheme();
}

}  // namespace oee::ui
