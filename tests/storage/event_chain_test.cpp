#include "storage/event_chain.h"

#include <QFile>
#include <QTest>

#include "execution/event_record.h"
#include "store_fixture.h"

using namespace oee;
using namespace oee::storage;
using namespace oee::storage::test;

namespace {

// Orders with every end, over two openings of the file.
void makeHistory(StoreFixture& fixture) {
    fixture.open();
    const auto first = fixture.submitted();
    const auto second = fixture.submitted();
    QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::landed(*first, 150 * kUsdc)})));
    fixture.close();
    fixture.open();
    const auto third = fixture.submitted();
    // Of two confirmed orders one has a receipt, as after an upgrade.
    execution::SlotCommit commit =
        fixture.slotWith({StoreFixture::reverted(*second, amm::SwapError::slippageExceeded),
                          StoreFixture::landed(*third, 149 * kUsdc)});
    commit.receipts = {fixture.receiptOf(*third, 149 * kUsdc)};
    QVERIFY(fixture.commitSlot(commit));
    QVERIFY(fixture.cancel(fixture.admitted()->id));
    fixture.admitted();
    fixture.close();
}

}  // namespace

class EventChainTest : public QObject {
    Q_OBJECT

  private slots:
    void aWholeHistoryIsWhole();
    void anEmptyHistoryIsWhole();
    void everyTraceOfATamperingHandIsSeen_data();
    void everyTraceOfATamperingHandIsSeen();
    void aDamagedFileIsReported();
    void aMissingFileIsAnError();
    void recordsOfDifferentEventsDiffer();
};

void EventChainTest::aWholeHistoryIsWhole() {
    StoreFixture fixture;
    makeHistory(fixture);
    const auto report = verifyHistory({fixture.path(), {}});
    QVERIFY(report.has_value());
    QVERIFY2(report->problem.isEmpty(), qPrintable(report->problem));
    QCOMPARE(report->orders, 5U);
    QCOMPARE(report->fills, 2U);
    QCOMPARE(report->receipts, 1U);
    QCOMPARE(report->unchained, 0U);
    QCOMPARE(QString::number(report->events), fixture.rows("SELECT max(seq) FROM order_events")[0]);
    QCOMPARE(report->head, fixture.rows("SELECT value FROM meta WHERE key = 'event_head'")[0]);
    // The second event carries the hash of the first, computed here from the documented fields.
    QCOMPARE(fixture.rows("SELECT previous_sha256 FROM order_events WHERE seq = 1")[0],
             QString(64, '0'));
    QVERIFY(fixture.rows("SELECT previous_sha256 FROM order_events WHERE seq = 2")[0] !=
            QString(64, '0'));
}

void EventChainTest::anEmptyHistoryIsWhole() {
    StoreFixture fixture;
    fixture.open();
    fixture.close();
    const auto report = verifyHistory({fixture.path(), {}});
    QVERIFY(report.has_value());
    QVERIFY2(report->problem.isEmpty(), qPrintable(report->problem));
    QCOMPARE(report->events, 0U);
}

