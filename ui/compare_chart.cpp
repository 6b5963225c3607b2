#include "ui/compare_chart.h"

#include <algorithm>
#include <cmath>

#include <QLabel>
#include <QScrollArea>
#include <QStackedLayout>
#include <QVBoxLayout>

#include <qcustomplot.h>

#include "ui/format.h"
#include "ui/order_words.h"

namespace oee::ui {
namespace {

constexpr int kRowHeight = 28;
constexpr int kHeaderHeight = 24;
constexpr int kNameWidth = 196;
constexpr int kGap = 12;
// Pools that pay less than this share of the best are off the axis; their numbers still stand.
constexpr double kShownShare = 0.97;
constexpr double kSmallestSpan = 1e-4;

enum NumberColumn { pays, difference, impact, fee, numberColumnCount };
constexpr std::array<int, numberColumnCount> kColumnWidths{132, 88, 72, 64};

int numbersWidth() {
    int width = kGap;
    for (const int column : kColumnWidths) {
        width += column;
    }
    return width;
}

// Right edge of a column, in pixels from the right edge of the plot.
int columnEdge(int column) {
    int edge = 0;
    for (int later = column + 1; later < numberColumnCount; ++later) {
        edge += kColumnWidths[static_cast<std::size_t>(later)];
    }
    return edge + kGap / 2;
}

}  // namespace

CompareChart::CompareChart(const TokenBook& tokens, const Theme& theme, QWidget* parent)
    : QWidget(parent),
      tokens_(tokens),
      theme_(theme),
      plot_(new QCustomPlot),
      scroll_(new QScrollArea(this)),
      caption_(new QLabel(this)),
      message_(new QLabel(this)) {
    plot_->setObjectName(QStringLiteral("compareChart"));
    plot_->setAccessibleName(tr("What each pool would pay"));
    plot_->setFocusPolicy(Qt::NoFocus);
    plot_->axisRect()->setAutoMargins(QCP::msNone);
    plot_->axisRect()->setMargins(QMargins(kNameWidth, kHeaderHeight, numbersWidth(), 4));
    plot_->xAxis->setVisible(false);
    plot_->yAxis->setRangeReversed(true);
    plot_->yAxis->setTicks(false);
    plot_->yAxis->setSubTicks(false);
    plot_->yAxis->grid()->setVisible(false);
    plot_->yAxis->setBasePen(Qt::NoPen);
    plot_->yAxis->setTickLabels(false);
    scroll_->setWidget(plot_);
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll_->setWidgetResizable(false);
    scroll_->setFocusPolicy(Qt::NoFocus);
    caption_->setProperty("role", "hint");
    caption_->setProperty("figures", true);
    caption_->setWordWrap(true);
    message_->setProperty("role", "secondary");
    message_->setAlignment(Qt::AlignCenter);
    message_->setWordWrap(true);
    message_->setObjectName(QStringLiteral("compareMessage"));

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(4);
    layout->addWidget(scroll_, 1);
    layout->addWidget(message_, 1);
    layout->addWidget(caption_);
    applyTheme();
}

void CompareChart::show(const std::shared_ptr<const runtime::QuoteView>& quote,
                        const QString& why) {
    quote_ = quote;
    // A plan without quotes: only other tokens connect the pair.
    message_->setText(quote ? tr("No pool trades %1 for %2 itself: the route goes through other "
                                 "tokens.")
                                  .arg(fromStd(quote->input.symbol), fromStd(quote->output.symbol))
                            : why);
    rebuild();
}

void CompareChart::applyTheme() {
    const Colors& colors = theme_.colors();
    plot_->setBackground(QBrush(colors.panel));
    scroll_->viewport()->setStyleSheet(QStringLiteral("background:%1").arg(colors.panel.name()));
    rebuild();
}

void CompareChart::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    rebuild();
}

void CompareChart::clearPlot() {
    plot_->clearPlottables();
    plot_->clearItems();
}

void CompareChart::fitHeight() {
    const int rows = quote_ ? static_cast<int>(quote_->board.quotes.size()) : 0;
    const int height = kHeaderHeight + rows * kRowHeight + 8;
    plot_->resize(scroll_->viewport()->width(), std::max(height, 1));
    plot_->yAxis->setRange(-0.5, std::max(rows, 1) - 0.5);
}

CompareChart::Axis CompareChart::axisOf(const routing::QuoteBoard& board) {
    const auto best = static_cast<double>(board.quotes.front().netOutRaw);
    double worst = best;
    for (const routing::PoolQuote& quote : board.quotes) {
        const auto out = static_cast<double>(quote.netOutRaw);
        if (out >= best * kShownShare) {
            worst = std::min(worst, out);
        }
    }
    const double span = std::max(best - worst, best * kSmallestSpan);
    const Axis wanted{std::max(0.0, worst - 0.35 * span), best + 0.02 * span};
    const QString question = fromStd(quote_->input.symbol) + u'>' + fromStd(quote_->output.symbol) +
                             QString::number(quote_->amountInRaw);
    const bool sameQuestion = question == lastQuestion_;
    const bool stillServes = lastAxis_.from < worst && lastAxis_.to >= best &&
                             best - worst > 0.4 * (lastAxis_.to - lastAxis_.from);
    if (!sameQuestion || !stillServes) {
        lastAxis_ = wanted;
        lastQuestion_ = question;
    }
    return lastAxis_;
}

