#include "ui/sample_order.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "domain/amount.h"
#include "ui/format.h"

namespace oee::ui {
namespace {

std::uint64_t oneToken(const domain::Token& token) {
    return domain::parseAmount("1", token.decimals).value_or(1);
}

}  // namespace

std::optional<QString> sampleSentence(const TokenBook& tokens, const execution::Wallet& wallet) {
    std::vector<domain::Token> candidates = tokens.traded();
    if (const domain::Token* sol = tokens.find(domain::solMint())) {
        candidates.insert(candidates.begin(), *sol);
    }
    for (const domain::Token& token : candidates) {
        const auto partners = tokens.partners(token.mint);
        const std::uint64_t freeRaw =
            wallet.balance(execution::WalletOwner::trader, token.mint).freeRaw();
        // Twice: fees may come out of the same balance.
        if (!partners.empty() && freeRaw / 2 >= oneToken(token)) {
            return QStringLiteral("sell 1 %1 for %2")
                .arg(fromStd(token.symbol), fromStd(partners.front().symbol));
        }
    }
    return std::nullopt;
}

SampleOffer::SampleOffer(const QString& missing, QWidget* parent)
    : QWidget(parent), missing_(new QLabel(missing, this)), button_(new QPushButton(this)) {
    missing_->setAlignment(Qt::AlignCenter);
    missing_->setProperty("role", "secondary");
    button_->setObjectName(QStringLiteral("sampleOrder"));
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(8);
    layout->addWidget(missing_);
    layout->addWidget(button_, 0, Qt::AlignHCenter);
    connect(button_, &QPushButton::clicked, this, &SampleOffer::pressed);
    updateText();
}

void SampleOffer::setSentence(const QString& sentence) {
    sentence_ = sentence;
    updateText();
}

void SampleOffer::setArmed(bool armed) {
    armed_ = armed;
    updateText();
}

void SampleOffer::updateText() {
    button_->setVisible(!sentence_.isEmpty());
    button_->setText((armed_ ? tr("Place it: %1") : tr("Try: %1")).arg(sentence_));
    button_->setToolTip(armed_ ? tr("Places the order in the ticket")
                               : tr("Fills the ticket; a second press places the order"));
}

}  // namespace oee::ui
