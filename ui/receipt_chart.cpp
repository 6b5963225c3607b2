#include "ui/receipt_chart.h"

#include <algorithm>

#include <QScrollArea>
#include <QVBoxLayout>

#include <qcustomplot.h>

#include "ui/format.h"

namespace oee::ui {
namespace {

constexpr int kRowHeight = 16;
constexpr int kHeaderHeight = 16;
constexpr int kNameWidth = 108;
constexpr int kAmountWidth = 112;
constexpr int kBpsWidth = 60;
constexpr double kBarShare = 0.62;

double drawn(base::i128 raw) {
    return static_cast<double>(raw);
}

}  // namespace

ReceiptChart::ReceiptChart(const TokenBook& tokens, const Theme& theme, QWidget* parent)
    : QWidget(parent),
      tokens_(tokens),
      theme_(theme),
      scroll_(new QScrollArea(this)),
      plot_(new QCustomPlot) {
    plot_->setObjectName(QStringLiteral("receiptChart"));
    plot_->setAccessibleName(tr("Where the value went"));
    plot_->setFocusPolicy(Qt::NoFocus);
    plot_->axisRect()->setAutoMargins(QCP::msNone);
    plot_->axisRect()->setMargins(
        QMargins(kNameWidth, kHeaderHeight, kAmountWidth + kBpsWidth + 8, 2));
    plot_->xAxis->setVisible(false);
    plot_->yAxis->setRangeReversed(true);
    plot_->yAxis->setVisible(false);
    scroll_->setWidget(plot_);
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll_->setFocusPolicy(Qt::NoFocus);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(scroll_);
    applyTheme();
}

void ReceiptChart::show(const domain::Receipt& receipt) {
    if (receipt_ != receipt) {
        receipt_ = receipt;
        rebuild();
    }
}

void ReceiptChart::applyTheme() {
    const QColor& panel = theme_.colors().panel;
    plot_->setBackground(QBrush(panel));
    scroll_->viewport()->setStyleSheet(QStringLiteral("background:%1").arg(panel.name()));
    rebuild();
}

void ReceiptChart::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    rebuild();
}

void ReceiptChart::rebuild() {
    plot_->clearPlottables();
    plot_->clearItems();
    if (!receipt_) {
        return;
    }
    const std::vector<ReceiptStep> steps = stepsOf(*receipt_);
    const int rows = static_cast<int>(steps.size());
    plot_->resize(scroll_->viewport()->width(), kHeaderHeight + rows * kRowHeight + 4);
    plot_->yAxis->setRange(-0.5, rows - 0.5);
    setAxis(steps);
    const QColor& secondary = theme_.colors().secondary;
    addText(-1, edgeOf(Column::amount), Qt::AlignRight, tokens_.symbol(receipt_->outputMint),
            secondary);
    addText(-1, edgeOf(Column::bps), Qt::AlignRight, tr("bps"), secondary);
    QString description;
    for (int row = 0; row < rows; ++row) {
        const ReceiptStep& step = steps[static_cast<std::size_t>(row)];
        addBar(row, step);
        addNumbers(row, step);
        if (row + 1 < rows) {
            addConnector(row, step);
        }
        description +=
            QStringLiteral("%1: %2, %3 bps; ")
                .arg(step.name, signedAmount(step.changeRaw(), receipt_->outputMint, tokens_),
                     changeBps(step.changeRaw(), *receipt_));
    }
    plot_->setAccessibleDescription(description);
    plot_->replot(QCustomPlot::rpQueuedReplot);
}

void ReceiptChart::setAxis(const std::vector<ReceiptStep>& steps) {
    double low = drawn(steps.front().toRaw);
    double high = low;
    for (const ReceiptStep& step : steps) {
        low = std::min(low, drawn(step.toRaw));
        high = std::max(high, drawn(step.toRaw));
    }
    const double span = std::max(high - low, std::max(high * 1e-6, 1.0));
    const double from = std::max(0.0, low - 0.35 * span);
    plot_->xAxis->setRange(from, high + 0.02 * span);
    if (from > 0) {
        addText(-1, 0, Qt::AlignLeft,
                tr("Bars begin at %1")
                    .arg(tokens_.shown(static_cast<std::uint64_t>(from), receipt_->outputMint)),
                theme_.colors().secondary);
    }
}

QColor ReceiptChart::colorOf(const ReceiptStep& step) const {
    const Colors& colors = theme_.colors();
    if (step.kind == ReceiptStep::Kind::total) {
        return colors.accent;
    }
    return step.changeRaw() < 0 ? colors.bad : colors.good;
}

void ReceiptChart::addBar(int row, const ReceiptStep& step) {
    const double axisFrom = plot_->xAxis->range().lower;
    const double from = step.kind == ReceiptStep::Kind::total ? axisFrom : drawn(step.fromRaw);
    auto* bar = new QCPBars(plot_->yAxis, plot_->xAxis);
    bar->setWidth(kBarShare);
    bar->setBaseValue(from);
    bar->setBrush(colorOf(step));
    bar->setPen(Qt::NoPen);
    bar->setAntialiased(false);
    bar->addData(row, drawn(step.toRaw) - from);
}

// From the end of a step down to where the next one begins.
void ReceiptChart::addConnector(int row, const ReceiptStep& step) {
    auto* line = new QCPItemLine(plot_);
    line->setPen(QPen(theme_.colors().line, 1));
    line->start->setCoords(drawn(step.toRaw), row + kBarShare / 2);
    line->end->setCoords(drawn(step.toRaw), row + 1 - kBarShare / 2);
}

void ReceiptChart::addNumbers(int row, const ReceiptStep& step) {
    const Colors& colors = theme_.colors();
    const bool total = step.kind == ReceiptStep::Kind::total;
    const base::i128 change = step.changeRaw();
    const QColor color = total ? colors.text : change == 0 ? colors.secondary : colorOf(step);
    addText(row, 0, Qt::AlignLeft, step.name, total ? colors.text : colors.secondary);
    const QString amount = signedAmount(total ? step.toRaw : change, receipt_->outputMint, tokens_);
    addText(row, edgeOf(Column::amount), Qt::AlignRight,
            total && amount.startsWith(u'+') ? amount.mid(1) : amount, color);
    addText(row, edgeOf(Column::bps), Qt::AlignRight,
            total ? QString() : changeBps(change, *receipt_), color);
}

double ReceiptChart::edgeOf(Column column) const {
    return plot_->width() - (column == Column::bps ? 4 : kBpsWidth + 4);
}

void ReceiptChart::addText(int row, double x, Qt::Alignment side, const QString& text,
                           const QColor& color) {
    const bool header = row < 0;
    auto* item = new QCPItemText(plot_);
    item->setClipToAxisRect(false);
    item->position->setTypeX(QCPItemPosition::ptAbsolute);
    item->position->setTypeY(header ? QCPItemPosition::ptAbsolute : QCPItemPosition::ptPlotCoords);
    item->position->setCoords(x, header ? kHeaderHeight / 2.0 : row);
    item->setPositionAlignment(side | Qt::AlignVCenter);
    item->setFont(header ? theme_.fonts().small : theme_.fonts().number);
    item->setColor(color);
    item->setText(text);
}

}  // namespace oee::ui
