// The receipt as a waterfall, as numbers and as text.

#include "ui/receipt_view.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QTest>

#include <qcustomplot.h>

#include "base/rng.h"
#include "execution/receipt.h"
#include "support/fake_engine.h"
#include "ui/receipt_steps.h"

namespace oee::ui {

class ReceiptViewTest : public QObject {
    Q_OBJECT

  private slots:
    void stepsLeadToWhatArrived();
    void signsSayWhatItMeantToTheTrader();
    void barsFollowTheSteps();
    void numbersAreThoseOfTheReceipt();
    void whatIsUnknownIsADash();
    void textIsCopiedWhole();
    void withoutAReceiptItSaysWhy();

  private:
    test::FakeEngine engine_;
    TokenBook tokens_{engine_};
    Theme theme_{ThemeChoice::light};
};

namespace {

// 10 SOL decided at 1,500 USDC: 2 lost to delay, 1 gained by impact.
domain::Receipt sample() {
    domain::Receipt receipt;
    receipt.orderId = domain::makeOrderId({1'790'000'000'000, 1, 1});
    receipt.inputMint = domain::solMint();
    receipt.outputMint = domain::usdcMint();
    receipt.amountInRaw = 10'000'000'000;
    receipt.decisionOutRaw = 1'500'000'000;
    receipt.quotedOutRaw = 1'497'000'000;
    receipt.landingOutRaw = 1'498'000'000;
    receipt.unsandwichedOutRaw = 1'495'500'000;
    receipt.amountOutRaw = 1'495'000'000;
    receipt.parts.delayRaw = 2'000'000;
    receipt.parts.priceImpactRaw = -1'000'000;
    receipt.parts.lpFeesRaw = 3'000'000;
    receipt.parts.protocolFeesRaw = 500'000;
    receipt.parts.sandwichRaw = 500'000;
    receipt.parts.networkRaw = 1'501;
    receipt.counterfactuals = domain::Counterfactuals{1'494'250'000, std::nullopt, 1'495'750'000};
    receipt.markouts = {{1, 1'496'500'000}, {5, 1'493'500'000}};
    return receipt;
}

template <typename T>
T& childOf(const QWidget& parent, const char* name) {
    T* found = parent.findChild<T*>(QLatin1String(name));
    if (found == nullptr) {
        qFatal("no %s", name);
    }
    return *found;
}

}  // namespace

void ReceiptViewTest::stepsLeadToWhatArrived() {
    base::CounterRng rng(7, base::RngPurpose::test, 50);
    for (int i = 0; i < 1'000; ++i) {
        domain::Receipt receipt = sample();
        domain::CostParts& parts = receipt.parts;
        for (base::i128* part :
             {&parts.delayRaw, &parts.priceImpactRaw, &parts.lpFeesRaw, &parts.protocolFeesRaw,
              &parts.transferFeesRaw, &parts.sandwichRaw, &parts.networkRaw}) {
            *part = static_cast<std::int64_t>(rng.below(2'000'000)) - 1'000'000;
        }
        const auto steps = stepsOf(receipt);
        QCOMPARE(steps.size(), std::size_t{9});
        QVERIFY(steps.front().toRaw == receipt.decisionOutRaw);
        for (std::size_t step = 1; step + 1 < steps.size(); ++step) {
            QVERIFY(steps[step].fromRaw == steps[step - 1].toRaw);
        }
        QVERIFY(steps.back().fromRaw == 0);
        QVERIFY(steps.back().toRaw == steps[steps.size() - 2].toRaw);
        QVERIFY(steps.back().toRaw == receipt.decisionOutRaw - receipt.shortfallRaw());
    }
}

void ReceiptViewTest::signsSayWhatItMeantToTheTrader() {
    const domain::Receipt receipt = sample();
    const auto steps = stepsOf(receipt);
    QCOMPARE(signedAmount(steps[1].changeRaw(), receipt.outputMint, tokens_),
             minusSign() + QStringLiteral("2.0000"));
    QCOMPARE(changeBps(steps[1].changeRaw(), receipt), minusSign() + QStringLiteral("13.3"));
    QCOMPARE(signedAmount(steps[2].changeRaw(), receipt.outputMint, tokens_),
             QStringLiteral("+1.0000"));
    QCOMPARE(changeBps(steps[2].changeRaw(), receipt), QStringLiteral("+6.7"));
    QCOMPARE(signedAmount(steps[5].changeRaw(), receipt.outputMint, tokens_), QStringLiteral("0"));
    QCOMPARE(changeBps(steps[5].changeRaw(), receipt), QStringLiteral("0.0"));
}

void ReceiptViewTest::barsFollowTheSteps() {
    ReceiptView view(tokens_, theme_);
    view.resize(760, 240);
    view.show(sample(), {});
    auto& plot = childOf<QCustomPlot>(view, "receiptChart");
    const auto steps = stepsOf(sample());
    QCOMPARE(plot.plottableCount(), static_cast<int>(steps.size()));
    QVERIFY(plot.xAxis->range().lower > 1'480'000'000.0);  // where the costs are, not at nothing
    for (int row = 0; row < plot.plottableCount(); ++row) {
        auto* bar = qobject_cast<QCPBars*>(plot.plottable(row));
        QVERIFY(bar != nullptr);
        const ReceiptStep& step = steps[static_cast<std::size_t>(row)];
        const double end = bar->baseValue() + bar->data()->constBegin()->value;
        QCOMPARE(end, static_cast<double>(step.toRaw));
        if (step.kind == ReceiptStep::Kind::change) {
            QCOMPARE(bar->baseValue(), static_cast<double>(step.fromRaw));
        }
        QVERIFY(plot.xAxis->range().contains(end));
    }
    const QString words = plot.accessibleDescription();
    QVERIFY2(words.contains(QStringLiteral("Sandwich: ") + minusSign()), qPrintable(words));
}

void ReceiptViewTest::numbersAreThoseOfTheReceipt() {
    ReceiptView view(tokens_, theme_);
    const domain::Receipt receipt = sample();
    view.show(receipt, {});
    const auto text = [&](const char* name) { return childOf<QLabel>(view, name).text(); };
    QCOMPARE(text("receiptArrived"), QStringLiteral("1,495.0000"));
    QVERIFY(text("receiptShortfall").startsWith(minusSign() + QStringLiteral("5.0015")));
    QCOMPARE(text("receiptShortfallBps"), minusSign() + QStringLiteral("33.3"));
    QCOMPARE(text("receiptSpreadBps"), QStringLiteral("+40.0"));  // 2 · 3 / 1,498
    QCOMPARE(text("receiptRaydium"), QStringLiteral("1,494.2500"));
    QCOMPARE(text("receiptRaydiumBps"), minusSign() + QStringLiteral("5.0"));
    QCOMPARE(text("receiptFullBps"), QStringLiteral("+5.0"));
    const QString markouts = text("receiptMarkouts");
    QVERIFY2(markouts.contains(QStringLiteral("1 s +10.0")), qPrintable(markouts));
    QVERIFY2(markouts.contains(QStringLiteral("5 s ") + minusSign() + QStringLiteral("10.0")),
             qPrintable(markouts));
}

void ReceiptViewTest::whatIsUnknownIsADash() {
    ReceiptView view(tokens_, theme_);
    domain::Receipt receipt = sample();
    view.show(receipt, {});
    QCOMPARE(childOf<QLabel>(view, "receiptMeteora").text(), unknownText());
    QVERIFY(childOf<QLabel>(view, "receiptMarkouts")
                .text()
                .contains(QStringLiteral("60 s ") + unknownText()));
    receipt.counterfactuals.reset();
    view.show(receipt, {});
    QCOMPARE(childOf<QLabel>(view, "receiptFull").text(), unknownText());
    QCOMPARE(childOf<QLabel>(view, "receiptFullBps").text(), QString());
}

void ReceiptViewTest::textIsCopiedWhole() {
    ReceiptView view(tokens_, theme_);
    view.show(sample(), {});
    QGuiApplication::clipboard()->clear();
    QTest::mouseClick(view.copyButton(), Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(),
             fromStd(execution::describe(sample(), tokens_.registry())));
    QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("Price impact")));
}

void ReceiptViewTest::withoutAReceiptItSaysWhy() {
    ReceiptView view(tokens_, theme_);
    view.show(std::nullopt, QStringLiteral("not yet"));
    QVERIFY(!childOf<QLabel>(view, "receiptMessage").isHidden());
    QCOMPARE(childOf<QLabel>(view, "receiptMessage").text(), QStringLiteral("not yet"));
    QVERIFY(view.copyButton()->isHidden());
    view.show(sample(), {});
    QVERIFY(childOf<QLabel>(view, "receiptMessage").isHidden());
}

}  // namespace oee::ui

QTEST_MAIN(oee::ui::ReceiptViewTest)
#include "receipt_view_test.moc"
