// Receipts, markouts and the chain's state in the file: with their slot, exactly, over restarts.

#include <QTest>

#include "storage/history_reader.h"
#include "storage/store_fixture.h"

using namespace oee;
using namespace oee::storage;
using namespace oee::storage::test;
using execution::StoreError;

namespace {

using Detail = tl::expected<OrderRecord, StoreError>;

constexpr base::i128 kWidest = base::i128{1} << 66;

std::optional<domain::Receipt> stored(const StoreFixture& fixture, domain::OrderId id) {
    auto reader = HistoryReader::open(fixture.path());
    if (!reader) {
        qFatal("no reader");
    }
    const Detail detail =
        waitFor<Detail>([&](auto answer) { (*reader)->order(id, std::move(answer)); });
    return detail ? detail->receipt : std::nullopt;
}

// A slot in which the order lands, with its receipt.
execution::SlotCommit landing(StoreFixture& fixture, const domain::Order& order) {
    execution::SlotCommit commit = fixture.slotWith({StoreFixture::landed(order, 150 * kUsdc)});
    commit.receipts = {fixture.receiptOf(order, 150 * kUsdc)};
    return commit;
}

execution::SlotCommit markout(StoreFixture& fixture, const domain::Order& order,
                              domain::Markout taken) {
    execution::SlotCommit commit = fixture.slotWith({});
    commit.markouts = {{order.id, taken}};
    return commit;
}

}  // namespace

class ReceiptsTest : public QObject {
    Q_OBJECT

  private slots:
    void aReceiptIsThereWithItsSlot();
    void theWidestNumbersSurvive();
    void peopleCanReadIt();
    void aReceiptOfNothingThatLandedIsRefused();
    void markoutsAreAppendedAndOwedUntilTheLast();
    void whatIsOwedComesWithItsFills();
    void theChainsStateStandsWithItsSlot();
    void aLostSlotLosesAllOfIt();
};

void ReceiptsTest::aReceiptIsThereWithItsSlot() {
    StoreFixture fixture;
    fixture.open();
    const auto order = fixture.submitted();
    QVERIFY(!stored(fixture, order->id).has_value());
    const auto commit = landing(fixture, *order);
    QVERIFY(fixture.commitSlot(commit));
    QVERIFY(stored(fixture, order->id) == commit.receipts.front());
    const auto other = fixture.submitted();
    QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::expired(*other)})));
    QVERIFY(!stored(fixture, other->id).has_value());
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

