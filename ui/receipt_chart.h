#pragma once

#include <optional>
#include <vector>

#include <QWidget>

#include "ui/receipt_steps.h"
#include "ui/theme.h"
#include "ui/token_book.h"

class QCustomPlot;
class QScrollArea;

namespace oee::ui {

// The waterfall of a receipt: a bar for each step with its amount and basis points. The axis holds
// the steps, not zero: costs are small against the value; a line says where bars begin. `tokens`
// and `theme` must outlive it.
class ReceiptChart : public QWidget {
    Q_OBJECT

  public:
    ReceiptChart(const TokenBook& tokens, const Theme& theme, QWidget* parent = nullptr);

    void show(const domain::Receipt& receipt);
    void applyTheme();

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    enum class Column { amount, bps };

    void rebuild();
    void setAxis(const std::vector<ReceiptStep>& steps);
    void addBar(int row, const ReceiptStep& step);
    void addConnector(int row, const ReceiptStep& step);
    void addNumbers(int row, const ReceiptStep& step);
    void addText(int row, double x, Qt::Alignment side, const QString& text, const QColor& color);
    double edgeOf(Column column) const;
    QColor colorOf(const ReceiptStep& step) const;

    const TokenBook& tokens_;
    const Theme& theme_;
    QScrollArea* scroll_;
    QCustomPlot* plot_;
    std::optional<domain::Receipt> receipt_;
};

}  // namespace oee::ui