void EventChainTest::everyTraceOfATamperingHandIsSeen_data() {
    QTest::addColumn<QString>("change");
    QTest::newRow("detail") << "UPDATE event_rows SET detail = 'better' WHERE seq = 3";
    QTest::newRow("slot") << "UPDATE event_rows SET slot = slot + 1 WHERE seq = 2";
    QTest::newRow("time") << "UPDATE event_rows SET at_micros = at_micros + 1 WHERE seq = 4";
    QTest::newRow("status") << "UPDATE event_rows SET status = 'failed' WHERE seq = 5";
    QTest::newRow("hash") << "UPDATE event_rows SET previous_sha256 = '" + QString(64, 'a') +
                                 "' WHERE seq = 5";
    QTest::newRow("blank hash") << "UPDATE event_rows SET previous_sha256 = '' WHERE seq = 5";
    QTest::newRow("all hashes blank") << "UPDATE event_rows SET previous_sha256 = ''";
    QTest::newRow("middle lost") << "DELETE FROM event_rows WHERE seq = 4";
    QTest::newRow("first lost") << "DELETE FROM event_rows WHERE seq = 1";
    QTest::newRow("newest lost")
        << "DELETE FROM event_rows WHERE seq = (SELECT max(seq) FROM order_events)";
    QTest::newRow("amount asked for")
        << "UPDATE order_rows SET amount_in_raw = '00000000000000000007' "
           "WHERE number IN (SELECT order_number FROM order_ends WHERE status = 'confirmed')";
    QTest::newRow("slippage")
        << "UPDATE order_rows SET slippage_bps = 51 "
           "WHERE number IN (SELECT order_number FROM order_ends WHERE status = 'cancelled')";
    QTest::newRow("amount got")
        << "UPDATE order_ends SET executed_out_raw = 999999999 WHERE status = 'confirmed'";
    QTest::newRow("fill") << "UPDATE fill_rows SET amount_out_raw = '00000000000999999999'";
    QTest::newRow("fill lost") << "DELETE FROM fill_rows";
    QTest::newRow("receipt lost") << "DELETE FROM receipt_rows";
    for (const char* column :
         {"decision_out_raw", "quoted_out_raw", "landing_out_raw", "unsandwiched_out_raw",
          "amount_out_raw", "amount_in_raw", "network_fee_lamports"}) {
        QTest::newRow(column) << QStringLiteral(
                                     "UPDATE receipt_rows SET %1 = '00000000000000000007'")
                                     .arg(QLatin1String(column));
    }
    for (const char* column : {"decision_slot", "landing_slot", "confirmed_slot", "finalized_slot",
                               "landed_at_micros"}) {
        QTest::newRow(column)
            << QStringLiteral("UPDATE receipt_rows SET %1 = 7").arg(QLatin1String(column));
    }
    // The sum stays what it was.
    QTest::newRow("receipt's parts") << "UPDATE receipt_rows SET lp_fees_cost_raw = '1000004', "
                                        "delay_cost_raw = '-4'";
    QTest::newRow("receipt's token") << "UPDATE receipt_rows SET output_mint = input_mint";
    QTest::newRow("receipt of another")
        << "UPDATE receipt_rows SET order_number = (SELECT min(number) FROM orders)";
    QTest::newRow("receipt of what failed")
        << "INSERT INTO receipt_rows SELECT NULL, (SELECT number FROM orders WHERE status = "
           "'failed'), input_mint, output_mint, amount_in_raw, decision_slot, landing_slot, "
           "confirmed_slot, finalized_slot, landed_at_micros, decision_out_raw, quoted_out_raw, "
           "landing_out_raw, unsandwiched_out_raw, amount_out_raw, network_fee_lamports, "
           "delay_cost_raw, price_impact_cost_raw, lp_fees_cost_raw, protocol_fees_cost_raw, "
           "transfer_fees_cost_raw, sandwich_cost_raw, network_cost_raw, shortfall_cost_raw, "
           "compared, best_raydium_out_raw, best_meteora_out_raw, full_route_out_raw "
           "FROM receipt_rows";
    QTest::newRow("failure") << "UPDATE order_ends SET failure_reason = 'expired' "
                                "WHERE status = 'failed'";
    QTest::newRow("end") << "UPDATE order_ends SET status = 'failed' WHERE status = 'cancelled'";
    QTest::newRow("end lost") << "DELETE FROM order_ends WHERE status = 'cancelled'";
    QTest::newRow("end of what was filled lost")
        << "DELETE FROM order_ends WHERE status = 'confirmed'";
    QTest::newRow("status before it is sent") << "UPDATE order_rows SET status = 'routing'";
    QTest::newRow("head") << "UPDATE meta SET value = '" + QString(64, 'b') +
                                 "' WHERE key = 'event_head'";
    QTest::newRow("balance") << "UPDATE wallet SET amount_raw = '00000000000000000007' "
                                "WHERE owner = 'faucet'";
    QTest::newRow("account") << "UPDATE accounts SET data = zeroblob(length(data))";
    QTest::newRow("no head") << "DELETE FROM meta WHERE key = 'event_head'";
}

void EventChainTest::everyTraceOfATamperingHandIsSeen() {
    QFETCH(QString, change);
    StoreFixture fixture;
    makeHistory(fixture);
    QVERIFY(fixture.change(change));
    const auto report = verifyHistory({fixture.path(), {}});
    QVERIFY(report.has_value());
    QVERIFY(!report->problem.isEmpty());
}

void EventChainTest::aDamagedFileIsReported() {
    StoreFixture fixture;
    makeHistory(fixture);
    QFile file(fixture.path());
    QVERIFY(file.open(QIODevice::ReadWrite));
    const qint64 size = file.size();
    for (qint64 at = 8'192; at < size; at += 4'096) {  // every page but the first two
        QVERIFY(file.seek(at + 3));
        QVERIFY(file.write("\xff\xff\xff\xff", 4) == 4);
    }
    file.close();
    const auto report = verifyHistory({fixture.path(), {}});
    QVERIFY(!report || !report->problem.isEmpty());
}

void EventChainTest::aMissingFileIsAnError() {
    StoreFixture fixture;
    QVERIFY(!verifyHistory({fixture.path(), {}}).has_value());
}

void EventChainTest::recordsOfDifferentEventsDiffer() {
    domain::Order order;
    order.execution = domain::Execution{1, 2, 3, 4};
    domain::OrderEvent event;
    event.status = domain::OrderStatus::confirmed;
    event.detail = "1:2";
    event.order = std::make_shared<const domain::Order>(order);
    const domain::Fill fill;
    const std::string record = execution::eventRecord(event, {{&fill, 1}});
    QCOMPARE(record, execution::eventRecord(event, {{&fill, 1}}));
    QVERIFY(record != execution::eventRecord(event, {}));

    domain::OrderEvent other = event;
    other.detail = "12";
    QVERIFY(record != execution::eventRecord(other, {{&fill, 1}}));
    other = event;
    other.previousHash[31] = 1;
    QVERIFY(record != execution::eventRecord(other, {{&fill, 1}}));
    order.execution->amountOutRaw = 5;
    other = event;
    other.order = std::make_shared<const domain::Order>(order);
    QVERIFY(record != execution::eventRecord(other, {{&fill, 1}}));
}

QTEST_GUILESS_MAIN(EventChainTest)
#include "event_chain_test.moc"
