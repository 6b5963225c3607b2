#pragma once

#include <vector>

#include <QWidget>

#include "runtime/engine.h"
#include "ui/theme.h"
#include "ui/token_book.h"

class QCPAbstractItem;
class QCustomPlot;
class QLabel;
class QScrollArea;

namespace oee::ui {

// What each pool would pay for the ticket's amount: a bar and its numbers for each, best first.
// The axis starts near the worst good pool, so that differences show; a line says where. `tokens`
// and `theme` must outlive it.
class CompareChart : public QWidget {
    Q_OBJECT

  public:
    CompareChart(const TokenBook& tokens, const Theme& theme, QWidget* parent = nullptr);

  public slots:
    void show(const std::shared_ptr<const oee::runtime::QuoteView>& quote, const QString& why);
    void applyTheme();

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    struct Axis {
        double from = 0;
        double to = 1;
    };

    void rebuild();
    void clearPlot();
    void addBar(int row, const routing::PoolQuote& quote, const Axis& axis);
    void addNumbers(int row, const routing::PoolQuote& quote, const routing::PoolQuote& best);
    void addText(int row, int column, const QString& text, const QColor& color);
    Axis axisOf(const routing::QuoteBoard& board);
    void fitHeight();
    void describe();

    const TokenBook& tokens_;
    const Theme& theme_;
    QCustomPlot* plot_;
    QScrollArea* scroll_;
    QLabel* caption_;
    QLabel* message_;
    std::shared_ptr<const runtime::QuoteView> quote_;
    // The axis stays where it is while it still serves: bars that jump cannot be compared.
    Axis lastAxis_;
    QString lastQuestion_;
};

}  // namespace oee::ui
