#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include "support/fake_engine.h"
#include "ui/csv.h"
#include "ui/events_model.h"
#include "ui/fills_model.h"
#include "ui/filter_proxy.h"
#include "ui/format.h"
#include "ui/orders_model.h"
#include "ui/wallet_model.h"

namespace oee::ui {

class ModelsTest : public QObject {
    Q_OBJECT

  private slots:
    void ordersComeInOrderAndOnce();
    void anOlderStateDoesNotComeBack();
    void theOldestRowsLeaveAtTheBound();
    void mergesOfAnyShapeEqualTheSortedUnion();
    void unknownIsADash();
    void amountsShowRoundedAndSayExactly();
    void failedOrdersSayWhy();
    void fillsAreUniqueByOrderAndLeg();
    void fillPricesAreInTheQuoteToken_data();
    void fillPricesAreInTheQuoteToken();
    void logExplainsAndNotes();
    void walletFollowsBalances();
    void columnsMeasureTheirNumbers();
    void filterFindsFullIds();
    void sortingIsByNumber();
    void csvIsExactAndSafe();

  private:
    domain::OrderPtr order(std::uint32_t number, domain::OrderStatus status,
                           base::UnixMicros updated = 0) const;
    static domain::Fill fill(std::uint32_t number, std::uint32_t leg = 0);

