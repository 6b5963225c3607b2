#pragma once

#include <optional>

#include <QString>
#include <QWidget>

#include "execution/wallet.h"
#include "ui/smart_line.h"
#include "ui/token_book.h"

class QLabel;
class QPushButton;

namespace oee::ui {

// A first order to try, in the smart line's words: "sell 1 SOL for USDC" where the market and the
// wallet allow it, else a token that there is some of. Empty where there is nothing to give.
std::optional<QString> sampleSentence(const TokenBook& tokens, const execution::Wallet& wallet);

// What stands in an empty table: what is missing, and a way to begin.
class SampleOffer : public QWidget {
    Q_OBJECT

  public:
    explicit SampleOffer(const QString& missing, QWidget* parent = nullptr);

    void setSentence(const QString& sentence);
    // After the first press the same button places the order.
    void setArmed(bool armed);

  signals:
    void pressed();

  private:
    void updateText();

    QLabel* missing_;
    QPushButton* button_;
    QString sentence_;
    bool armed_ = false;
};

}  // namespace oee::ui
