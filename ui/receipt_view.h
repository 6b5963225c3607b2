#pragma once

#include <array>
#include <optional>

#include <QWidget>

#include "domain/receipt.h"
#include "ui/theme.h"
#include "ui/token_book.h"

class QGridLayout;
class QLabel;
class QPushButton;

namespace oee::ui {

class ReceiptChart;

// What an order cost and why: the waterfall, what other routes would have paid, and how the market
// went on. The same as text for the clipboard. `tokens` and `theme` must outlive it.
class ReceiptView : public QWidget {
    Q_OBJECT

  public:
    ReceiptView(const TokenBook& tokens, const Theme& theme, QWidget* parent = nullptr);

    // Without a receipt `why` stands in its place.
    void show(const std::optional<domain::Receipt>& receipt, const QString& why);
    void applyTheme();
    // Stands where its owner puts it; there is none without a receipt.
    QWidget* copyButton() const;

  private:
    enum Fact {
        quoted,
        arrived,
        shortfall,
        effectiveSpread,
        bestRaydium,
        bestMeteora,
        fullRoute,
        markouts,
        factCount
    };

    void addFacts(QGridLayout& grid);
    void showFacts(const domain::Receipt& receipt);
    void setFact(Fact fact, const QString& amount, const QString& bps, const QString& hint = {});
    void setOtherRoute(Fact fact, std::optional<std::uint64_t> outRaw);
    QString markoutsText(const domain::Receipt& receipt) const;
    void copyText() const;

    const TokenBook& tokens_;
    ReceiptChart* chart_;
    QWidget* shown_;
    QLabel* message_;
    QPushButton* copy_;
    QLabel* unit_ = nullptr;
    std::array<QLabel*, factCount> amounts_{};
    std::array<QLabel*, factCount> bps_{};
    std::optional<domain::Receipt> receipt_;
};

}  // namespace oee::ui
