#include "ui/order_detail.h"

#include <QGridLayout>
#include <QLabel>
#include <QSplitter>
#include <QVBoxLayout>

#include "execution/explain.h"
#include "ui/data_table.h"
#include "ui/format.h"
#include "ui/order_words.h"

namespace oee::ui {

OrderDetail::OrderDetail(const Parts& parts, QWidget* parent)
    : QWidget(parent),
      engine_(parts.engine),
      tokens_(parts.tokens),
      theme_(parts.theme),
      events_(parts.tokens),
      fills_(parts.tokens),
      title_(new QLabel(this)),
      reason_(new QLabel(this)),
      eventsTable_(new DataTable(events_, parts.theme, this)),
      fillsTable_(new DataTable(fills_, parts.theme, this)) {
    title_->setObjectName(QStringLiteral("detailTitle"));
    title_->setText(tr("Open an order from a table to see its execution path."));
    title_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    title_->setTextFormat(Qt::PlainText);
    reason_->setWordWrap(true);
    reason_->setTextFormat(Qt::PlainText);
    reason_->setObjectName(QStringLiteral("detailReason"));
    reason_->hide();
    eventsTable_->setObjectName(QStringLiteral("detailEvents"));
    eventsTable_->setAccessibleName(tr("Execution path"));
    eventsTable_->leaveOut(EventsModel::order);
    // A path is read from its beginning.
    eventsTable_->sortByColumn(EventsModel::time, Qt::AscendingOrder);
    fillsTable_->setObjectName(QStringLiteral("detailFills"));
    fillsTable_->setAccessibleName(tr("Fills of the order"));

    auto* facts = new QGridLayout;
    facts->setHorizontalSpacing(24);
    facts->setVerticalSpacing(0);
    state_ = addFact(*facts, 0, tr("State"), "detailState");
    expected_ = addFact(*facts, 1, tr("Expected"), "detailExpected");
    minimum_ = addFact(*facts, 2, tr("At least"), "detailMinimum");
    received_ = addFact(*facts, 3, tr("Received"), "detailReceived");
    fee_ = addFact(*facts, 4, tr("Network fee"), "detailFee");
    signature_ = addFact(*facts, 5, tr("Signature"), "detailSignature");
    signature_->setProperty("figures", "mono");
    facts->setColumnStretch(6, 1);

    auto* tables = new QSplitter(Qt::Vertical, this);
    tables->addWidget(eventsTable_);
    tables->addWidget(fillsTable_);
    tables->setStretchFactor(0, 3);
    tables->setStretchFactor(1, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 0);
    layout->setSpacing(4);
    layout->addWidget(title_);
    layout->addLayout(facts);
    layout->addWidget(reason_);
    layout->addWidget(tables, 1);
}

QLabel* OrderDetail::addFact(QGridLayout& facts, int column, const QString& name,
                             const char* objectName) {
    auto* label = new QLabel(name, this);
    label->setProperty("role", "hint");
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
    }
    engine_.order(orderId, this,
                  [this, orderId](const auto& answer) { takeAnswer(orderId, answer); });
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

void OrderDetail::showOrder(const domain::Order& order) {
    title_->setText(sentenceOf(order, tokens_) +
                    tr(", slippage %1 %").arg(percentText(order.slippageBps)) +
                    QStringLiteral("  ·  ") + orderIdText(order.id));
    state_->setText(glyphAndWord(order.status));
    state_->setStyleSheet(
        QStringLiteral("color:%1").arg(theme_.colors().of(toneOf(order.status)).name()));
    const QString out = u' ' + tokens_.symbol(order.outputMint);
    const auto amount = [&](QLabel& label, std::optional<std::uint64_t> amountRaw,
                            Rounding rounding) {
        label.setText(amountRaw ? tokens_.shown(*amountRaw, order.outputMint, rounding) + out
                                : unknownText());
        label.setToolTip(amountRaw ? tokens_.exact(*amountRaw, order.outputMint) : QString());
    };
    const auto& plan = order.plan;
    const auto& done = order.execution;
    amount(*expected_, plan ? std::optional(plan->expectedOutRaw) : std::nullopt,
           Rounding::nearest);
    amount(*minimum_, plan ? std::optional(plan->minAmountOutRaw) : std::nullopt, Rounding::down);
    amount(*received_, done ? std::optional(done->amountOutRaw) : std::nullopt, Rounding::nearest);
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

void OrderDetail::applyTheme() {
    if (order_) {
        showOrder(*order_);
    }
    eventsTable_->viewport()->update();
    fillsTable_->viewport()->update();
}

}  // namespace oee::ui