    test::FakeEngine engine_;
    TokenBook tokens_{engine_};
};

namespace {

constexpr auto kFail = QAbstractItemModelTester::FailureReportingMode::QtTest;

QString shown(const QAbstractItemModel& model, int row, int column, int role = Qt::DisplayRole) {
    return model.index(row, column).data(role).toString();
}

}  // namespace

domain::OrderPtr ModelsTest::order(std::uint32_t number, domain::OrderStatus status,
                                   base::UnixMicros updated) const {
    domain::Order order;
    order.id = domain::makeOrderId({1'790'000'000'000U + number, number, number});
    order.status = status;
    order.inputMint = domain::solMint();
    order.outputMint = domain::usdcMint();
    order.amountInRaw = 1'234'500'000'001;
    order.slippageBps = 50;
    order.createdAtMicros = 1'790'000'000'000'000;
    order.updatedAtMicros = updated;
    order.createdSlot = 417'600'123;
    if (status == domain::OrderStatus::confirmed) {
        domain::PlanSummary plan;
        plan.legs = {{domain::solMint(), domain::Program::raydiumCpmm, order.inputMint,
                      order.outputMint, order.amountInRaw, 185'175'000'000}};
        plan.amountInRaw = order.amountInRaw;
        plan.expectedOutRaw = 185'175'000'000;
        plan.minAmountOutRaw = 184'249'125'000;
        order.plan = plan;
        order.execution =
            domain::Execution{order.amountInRaw, 185'175'012'345, 15'000, 417'600'130};
    }
    if (status == domain::OrderStatus::failed) {
        order.failure = domain::OrderFailure{domain::FailureReason::expired, {}, {}};
    }
    return std::make_shared<const domain::Order>(order);
}

domain::Fill ModelsTest::fill(std::uint32_t number, std::uint32_t leg) {
    domain::Fill fill;
    fill.orderId = domain::makeOrderId({1'790'000'000'000U + number, number, number});
    fill.leg = leg;
    fill.inputMint = domain::solMint();
    fill.outputMint = domain::usdcMint();
    fill.amountInRaw = 2'000'000'000;
    fill.amountOutRaw = 300'500'000;
    fill.feeRaw = 5'000'000;
    fill.feeMint = domain::solMint();
    fill.networkFeeLamports = leg == 0 ? 15'000 : 0;
    fill.slot = 417'600'000 + number;
    return fill;
}

void ModelsTest::ordersComeInOrderAndOnce() {
    OrdersModel model(tokens_);
    const QAbstractItemModelTester tester(&model, kFail);
    FilterProxy proxy;
    const QAbstractItemModelTester proxyTester(&proxy, kFail);
    proxy.setSourceModel(&model);
    proxy.sort(0, Qt::DescendingOrder);
    const auto pending = domain::OrderStatus::pending;
    model.merge({order(5, pending), order(9, pending)});
    model.merge({order(7, pending), order(1, pending), order(5, pending), order(12, pending),
                 order(6, pending)});
    QCOMPARE(model.rowCount(), 6);
    for (int row = 1; row < model.rowCount(); ++row) {
        QVERIFY(model.at(row - 1)->id < model.at(row)->id);
    }
    QCOMPARE(proxy.rowCount(), 6);
    QCOMPARE(proxy.mapToSource(proxy.index(0, 0)).row(), 5);  // newest first
}

void ModelsTest::anOlderStateDoesNotComeBack() {
    OrdersModel model(tokens_);
    const QAbstractItemModelTester tester(&model, kFail);
    model.merge({order(1, domain::OrderStatus::submitted, 20)});
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    model.merge({order(1, domain::OrderStatus::pending, 10)});
    QCOMPARE(changed.size(), 0);
    QCOMPARE(model.at(0)->status, domain::OrderStatus::submitted);
    model.merge({order(1, domain::OrderStatus::confirmed, 30)});
    QCOMPARE(changed.size(), 1);
    QCOMPARE(shown(model, 0, OrdersModel::state), QStringLiteral("\u2713 confirmed"));
    // Two states in one batch: the later one stands, wherever it is.
    model.merge(
        {order(2, domain::OrderStatus::failed, 9), order(2, domain::OrderStatus::pending, 5)});
    QCOMPARE(model.at(1)->status, domain::OrderStatus::failed);
}

void ModelsTest::theOldestRowsLeaveAtTheBound() {
    constexpr std::size_t kBound = 10;
    OrdersModel model(tokens_, nullptr, kBound);
    const QAbstractItemModelTester tester(&model, kFail);
    std::vector<domain::OrderPtr> many;
    for (std::uint32_t i = 100; i < 125; ++i) {
        many.push_back(order(i, domain::OrderStatus::pending));
    }
    model.merge(many);
    QCOMPARE(model.rowCount(), 10);
    QVERIFY(model.at(0)->id == many[15]->id);
    model.merge({order(1, domain::OrderStatus::pending), order(200, domain::OrderStatus::pending)});
    QCOMPARE(model.rowCount(), 10);
    QVERIFY(model.at(0)->id == many[16]->id);
    QVERIFY(model.at(9)->id == order(200, domain::OrderStatus::pending)->id);
}

// Against a std::map, over many deterministic shapes of batches.
void ModelsTest::mergesOfAnyShapeEqualTheSortedUnion() {
    constexpr std::size_t kBound = 40;
    OrdersModel model(tokens_, nullptr, kBound);
    const QAbstractItemModelTester tester(&model, kFail);
    std::map<domain::OrderId, base::UnixMicros> reference;
    std::uint32_t state = 12345;
    const auto next = [&state](std::uint32_t below) {
        state = state * 1'664'525U + 1'013'904'223U;
        return (state >> 8) % below;
    };
    for (int round = 0; round < 200; ++round) {
        std::vector<domain::OrderPtr> batch;
        const std::uint32_t size = next(12);
        for (std::uint32_t i = 0; i < size; ++i) {
            batch.push_back(order(next(90), domain::OrderStatus::pending,
                                  static_cast<base::UnixMicros>(next(1'000))));
        }
        const bool full = reference.size() >= kBound;
        const domain::OrderId oldest = full ? reference.begin()->first : domain::OrderId{};
        for (const domain::OrderPtr& row : batch) {
            if (full && row->id < oldest) {
                continue;
            }
            auto& updated = reference.try_emplace(row->id, row->updatedAtMicros).first->second;
            updated = std::max(updated, row->updatedAtMicros);
        }
        while (reference.size() > kBound) {
            reference.erase(reference.begin());
        }
        model.merge(batch);
        QCOMPARE(model.rowCount(), static_cast<int>(reference.size()));
        int row = 0;
        for (const auto& [id, updated] : reference) {
            QVERIFY(model.at(row)->id == id);
            QCOMPARE(model.at(row)->updatedAtMicros, updated);
            ++row;
        }
    }
}

void ModelsTest::unknownIsADash() {
    OrdersModel model(tokens_);
    model.merge({order(1, domain::OrderStatus::pending)});
    for (const int column : {OrdersModel::route, OrdersModel::out, OrdersModel::price}) {
        QCOMPARE(shown(model, 0, column), unknownText());
    }
}

void ModelsTest::amountsShowRoundedAndSayExactly() {
    OrdersModel model(tokens_);
    model.merge({order(1, domain::OrderStatus::confirmed)});
    QCOMPARE(shown(model, 0, OrdersModel::amount), QStringLiteral("1,234.500000001 SOL"));
    QCOMPARE(shown(model, 0, OrdersModel::out), QStringLiteral("185,175.0123 USDC"));
    QCOMPARE(shown(model, 0, OrdersModel::out, exactRole), QStringLiteral("185,175.012345 USDC"));
    QCOMPARE(shown(model, 0, OrdersModel::out, Qt::ToolTipRole),
             QStringLiteral("185,175.012345 USDC"));
    // 185175.012345 / 1234.500000001 = 150.00001000…
    QCOMPARE(shown(model, 0, OrdersModel::price), QStringLiteral("150"));
    QCOMPARE(shown(model, 0, OrdersModel::slot), QStringLiteral("417,600,130"));
    QVERIFY(shown(model, 0, OrdersModel::out, Qt::AccessibleTextRole).startsWith(u"Out: "));
}

void ModelsTest::failedOrdersSayWhy() {
    OrdersModel model(tokens_);
    model.merge({order(1, domain::OrderStatus::failed)});
    QCOMPARE(shown(model, 0, OrdersModel::state), QStringLiteral("\u2715 failed"));
    QVERIFY(shown(model, 0, OrdersModel::state, Qt::ToolTipRole).contains(u"blockhash"));
}

void ModelsTest::fillsAreUniqueByOrderAndLeg() {
    FillsModel model(tokens_);
    const QAbstractItemModelTester tester(&model, kFail);
    model.merge({fill(2), fill(1), fill(1, 1)});
    model.merge({fill(1), fill(3)});
    QCOMPARE(model.rowCount(), 4);
    QCOMPARE(shown(model, 0, FillsModel::leg), QStringLiteral("1"));
    QCOMPARE(shown(model, 1, FillsModel::leg), QStringLiteral("2"));
    QCOMPARE(shown(model, 0, FillsModel::networkFee), QStringLiteral("0.000015"));
    QCOMPARE(shown(model, 1, FillsModel::networkFee), unknownText());
    QCOMPARE(shown(model, 0, FillsModel::signature, exactRole).size(), 64);  // 64 zero bytes
}

void ModelsTest::fillPricesAreInTheQuoteToken_data() {
    QTest::addColumn<bool>("solIsGiven");
    QTest::newRow("SOL given") << true;
    QTest::newRow("USDC given") << false;
}

void ModelsTest::fillPricesAreInTheQuoteToken() {
    QFETCH(bool, solIsGiven);
    domain::Fill row = fill(1);
    if (!solIsGiven) {
        std::swap(row.inputMint, row.outputMint);
        std::swap(row.amountInRaw, row.amountOutRaw);
    }
    FillsModel model(tokens_);
    model.merge({row});
    QCOMPARE(shown(model, 0, FillsModel::price), QStringLiteral("150.25 USDC"));
}

void ModelsTest::logExplainsAndNotes() {
    EventsModel model(tokens_);
    const QAbstractItemModelTester tester(&model, kFail);
    domain::OrderEvent event;
    event.sequence = 1;
    event.status = domain::OrderStatus::pending;
    event.slot = 417'600'123;
    event.order = order(1, domain::OrderStatus::pending);
    LogLine first = model.lineOf(event);
    QCOMPARE(first.detail, QStringLiteral("sell 1,234.500000001 SOL for USDC"));
    event.sequence = 2;
    event.status = domain::OrderStatus::failed;
    event.order = order(1, domain::OrderStatus::failed);
    model.merge({model.lineOf(event), first});
    model.addNotice(QStringLiteral("queue changed"), 0);
    model.addNotice(QStringLiteral("queue changed back"), 0);
    event.sequence = 3;
    model.merge({model.lineOf(event)});
    QCOMPARE(model.rowCount(), 5);
    QCOMPARE(shown(model, 0, EventsModel::state), QStringLiteral("\u25CC pending"));
    QVERIFY(shown(model, 1, EventsModel::detail).contains(u"blockhash"));
    QCOMPARE(shown(model, 2, EventsModel::detail), QStringLiteral("queue changed"));
    QCOMPARE(shown(model, 3, EventsModel::detail), QStringLiteral("queue changed back"));
    QCOMPARE(shown(model, 2, EventsModel::slot), unknownText());
    QCOMPARE(shown(model, 4, EventsModel::state), QStringLiteral("\u2715 failed"));
}

void ModelsTest::walletFollowsBalances() {
    WalletModel model(tokens_);
    const QAbstractItemModelTester tester(&model, kFail);
    QCOMPARE(model.rowCount(), 4);
    execution::Wallet wallet = *engine_.wallet();
    wallet.set(execution::WalletOwner::trader, domain::solMint(), {3'000'000'000, 1'000'000'001});
    model.setWallet(std::make_shared<const execution::Wallet>(wallet));
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    model.setWallet(std::make_shared<const execution::Wallet>(wallet));
    QCOMPARE(changed.size(), 0);
    int solRow = 0;
    while (shown(model, solRow, WalletModel::token) != QStringLiteral("SOL")) {
        ++solRow;
    }
    QCOMPARE(shown(model, solRow, WalletModel::freeAmount), QStringLiteral("1.999999999"));
    QCOMPARE(shown(model, solRow, WalletModel::reserved), QStringLiteral("1.000000001"));
    QCOMPARE(shown(model, solRow, WalletModel::total), QStringLiteral("3"));
}

void ModelsTest::columnsMeasureTheirNumbers() {
    OrdersModel model(tokens_);
    QSignalSpy header(&model, &QAbstractItemModel::headerDataChanged);
    model.merge({order(1, domain::OrderStatus::pending)});
    QVERIFY(header.size() > 0);
    const auto measured = [&](int role) {
        return model.headerData(OrdersModel::amount, Qt::Horizontal, role);
    };
    QCOMPARE(measured(fractionDigitsRole).toInt(), 9);
    QCOMPARE(measured(wholeCharsRole).toInt(), 5);  // "1,234"
    QCOMPARE(measured(longestUnitRole).toString(), QStringLiteral("SOL"));
    header.clear();
    model.merge({order(2, domain::OrderStatus::pending)});
    QCOMPARE(header.size(), 0);  // nothing grew, nothing moves
}

void ModelsTest::filterFindsFullIds() {
    OrdersModel model(tokens_);
    FilterProxy proxy;
    const QAbstractItemModelTester tester(&proxy, kFail);
    proxy.setSourceModel(&model);
    model.merge({order(1, domain::OrderStatus::pending), order(2, domain::OrderStatus::confirmed),
                 order(3, domain::OrderStatus::failed)});
    proxy.setFilterText(QStringLiteral("CONFIRMED sol"));
    QCOMPARE(proxy.rowCount(), 1);
    proxy.setFilterText(fromStd(domain::toBase58(domain::solMint())));  // the pool of the plan
    QCOMPARE(proxy.rowCount(), 1);
    proxy.setFilterText(QStringLiteral("confirmed bonk"));
    QCOMPARE(proxy.rowCount(), 0);
    proxy.setFilterText({});
    QCOMPARE(proxy.rowCount(), 3);
}

void ModelsTest::sortingIsByNumber() {
    FillsModel model(tokens_);
    FilterProxy proxy;
    proxy.setSourceModel(&model);
    domain::Fill small = fill(1);
    small.amountInRaw = 9'000'000'000;
    domain::Fill large = fill(2);
    large.amountInRaw = 10'000'000'000;
    model.merge({small, large});
    proxy.sort(FillsModel::in, Qt::AscendingOrder);  // as text "10" would come before "9"
    QCOMPARE(proxy.mapToSource(proxy.index(0, 0)).row(), 0);
}

void ModelsTest::csvIsExactAndSafe() {
    OrdersModel model(tokens_);
    FilterProxy proxy;
    proxy.setSourceModel(&model);
    model.merge({order(1, domain::OrderStatus::confirmed), order(2, domain::OrderStatus::pending)});
    proxy.sort(0, Qt::AscendingOrder);
    const QList<QByteArray> lines = toCsv(proxy).split('\n');
    QCOMPARE(lines.size(), 4);  // header, two rows, the end
    QCOMPARE(lines[0].trimmed(),
             QByteArray("Time,Side,Amount,Amount unit,Pair,Route,Out,Out unit,Price,Slot,State"));
    QVERIFY(lines[1].endsWith('\r'));
    const QList<QByteArray> fields = lines[1].trimmed().split(',');
    QCOMPARE(fields[2], QByteArray("1234.500000001"));
    QCOMPARE(fields[3], QByteArray("SOL"));
    QCOMPARE(fields[6], QByteArray("185175.012345"));
    QCOMPARE(fields[9], QByteArray("417600130"));
    QCOMPARE(fields[10], QByteArray("confirmed"));
    QCOMPARE(lines[2].trimmed().split(',')[6], QByteArray());  // unknown is empty

    EventsModel log(tokens_);
    log.addNotice(QStringLiteral("=HYPERLINK(\"x\"), gone\nfor good"), 0);
    const QByteArray csv = toCsv(log);
    QVERIFY2(csv.contains("\"'=HYPERLINK(\"\"x\"\"), gone\nfor good\""), csv.constData());
}

}  // namespace oee::ui

QTEST_GUILESS_MAIN(oee::ui::ModelsTest)
#include "models_test.moc"
