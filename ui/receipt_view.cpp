#include "ui/receipt_view.h"

#include <algorithm>

#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "execution/receipt.h"
#include "ui/format.h"
#include "ui/receipt_chart.h"
#include "ui/receipt_steps.h"

namespace oee::ui {
namespace {

constexpr int kFactsWidth = 268;

}  // namespace

ReceiptView::ReceiptView(const TokenBook& tokens, const Theme& theme, QWidget* parent)
    : QWidget(parent),
      tokens_(tokens),
      chart_(new ReceiptChart(tokens, theme)),
      shown_(new QWidget(this)),
      message_(new QLabel(this)),
      copy_(new QPushButton(tr("Copy receipt"), this)) {
    copy_->setObjectName(QStringLiteral("copyReceipt"));
    copy_->setToolTip(tr("The receipt as a table of text"));
    connect(copy_, &QPushButton::clicked, this, &ReceiptView::copyText);
    auto* facts = new QWidget;
    facts->setObjectName(QStringLiteral("receiptFacts"));
    auto* grid = new QGridLayout(facts);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(0);
    addFacts(*grid);
    auto* scroll = new QScrollArea;
    scroll->setObjectName(QStringLiteral("receiptScroll"));
    scroll->setWidget(facts);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFixedWidth(kFactsWidth);
    auto* parts = new QHBoxLayout(shown_);
    parts->setContentsMargins(0, 0, 0, 0);
    parts->setSpacing(16);
    parts->addWidget(chart_, 1);
    parts->addWidget(scroll);

    message_->setObjectName(QStringLiteral("receiptMessage"));
    message_->setProperty("role", "secondary");
    message_->setAlignment(Qt::AlignCenter);
    message_->setWordWrap(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 4, 0, 4);
    layout->addWidget(shown_, 1);
    layout->addWidget(message_, 1);
    show(std::nullopt, {});
}

QWidget* ReceiptView::copyButton() const {
    return copy_;
}

void ReceiptView::addFacts(QGridLayout& grid) {
    const std::array<std::pair<QString, const char*>, factCount> names{
        {{tr("Quoted"), "receiptQuoted"},
         {tr("Arrived"), "receiptArrived"},
         {tr("Shortfall"), "receiptShortfall"},
         {tr("Effective spread"), "receiptSpread"},
         {tr("Best Raydium pool"), "receiptRaydium"},
         {tr("Best Meteora pool"), "receiptMeteora"},
         {tr("Full route"), "receiptFull"},
         {tr("Markouts"), "receiptMarkouts"}}};
    unit_ = new QLabel(this);
    auto* bpsUnit = new QLabel(tr("bps"), this);
    for (QLabel* header : {unit_, bpsUnit}) {
        header->setProperty("role", "hint");
        header->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    }
    grid.addWidget(unit_, 0, 1);
    grid.addWidget(bpsUnit, 0, 2);
    for (int fact = 0; fact < factCount; ++fact) {
        const int row = fact + 1;
        const auto at = static_cast<std::size_t>(fact);
        const auto& [text, objectName] = names[at];
        auto* name = new QLabel(text, this);
        name->setProperty("role", "secondary");
        grid.addWidget(name, row, 0, Qt::AlignTop);
        for (QLabel** label : {&amounts_[at], &bps_[at]}) {
            *label = new QLabel(unknownText(), this);
            (*label)->setProperty("figures", true);
            (*label)->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
            (*label)->setTextInteractionFlags(Qt::TextSelectableByMouse);
        }
        amounts_[at]->setObjectName(QLatin1String(objectName));
        amounts_[at]->setAccessibleName(text);
        bps_[at]->setObjectName(QLatin1String(objectName) + QLatin1String("Bps"));
        bps_[at]->setAccessibleName(tr("%1, bps").arg(text));
        grid.addWidget(amounts_[at], row, 1);
        grid.addWidget(bps_[at], row, 2);
    }
    const int lastRow = factCount;
    // The four of them take the width of both columns.
    grid.removeWidget(bps_[markouts]);
    bps_[markouts]->hide();
    grid.removeWidget(amounts_[markouts]);
    grid.addWidget(amounts_[markouts], lastRow, 1, 1, 2);
    grid.setRowStretch(lastRow + 1, 1);
    grid.setColumnStretch(1, 1);
}

void ReceiptView::show(const std::optional<domain::Receipt>& receipt, const QString& why) {
    receipt_ = receipt;
    message_->setText(why);
    message_->setVisible(!receipt);
    copy_->setVisible(receipt.has_value());
    shown_->setVisible(receipt.has_value());
    if (receipt) {
        chart_->show(*receipt);
        showFacts(*receipt);
    }
}

void ReceiptView::showFacts(const domain::Receipt& receipt) {
    const domain::Pubkey& mint = receipt.outputMint;
    const auto amount = [&](Fact fact, std::uint64_t amountRaw, const QString& bps) {
        setFact(fact, tokens_.shown(amountRaw, mint), bps, tokens_.exact(amountRaw, mint));
    };
    unit_->setText(tokens_.symbol(mint));
    amount(quoted, receipt.quotedOutRaw, {});
    amount(arrived, receipt.amountOutRaw, {});
    const base::i128 lossRaw = -receipt.shortfallRaw();
    setFact(shortfall, signedAmount(lossRaw, mint, tokens_), changeBps(lossRaw, receipt),
            tr("Decision value less what arrived net of fees"));
    setFact(effectiveSpread, {},
            bpsText(static_cast<double>(execution::effectiveSpreadCentiBps(receipt)) / 100.0),
            tr("Twice the distance from the mid price at landing"));
    const domain::Counterfactuals others =
        receipt.counterfactuals.value_or(domain::Counterfactuals{});
    setOtherRoute(bestRaydium, others.bestRaydiumOutRaw);
    setOtherRoute(bestMeteora, others.bestMeteoraOutRaw);
    setOtherRoute(fullRoute, others.fullRouteOutRaw);
    setFact(markouts, markoutsText(receipt), {},
            tr("The input at the mid price so many seconds later, against what arrived"));
}

void ReceiptView::setFact(Fact fact, const QString& amount, const QString& bps,
                          const QString& hint) {
    amounts_[fact]->setText(amount);
    amounts_[fact]->setToolTip(hint);
    bps_[fact]->setText(bps);
    bps_[fact]->setToolTip(hint);
}

// Against what arrived, at the same slot and before network fees.
void ReceiptView::setOtherRoute(Fact fact, std::optional<std::uint64_t> outRaw) {
    if (!outRaw) {
        setFact(fact, unknownText(), {});
        return;
    }
    const domain::Pubkey& mint = receipt_->outputMint;
    const base::i128 difference = base::i128{*outRaw} - receipt_->amountOutRaw;
    setFact(fact, tokens_.shown(*outRaw, mint), changeBps(difference, *receipt_),
            tr("%1 at the slot of the landing").arg(tokens_.exact(*outRaw, mint)));
}

QString ReceiptView::markoutsText(const domain::Receipt& receipt) const {
    QStringList texts;
    for (const std::uint32_t seconds : domain::kMarkoutSeconds) {
        const auto found = std::find_if(
            receipt.markouts.begin(), receipt.markouts.end(),
            [&](const domain::Markout& markout) { return markout.seconds == seconds; });
        const QString bps =
            found == receipt.markouts.end()
                ? unknownText()
                : changeBps(base::i128{found->midOutRaw} - receipt.amountOutRaw, receipt);
        texts << tr("%1 s %2").arg(seconds).arg(bps);
    }
    // Two lines of two: the column is narrow.
    return texts.mid(0, 2).join(QStringLiteral("  ·  ")) + u'\n' +
           texts.mid(2).join(QStringLiteral("  ·  "));
}

void ReceiptView::copyText() const {
    if (receipt_) {
        QGuiApplication::clipboard()->setText(
            fromStd(execution::describe(*receipt_, tokens_.registry())));
    }
}

void ReceiptView::applyTheme() {
    chart_->applyTheme();
}

}  // namespace oee::ui
