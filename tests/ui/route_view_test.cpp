// The route in words, in tables and on the screen.

#include "ui/route_view.h"

#include <QAbstractItemModelTester>
#include <QLabel>
#include <QTest>

#include "support/fake_engine.h"
#include "ui/compare_chart.h"
#include "ui/data_table.h"
#include "ui/legs_model.h"
#include "ui/path_bars.h"
#include "ui/route_words.h"

namespace oee::ui {

class RouteViewTest : public QObject {
    Q_OBJECT

  private slots:
    void gapsAreRoundedUp_data();
    void gapsAreRoundedUp();
    void sentencesSayOfWhat();
    void boundIsExact();
    void limitsAreNamedWithTheirCost();
    void tokensConnectThroughOthers();
    void legsAreThoseOfThePlan();
    void fillsStandBesideThePlan();
    void viewShowsPathsAndProof();
    void comparisonWithoutDirectPoolsSaysSo();

  private:
    std::shared_ptr<const runtime::QuoteView> quoteOf(const char* in, const char* out,
                                                      const char* amount) const;
    domain::Pubkey mintOf(const char* symbol) const { return tokens_.resolve(symbol)->mint; }

    test::FakeEngine engine_;
    TokenBook tokens_{engine_};
    Theme theme_{ThemeChoice::dark};
};

namespace {

constexpr auto kFail = QAbstractItemModelTester::FailureReportingMode::QtTest;

QString shown(const QAbstractItemModel& model, int row, int column, int role = Qt::DisplayRole) {
    return model.index(row, column).data(role).toString();
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

std::shared_ptr<const runtime::QuoteView> RouteViewTest::quoteOf(const char* in, const char* out,
                                                                 const char* amount) const {
    runtime::QuoteQuery query;
    query.tokenIn = in;
    query.tokenOut = out;
    query.amountIn = amount;
    auto quote = engine_.quote(query);
    if (!quote) {
        qFatal("no quote: %s", runtime::explain(quote.error()).c_str());
    }
    return std::make_shared<const runtime::QuoteView>(std::move(*quote));
}

void RouteViewTest::gapsAreRoundedUp_data() {
    QTest::addColumn<quint64>("ppb");
    QTest::addColumn<QString>("text");
    QTest::newRow("ppb") << quint64{12} << "12 ppb";
    QTest::newRow("last ppb") << quint64{999} << "999 ppb";
    QTest::newRow("ppm") << quint64{1'000} << "1.0 ppm";
    QTest::newRow("a little over") << quint64{1'001} << "1.1 ppm";
    QTest::newRow("never under") << quint64{99'999} << "100.0 ppm";
    QTest::newRow("bps") << quint64{100'000} << "1.0 bps";
    QTest::newRow("bps, rounded up") << quint64{250'001} << "2.6 bps";
    QTest::newRow("greatest") << std::numeric_limits<quint64>::max() << "184,467,440,737,095.6 bps";
}

void RouteViewTest::gapsAreRoundedUp() {
    QFETCH(quint64, ppb);
    QTEST(gapText(ppb), "text");
}

void RouteViewTest::sentencesSayOfWhat() {
    using domain::RouteScope;
    QCOMPARE(gapSentence(12, bestWords(RouteScope::full, std::nullopt)),
             QStringLiteral("Within 12 ppb of the best possible"));
    QCOMPARE(gapSentence(0, bestWords(RouteScope::full, std::nullopt)),
             QStringLiteral("The best possible"));
    QCOMPARE(gapSentence(1, bestWords(RouteScope::single, domain::Venue::meteora)),
             QStringLiteral("Within 1 ppb of the best single pool on Meteora"));
    QCOMPARE(gapSentence(1, bestWords(RouteScope::split, std::nullopt)),
             QStringLiteral("Within 1 ppb of the best direct split"));
    routing::Plan plan;
    plan.gapPpb = 5'000;
    plan.gapWithinHopsPpb = 7;
    QCOMPARE(gapSentence(plan, bestWords(RouteScope::full, std::nullopt)),
             QStringLiteral("Within 7 ppb of the best possible in 3 hops"));
}

void RouteViewTest::boundIsExact() {
    routing::Plan plan;
    plan.inputMint = domain::solMint();
    plan.outputMint = domain::usdcMint();
    plan.boundRaw = 149'821'301;
    plan.netOutRaw = 149'821'299;
    QCOMPARE(boundText(plan, tokens_),
             QStringLiteral("No plan of this routing brings more than 149.821301 USDC, this one "
                            "149.821299 USDC"));
    // The bound is then one of what is left, which may be less than what arrives.
    plan.networkCostOutRaw = 10;
    plan.amountOutRaw = 149'821'309;
    QVERIFY(boundText(plan, tokens_).startsWith(QStringLiteral("After network fees")));
    QVERIFY(boundText(plan, tokens_).endsWith(QStringLiteral("149.821299 USDC")));
    plan.mode = domain::RouteMode::exactOut;
    plan.amountInRaw = 149'821'302;
    QCOMPARE(boundText(plan, tokens_),
             QStringLiteral("No plan of this routing costs less than 0.149821301 SOL, this one "
                            "0.149821302 SOL"));
}

void RouteViewTest::limitsAreNamedWithTheirCost() {
    routing::Plan plan;
    plan.inputMint = domain::solMint();
    plan.outputMint = domain::usdcMint();
    QVERIFY(limitsText(plan, tokens_).isEmpty());
    plan.limits.bytes = true;
    plan.limits.legs = true;
    plan.limits.unlimitedRaw = 2'500'001;
    const QString text = limitsText(plan, tokens_);
    QVERIFY2(text.contains(QStringLiteral("the number of legs and the size of a transaction")),
             qPrintable(text));
    QVERIFY(text.contains(QStringLiteral("2.500001 USDC")));
}

void RouteViewTest::tokensConnectThroughOthers() {
    const Pair far{mintOf("BONK"), mintOf("USDT")};  // BONK – SOL – USDC – USDT
    QVERIFY(!tokens_.trades(far));
    QVERIFY(tokens_.connects(far));
    QVERIFY(!tokens_.connects({far.base, far.base}));
    QVERIFY(!tokens_.connects({far.base, domain::Pubkey{}}));
    const auto partners = tokens_.partners(mintOf("BONK"));
    QCOMPARE(partners.size(), std::size_t{3});
    QCOMPARE(partners.front().symbol, std::string("USDC"));
}

void RouteViewTest::legsAreThoseOfThePlan() {
    LegsModel model(tokens_);
    const QAbstractItemModelTester tester(&model, kFail);
    const auto split = quoteOf("SOL", "USDC", "900");
    const routing::Plan& plan = split->plan;
    QVERIFY(plan.legs.size() > 1);
    model.setRows(legRowsOf(plan));
    QCOMPARE(model.rowCount(), static_cast<int>(plan.legs.size()));
    for (int row = 0; row < model.rowCount(); ++row) {
        const routing::PlanLeg& leg = plan.legs[static_cast<std::size_t>(row)];
        QCOMPARE(shown(model, row, LegsModel::leg), QString::number(row + 1));
        QCOMPARE(shown(model, row, LegsModel::in, exactRole),
                 tokens_.exact(leg.swap.amountInRaw, leg.inputMint));
        QCOMPARE(shown(model, row, LegsModel::out, exactRole),
                 tokens_.exact(leg.swap.amountOutRaw, leg.outputMint));
        QVERIFY(shown(model, row, LegsModel::pool)
                    .endsWith(QString::fromStdString(domain::shortForm(leg.pool))));
        QVERIFY(shown(model, row, LegsModel::priceMove).startsWith(minusSign()));
        QCOMPARE(shown(model, row, LegsModel::filledOut), unknownText());
    }
    // Another plan of as many legs changes cells, one of fewer the rows; nothing clears them.
    model.setRows(legRowsOf(quoteOf("SOL", "USDC", "901")->plan));
    model.setRows(legRowsOf(quoteOf("USDC", "USDT", "1")->plan));
    QCOMPARE(model.rowCount(), 1);
    model.setRows({});
    QCOMPARE(model.rowCount(), 0);
}

void RouteViewTest::fillsStandBesideThePlan() {
    domain::PlanSummary plan;
    const domain::Pubkey pool = engine_.market()->pools.front()->address;
    plan.legs = {{pool, domain::Program::raydiumAmmV4, domain::solMint(), domain::usdcMint(),
                  1'000'000'000, 150'000'000},
                 {pool, domain::Program::raydiumAmmV4, domain::solMint(), domain::usdcMint(),
                  2'000'000'000, 290'000'000}};
    domain::Fill fill;
    fill.leg = 1;
    fill.pool = pool;
    fill.inputMint = domain::solMint();
    fill.outputMint = domain::usdcMint();
    fill.amountInRaw = 1'000'000'000;  // half of it, at 1 % less
    fill.amountOutRaw = 143'550'000;
    fill.feeRaw = 2'500'000;
    fill.feeMint = domain::solMint();
    LegsModel model(tokens_);
    const QAbstractItemModelTester tester(&model, kFail);
    model.setRows(legRowsOf(plan, {fill}));
    QCOMPARE(shown(model, 0, LegsModel::filledOut), unknownText());
    QCOMPARE(shown(model, 0, LegsModel::difference), unknownText());
    QCOMPARE(shown(model, 1, LegsModel::filledOut, exactRole), QStringLiteral("143.55 USDC"));
    QCOMPARE(shown(model, 1, LegsModel::difference), minusSign() + QStringLiteral("100.0"));
    QCOMPARE(shown(model, 1, LegsModel::fee, exactRole), QStringLiteral("0.0025 SOL"));
}

void RouteViewTest::viewShowsPathsAndProof() {
    RouteView view(tokens_, theme_);
    view.resize(640, 260);
    const auto quote = quoteOf("SOL", "USDT", "900");
    view.show(quote, {});
    const routing::Plan& plan = quote->plan;
    QCOMPARE(childOf<DataTable>(view, "routeLegs").model()->rowCount(),
             static_cast<int>(plan.legs.size()));
    const QString paths = childOf<PathBars>(view, "pathBars").accessibleDescription();
    QVERIFY2(paths.contains(QStringLiteral("SOL \u2192 USDC \u2192 USDT")), qPrintable(paths));
    const QString bound = childOf<QLabel>(view, "routeBound").text();
    QVERIFY2(bound.contains(tokens_.exact(plan.boundRaw, plan.outputMint)), qPrintable(bound));
    QVERIFY(childOf<QLabel>(view, "routeResult")
                .text()
                .contains(tokens_.exact(plan.minimumOutRaw, plan.outputMint)));
    QVERIFY(childOf<QLabel>(view, "routeMessage").isHidden());

    view.show(nullptr, QStringLiteral("Type an amount"));
    QVERIFY(!childOf<QLabel>(view, "routeMessage").isHidden());
    QCOMPARE(childOf<QLabel>(view, "routeMessage").text(), QStringLiteral("Type an amount"));
}

void RouteViewTest::comparisonWithoutDirectPoolsSaysSo() {
    CompareChart chart(tokens_, theme_);
    chart.resize(640, 260);
    const auto quote = quoteOf("BONK", "USDC", "50000000");
    QVERIFY(quote->board.quotes.empty());
    chart.show(quote, {});
    const QString said = childOf<QLabel>(chart, "compareMessage").text();
    QVERIFY2(said.contains(QStringLiteral("BONK")) && said.contains(QStringLiteral("other tokens")),
             qPrintable(said));
    QVERIFY(!childOf<QLabel>(chart, "compareMessage").isHidden());
    chart.show(quoteOf("SOL", "USDC", "1"), {});
    QVERIFY(childOf<QLabel>(chart, "compareMessage").isHidden());
}

}  // namespace oee::ui

QTEST_MAIN(oee::ui::RouteViewTest)
#include "route_view_test.moc"
