#include "ui/depth_chart.h"

#include <algorithm>
#include <cmath>

#include <QLabel>
#include <QVBoxLayout>

#include <qcustomplot.h>

#include "ui/format.h"
#include "ui/order_words.h"

namespace oee::ui {
namespace {

// Around the middle at first: what lies further away is one turn of the wheel off.
constexpr double kShownShare = 0.03;

}  // namespace

struct DepthChart::Curve {
    QVector<double> price;
    QVector<double> amount;  // cumulative
};

DepthChart::DepthChart(const TokenBook& tokens, const Theme& theme, QWidget* parent)
    : QWidget(parent),
      tokens_(tokens),
      theme_(theme),
      plot_(new QCustomPlot(this)),
      caption_(new QLabel(this)) {
    plot_->setObjectName(QStringLiteral("depthChart"));
    plot_->setAccessibleName(tr("Order book by venue"));
    plot_->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    plot_->axisRect()->setRangeDrag(Qt::Horizontal);
    plot_->axisRect()->setRangeZoom(Qt::Horizontal);
    connect(plot_, &QCustomPlot::mouseDoubleClick, this, [this] {
        shownPair_.reset();
        rebuild();
    });
    caption_->setProperty("role", "hint");
    caption_->setProperty("figures", true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->setSpacing(4);
    layout->addWidget(plot_, 1);
    layout->addWidget(caption_);
    applyTheme();
}

void DepthChart::show(const routing::OrderBook& book) {
    book_ = book;
    rebuild();
}

void DepthChart::showNothing(const QString& why) {
    book_.reset();
    rebuild();
    caption_->setText(why);
}

void DepthChart::applyTheme() {
    const Colors& colors = theme_.colors();
    plot_->setBackground(QBrush(colors.panel));
    for (QCPAxis* axis : {plot_->xAxis, plot_->yAxis}) {
        axis->setBasePen(QPen(colors.line));
        axis->setTickPen(QPen(colors.line));
        axis->setSubTicks(false);
        axis->setTickLabelColor(colors.secondary);
        axis->setLabelColor(colors.secondary);
        axis->setTickLabelFont(theme_.fonts().smallNumber);
        axis->setLabelFont(theme_.fonts().small);
        axis->setNumberFormat(QStringLiteral("f"));
        axis->grid()->setPen(QPen(colors.line, 1, Qt::DotLine));
        axis->grid()->setZeroLinePen(QPen(colors.line));
    }
    rebuild();
}

double DepthChart::baseOf(const routing::BookLevel& level) const {
    const domain::Token* base = tokens_.find(book_->baseMint);
    return static_cast<double>(level.amountBaseRaw) /
           std::pow(10.0, base != nullptr ? base->decimals : 0);
}

double DepthChart::priceOf(const routing::BookLevel& level) const {
    const domain::Token* quote = tokens_.find(book_->quoteMint);
    return static_cast<double>(level.amountQuoteRaw) /
           std::pow(10.0, quote != nullptr ? quote->decimals : 0) / baseOf(level);
}

DepthChart::Curve DepthChart::curveOf(domain::Venue venue, BookSide side) const {
    Curve curve;
    double total = 0;
    for (const routing::BookLevel& level : side == BookSide::bids ? book_->bids : book_->asks) {
        if (domain::venueOf(level.program) != venue || level.amountBaseRaw == 0) {
            continue;
        }
        // A step up at the level's price, then flat to the next one.
        curve.price << priceOf(level) << priceOf(level);
        curve.amount << total << total + baseOf(level);
        total += baseOf(level);
    }
    // Further out there is at least as much: flat to the end of the book.
    const auto& levels = side == BookSide::bids ? book_->bids : book_->asks;
    if (!curve.price.isEmpty() && levels.back().amountBaseRaw > 0) {
        curve.price << priceOf(levels.back());
        curve.amount << total;
    }
    return curve;
}

void DepthChart::rebuild() {
    plot_->clearGraphs();
    plot_->clearItems();
    if (book_) {
        for (const domain::Venue venue : {domain::Venue::raydium, domain::Venue::meteora}) {
            for (const BookSide side : {BookSide::bids, BookSide::asks}) {
                const Curve curve = curveOf(venue, side);
                QCPGraph* graph = plot_->addGraph();
                const QColor color = theme_.colors().of(toneOf(venue));
                QColor fill = color;
                fill.setAlphaF(0.14F);
                graph->setPen(QPen(color, 1.6));
                graph->setBrush(fill);
                // In the order of the book, which falls in price for bids: sorting would tie the
                // two ends of each step the wrong way round.
                Curve rising = curve;
                if (side == BookSide::bids) {
                    std::reverse(rising.price.begin(), rising.price.end());
                    std::reverse(rising.amount.begin(), rising.amount.end());
                }
                graph->setData(rising.price, rising.amount, true);
            }
        }
        fitAxes();
        addLegend();
        const QString base = tokens_.symbol(book_->baseMint);
        const QString quote = tokens_.symbol(book_->quoteMint);
        plot_->xAxis->setLabel(tr("price, %1 for one %2, fees inside").arg(quote, base));
        plot_->yAxis->setLabel(tr("%1 up to that price").arg(base));
        caption_->setText(tr("Bids left, asks right; slot %1. Wheel and drag zoom, a double click "
                             "goes back.")
                              .arg(groupedInteger(book_->slot)));
    }
    plot_->replot(QCustomPlot::rpQueuedReplot);
}

void DepthChart::fitAxes() {
    const Pair pair{book_->baseMint, book_->quoteMint};
    if (shownPair_ != pair && !book_->bids.empty() && !book_->asks.empty()) {
        const double bid = priceOf(book_->bids.front());
        const double ask = priceOf(book_->asks.front());
        const double middle = (bid + ask) / 2;
        double low = priceOf(book_->bids.back());
        double high = priceOf(book_->asks.back());
        low = std::max(low, middle * (1 - kShownShare));
        high = std::min(high, middle * (1 + kShownShare));
        plot_->xAxis->setRange(low, high);
        const int digits = std::clamp(
            static_cast<int>(std::ceil(-std::log10(std::max(high - low, 1e-12)))) + 1, 0, 10);
        plot_->xAxis->setNumberPrecision(digits);
        shownPair_ = pair;
    }
    double top = 0;
    const QCPRange shown = plot_->xAxis->range();
    for (int i = 0; i < plot_->graphCount(); ++i) {
        const QSharedPointer<const QCPGraphDataContainer> points = plot_->graph(i)->data();
        for (auto point = points->constBegin(); point != points->constEnd(); ++point) {
            if (shown.contains(point->key)) {
                top = std::max(top, point->value);
            }
        }
    }
    top = top > 0 ? top * 1.08 : 1;
    plot_->yAxis->setRange(0, top);
    plot_->yAxis->setNumberPrecision(top < 10 ? 2 : 0);
}

void DepthChart::addLegend() {
    int row = 0;
    for (const domain::Venue venue : {domain::Venue::raydium, domain::Venue::meteora}) {
        auto* text = new QCPItemText(plot_);
        text->position->setType(QCPItemPosition::ptAxisRectRatio);
        text->position->setCoords(0.5, 0.02 + 0.09 * row++);
        text->setPositionAlignment(Qt::AlignHCenter | Qt::AlignTop);
        text->setFont(theme_.fonts().small);
        text->setColor(theme_.colors().of(toneOf(venue)));
        text->setText(QStringLiteral("\u25AC ") + fromView(domain::displayNameOf(venue)));
    }
}

}  // namespace oee::ui