void CompareChart::rebuild() {
    clearPlot();
    const bool any = quote_ && !quote_->board.quotes.empty();
    scroll_->setVisible(any);
    message_->setVisible(!any);
    caption_->setVisible(any);
    fitHeight();
    if (any) {
        const routing::QuoteBoard& board = quote_->board;
        const Axis axis = axisOf(board);
        plot_->xAxis->setRange(axis.from, axis.to);
        addText(-1, pays, tr("pays %1").arg(fromStd(quote_->output.symbol)),
                theme_.colors().secondary);
        addText(-1, difference, tr("vs best bps"), theme_.colors().secondary);
        addText(-1, impact, tr("impact bps"), theme_.colors().secondary);
        addText(-1, fee, tr("fee bps"), theme_.colors().secondary);
        int row = 0;
        for (const routing::PoolQuote& quote : board.quotes) {
            addBar(row, quote, axis);
            addNumbers(row, quote, board.quotes.front());
            ++row;
        }
        const auto from = static_cast<std::uint64_t>(axis.from);
        QString caption =
            tr("Bars begin at %1 %2 and are net of the network fee.")
                .arg(tokens_.shown(from, quote_->output.mint), fromStd(quote_->output.symbol));
        if (board.quotes.back().netOutRaw < from) {
            caption += tr(" Pools without a bar pay less than that.");
        }
        for (const routing::PoolRefusal& refusal : board.refusals) {
            caption += tr(" %1 cannot: %2.")
                           .arg(poolText(refusal.program, refusal.pool),
                                fromView(amm::nameOf(refusal.error)));
        }
        caption_->setText(caption);
    }
    describe();
    plot_->replot(QCustomPlot::rpQueuedReplot);
}

void CompareChart::addBar(int row, const routing::PoolQuote& quote, const Axis& axis) {
    const Colors& colors = theme_.colors();
    const bool best = row == 0;
    QColor color = colors.of(toneOf(domain::venueOf(quote.program)));
    auto* bars = new QCPBars(plot_->yAxis, plot_->xAxis);
    bars->setWidth(0.56);
    bars->setBaseValue(axis.from);
    QColor fill = color;
    fill.setAlphaF(best ? 1.0F : 0.55F);
    bars->setBrush(fill);
    bars->setPen(best ? QPen(colors.best, 1.5) : QPen(Qt::NoPen));
    bars->setAntialiased(false);
    bars->addData(row, std::max(static_cast<double>(quote.netOutRaw) - axis.from, 0.0));

    auto* name = new QCPItemText(plot_);
    name->setClipToAxisRect(false);
    name->position->setTypeX(QCPItemPosition::ptAbsolute);
    name->position->setTypeY(QCPItemPosition::ptPlotCoords);
    name->position->setCoords(0, row);
    name->setPositionAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    name->setFont(theme_.fonts().base);
    name->setColor(colors.text);
    name->setText(poolText(quote.program, quote.pool));
}

void CompareChart::addNumbers(int row, const routing::PoolQuote& quote,
                              const routing::PoolQuote& best) {
    const Colors& colors = theme_.colors();
    addText(row, pays, tokens_.shown(quote.swap.amountOutRaw, quote_->output.mint), colors.text);
    if (row == 0) {
        addText(row, difference, tr("best \u25C2"), colors.best);
    } else {
        const std::uint64_t tenths =
            best.netOutRaw == 0 ? 0 : tenthsOfBpsBelow(quote.netOutRaw, best.netOutRaw);
        addText(row, difference, bpsText(-static_cast<double>(tenths) / 10.0),
                tenths == 0 ? colors.secondary : colors.bad);
    }
    addText(row, impact, bpsText(-quote.priceImpactBps), colors.secondary);
    addText(row, fee, unsignedBpsText(quote.feeBps), colors.secondary);
}

void CompareChart::addText(int row, int column, const QString& text, const QColor& color) {
    auto* item = new QCPItemText(plot_);
    item->setClipToAxisRect(false);
    item->position->setTypeX(QCPItemPosition::ptAbsolute);
    const bool header = row < 0;
    item->position->setTypeY(header ? QCPItemPosition::ptAbsolute : QCPItemPosition::ptPlotCoords);
    item->position->setCoords(plot_->width() - columnEdge(column),
                              header ? kHeaderHeight / 2 : row);
    item->setPositionAlignment(Qt::AlignRight | Qt::AlignVCenter);
    item->setFont(header ? theme_.fonts().small : theme_.fonts().number);
    item->setColor(color);
    item->setText(text);
}

void CompareChart::describe() {
    QString text;
    if (quote_) {
        for (const routing::PoolQuote& quote : quote_->board.quotes) {
            text += QStringLiteral("%1: %2; ")
                        .arg(poolText(quote.program, quote.pool),
                             tokens_.exact(quote.swap.amountOutRaw, quote_->output.mint));
        }
    }
    plot_->setAccessibleDescription(text.isEmpty() ? message_->text() : text);
}

}  // namespace oee::ui
