#pragma once

#include <optional>

#include <QWidget>

#include "runtime/engine.h"
#include "ui/theme.h"
#include "ui/token_book.h"

class QCustomPlot;
class QLabel;

namespace oee::ui {

// A pair's order book by venue: how much base token trades up to a price, bids left and asks
// right. Wheel and drag zoom, a double click goes back. `tokens` and `theme` must outlive it.
class DepthChart : public QWidget {
    Q_OBJECT

  public:
    DepthChart(const TokenBook& tokens, const Theme& theme, QWidget* parent = nullptr);

    void show(const routing::OrderBook& book);
    void showNothing(const QString& why);

  public slots:
    void applyTheme();

  private:
    struct Curve;
    enum class BookSide { bids, asks };

    void rebuild();
    Curve curveOf(domain::Venue venue, BookSide side) const;
    double priceOf(const routing::BookLevel& level) const;
    double baseOf(const routing::BookLevel& level) const;
    void fitAxes();
    void addLegend();

    const TokenBook& tokens_;
    const Theme& theme_;
    QCustomPlot* plot_;
    QLabel* caption_;
    std::optional<routing::OrderBook> book_;
    std::optional<Pair> shownPair_;  // whose range the axes have
};

}  // namespace oee::ui