void ReceiptsTest::theWidestNumbersSurvive() {
    StoreFixture fixture;
    fixture.open();
    const auto order = fixture.submitted();
    auto commit = landing(fixture, *order);
    domain::Receipt& receipt = commit.receipts.front();
    receipt.decisionSlot = UINT64_MAX;
    receipt.finalizedSlot = UINT64_MAX - 1;
    receipt.landedAtMicros = -1;
    receipt.decisionOutRaw = UINT64_MAX;
    receipt.quotedOutRaw = UINT64_MAX - 2;
    receipt.parts.delayRaw = kWidest;
    receipt.parts.priceImpactRaw = -kWidest;
    receipt.parts.lpFeesRaw = base::i128{UINT64_MAX} - receipt.amountOutRaw;
    receipt.parts.protocolFeesRaw = -1;
    receipt.parts.sandwichRaw = 1;
    receipt.counterfactuals = domain::Counterfactuals{UINT64_MAX, {}, 0};
    receipt.markouts = {};
    QVERIFY(fixture.commitSlot(commit));
    QVERIFY(stored(fixture, order->id) == receipt);
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

void ReceiptsTest::peopleCanReadIt() {
    StoreFixture fixture;
    fixture.open();
    const auto order = fixture.submitted();
    QVERIFY(fixture.commitSlot(landing(fixture, *order)));
    fixture.close();
    QCOMPARE(fixture.rows("SELECT token_in, token_out, amount_in, decision_out, amount_out, "
                          "delay_cost, lp_fees_cost, shortfall FROM receipts"),
             QStringList{"SOL|USDC|1|151|150|-0.000005|1.000005|1.001"});
}

void ReceiptsTest::aReceiptOfNothingThatLandedIsRefused() {
    StoreFixture fixture;
    fixture.open();
    const auto order = fixture.submitted();
    const auto other = fixture.submitted();
    auto commit = landing(fixture, *order);
    commit.receipts.push_back(commit.receipts.front());
    QCOMPARE(fixture.commitSlot(commit).error(), StoreError::illegalTransition);
    commit.receipts = {fixture.receiptOf(*other, 1)};
    QCOMPARE(fixture.commitSlot(commit).error(), StoreError::illegalTransition);
    commit = fixture.slotWith({StoreFixture::expired(*order)});
    commit.receipts = {fixture.receiptOf(*order, 1)};
    QCOMPARE(fixture.commitSlot(commit).error(), StoreError::illegalTransition);
    // Nothing of them is left.
    QVERIFY(fixture.commitSlot(landing(fixture, *order)));
    fixture.close();
    QCOMPARE(fixture.rows("SELECT count(*) FROM receipts"), QStringList{"1"});
    QCOMPARE(fixture.broken(), QString());
}

void ReceiptsTest::markoutsAreAppendedAndOwedUntilTheLast() {
    StoreFixture fixture;
    fixture.open();
    const auto order = fixture.submitted();
    auto commit = landing(fixture, *order);
    QVERIFY(fixture.commitSlot(commit));
    domain::Receipt expected = commit.receipts.front();
    for (const std::uint32_t seconds : domain::kMarkoutSeconds) {
        const domain::Markout taken{seconds, UINT64_MAX - seconds, seconds * 1'000 + 7};
        expected.markouts.push_back(taken);
        fixture.open();  // a restart between any two
        QCOMPARE(fixture.opened.state.owedMarkouts.size(), std::size_t{1});
        QVERIFY(fixture.commitSlot(markout(fixture, *order, taken)));
        QVERIFY(stored(fixture, order->id) == expected);
    }
    fixture.open();
    QVERIFY(fixture.opened.state.owedMarkouts.empty());
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

void ReceiptsTest::whatIsOwedComesWithItsFills() {
    StoreFixture fixture;
    fixture.open();
    const auto first = fixture.submitted();
    const auto second = fixture.submitted();
    const auto done = fixture.submitted();
    for (const auto& order : {first, second, done}) {
        QVERIFY(fixture.commitSlot(landing(fixture, *order)));
    }
    QVERIFY(fixture.commitSlot(markout(fixture, *first, {1, 5, 1'000})));
    QVERIFY(fixture.commitSlot(markout(fixture, *done, {60, 5, 60'000})));
    const auto fills = fixture.watcher.fills();
    fixture.open();
    const auto& owed = fixture.opened.state.owedMarkouts;
    QCOMPARE(owed.size(), std::size_t{2});
    QVERIFY(owed[0].receipt == stored(fixture, first->id));
    QCOMPARE(owed[0].receipt.markouts.size(), std::size_t{1});
    QVERIFY(owed[0].fills == std::vector{fills[0]});
    QVERIFY(owed[1].receipt == stored(fixture, second->id));
    QVERIFY(owed[1].fills == std::vector{fills[1]});
}

void ReceiptsTest::theChainsStateStandsWithItsSlot() {
    StoreFixture fixture;
    fixture.open();
    QVERIFY(fixture.opened.state.chainState.empty());
    auto commit = fixture.slotWith({});
    commit.accounts = {{keyOf(10), keyOf(10), {keyOf(1), 1, {9}}}};
    commit.chainState = {0, 255, 7, 0};
    QVERIFY(fixture.commitSlot(commit));
    fixture.open();
    QVERIFY(fixture.opened.state.chainState == commit.chainState);
    // An empty slot's rides along, with its clock.
    commit = fixture.slotWith({});
    commit.chainState = {1, 2};
    QVERIFY(fixture.commitSlot(commit));
    fixture.open();
    QVERIFY(fixture.opened.state.chainState == commit.chainState);
    QVERIFY(fixture.opened.state.clock == commit.clock);
    fixture.close();
    QCOMPARE(fixture.rows("SELECT count(*) FROM chain_state"), QStringList{"1"});
}

void ReceiptsTest::aLostSlotLosesAllOfIt() {
    StoreFixture fixture;
    fixture.options.busyTimeout = std::chrono::milliseconds(10);
    fixture.open();
    const auto order = fixture.submitted();
    auto commit = landing(fixture, *order);
    commit.chainState = {1, 2, 3};
    {
        const FileLock lock(fixture.path());
        QCOMPARE(fixture.commitSlot(commit).error(), StoreError::unavailable);
    }
    QVERIFY(!stored(fixture, order->id).has_value());
    fixture.open();
    QVERIFY(fixture.opened.state.chainState.empty());
    QVERIFY(fixture.commitSlot(commit));
    QVERIFY(stored(fixture, order->id) == commit.receipts.front());
    fixture.close();
    QCOMPARE(fixture.broken(), QString());
}

QTEST_GUILESS_MAIN(ReceiptsTest)
#include "receipts_test.moc"
