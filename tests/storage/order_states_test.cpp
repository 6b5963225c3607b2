// Where an order stands is told from several rows: it must read as the store said that it is,
// however far it came within one commit.

#include <map>
#include <set>
#include <utility>

#include <QTest>

#include "storage/event_chain.h"
#include "storage/history_reader.h"
#include "storage/store_fixture.h"

using namespace oee;
using namespace oee::storage;
using namespace oee::storage::test;
using domain::OrderStatus;

namespace {

using Detail = tl::expected<OrderRecord, execution::StoreError>;

class States {
  public:
    explicit States(StoreFixture& fixture) : fixture_(fixture) {}

    domain::OrderPtr admitted(domain::OnRevert onRevert = domain::OnRevert::fail) {
        execution::OrderDraft draft = draftOf(kSol);
        draft.onRevert = onRevert;
        draft.reservedLamports = 2 * kReservedLamports;  // for two attempts
        tick();
        return fixture_.admit(draft)->order;
    }
    domain::OrderPtr submitted(const domain::OrderPtr& order) {
        tick();
        const domain::OrderPtr handed = *fixture_.handOut(order->id);
        return *fixture_.submit({fixture_.transactionFor(*handed), fixture_.slot});
    }
    void note(const domain::OrderPtr& order, OrderStatus status) {
        tick();
        fixture_.store().note({order->id, order->fence, status, fixture_.slot, {}, "on its way"});
    }
    void commit(const chain::TransactionOutcome& outcome) {
        tick();
        QVERIFY(fixture_.commitSlot(fixture_.slotWith({outcome})).has_value());
    }
    // Sent, and planned anew with a fee spent.
    domain::OrderPtr plannedAnew() {
        const domain::OrderPtr sent = submitted(admitted(domain::OnRevert::requote));
        commit(StoreFixture::reverted(*sent, amm::SwapError::slippageExceeded));
        return sent;
    }

    // One of each kind.
    void makeAll() {
        admitted();
        note(admitted(), OrderStatus::routing);
        note(admitted(), OrderStatus::building);
        submitted(admitted());
        commit(StoreFixture::landed(*submitted(admitted()), 150 * kUsdc));
        commit(StoreFixture::reverted(*submitted(admitted()), amm::SwapError::slippageExceeded));
        const domain::OrderPtr failing = admitted();
        QVERIFY(fixture_.fail({failing->id,
                               failing->fence,
                               {domain::FailureReason::noLiquidity, {}, {}},
                               fixture_.slot}));
        QVERIFY(fixture_.cancel(admitted()->id));
        const domain::OrderPtr begun = admitted();
        note(begun, OrderStatus::routing);
        QVERIFY(fixture_.cancel(begun->id));
        commit(StoreFixture::expired(*submitted(admitted())));
        const domain::OrderPtr expired = submitted(admitted());
        commit(StoreFixture::expired(*expired));
        submitted(expired);
        plannedAnew();
        submitted(plannedAnew());
        QVERIFY(fixture_.cancel(plannedAnew()->id));
        commit(StoreFixture::landed(*submitted(plannedAnew()), UINT64_MAX / 2 + 7));
    }

  private:
    void tick() { fixture_.clock.wall += 1'000'001; }

    StoreFixture& fixture_;
};

}  // namespace

class OrderStatesTest : public QObject {
    Q_OBJECT

  private slots:
    void ordersReadAsTheyAre_data();
    void ordersReadAsTheyAre();
};

void OrderStatesTest::ordersReadAsTheyAre_data() {
    QTest::addColumn<Durability>("durability");
    QTest::newRow("a commit each") << Durability::powerLoss;
    QTest::newRow("few commits") << Durability::processEnd;
}

void OrderStatesTest::ordersReadAsTheyAre() {
    QFETCH(const Durability, durability);
    StoreFixture fixture;
    fixture.options.durability = durability;
    fixture.options.retries = {};
    fixture.open();
    States(fixture).makeAll();
    fixture.close();

    // As its last event told each.
    std::map<domain::OrderId, domain::Order> expected;
    for (const auto& event : fixture.watcher.events()) {
        expected[event->order->id] = *event->order;
    }
    QCOMPARE(expected.size(), std::size_t{15});
    std::set<std::pair<OrderStatus, std::uint32_t>> states;
    std::size_t open = 0, submitted = 0;
    const auto reader = HistoryReader::open(fixture.path());
    for (auto& [id, order] : expected) {
        if (order.status == OrderStatus::building) {
            order.plan.reset();  // stands from submitted on
        }
        const auto detail =
            waitFor<Detail>([&, of = id](auto answer) { (*reader)->order(of, std::move(answer)); });
        QVERIFY2(*detail->order == order, domain::toString(id).c_str());
        states.emplace(order.status, order.attempt);
        open += domain::isTerminal(order.status) ? 0U : 1U;
        submitted += order.status == OrderStatus::submitted ? 1U : 0U;
    }
    QCOMPARE(states.size(), std::size_t{11});
    QCOMPARE(fixture.broken(), QString());
    const auto report = verifyHistory({fixture.path(), {}});
    QVERIFY2(report->problem.isEmpty(), qPrintable(report->problem));

    fixture.open();
    QCOMPARE(fixture.opened.state.inFlight.size(), submitted);
    QCOMPARE(fixture.opened.state.openOrders.size(), open - submitted);
    for (const domain::OrderPtr& order : fixture.opened.state.openOrders) {
        QVERIFY(*order == expected.at(order->id));
    }
}

QTEST_GUILESS_MAIN(OrderStatesTest)
#include "order_states_test.moc"
