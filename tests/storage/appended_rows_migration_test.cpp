// Schema 11 keeps what people read: every view says of an older file what its tables said.

#include <QTemporaryDir>
#include <QTest>

#include "storage/connection.h"
#include "storage/migration_rows.h"
#include "storage/migrations.h"

using namespace oee::storage;
using namespace oee::storage::test;

namespace {

// Of version 10, as its program wrote them. Orders by number: 1 pending; 2 routing, its second
// attempt; 3 building; 4 submitted; 5 submitted in its second attempt; 6 confirmed in two legs;
// 7 failed after it was sent, with fees; 8 failed before; 9 cancelled; 10 parked.
constexpr const char* kRows[] = {
    "INSERT INTO order_rows (number, id, status, side, token_in, token_out, type, input_mint, "
    "output_mint, input_decimals, output_decimals, mode, amount_in_raw, amount_out_raw, "
    "slippage_bps, route, on_revert, deadline_micros, idempotency_key, reserved_lamports, "
    "created_at_micros, created_slot, attempt, fence, updated_at_micros, spent_lamports) "
    "SELECT column1, printf('ID%024u', column1), column2, 'sell', 'SOL', 'USDC', 'market', 'sol', "
    "'usdc', 9, 6, 'exactIn', printf('%020u', column1 * 1000000001), '00000000000000000000', 50, "
    "'{\"maxHops\":3,\"scope\":\"single\"}', iif(column3 > 1, 'requote', 'fail'), "
    "iif(column1 = 2, 1750000009000000, NULL), iif(column1 < 4, 'key' || column1, NULL), "
    "'00000000000000020000', 1750000000123456 + column1, column1 - 2, column3, "
    "(column1 << 32) + column3, 1750000000123456 + column1 * 1000000, printf('%020u', column4) "
    "FROM (VALUES (1, 'pending', 1, 0), (2, 'routing', 2, 5000), (3, 'building', 1, 0), "
    "(4, 'submitted', 1, 0), (5, 'submitted', 2, 5001), (6, 'confirmed', 1, 0), "
    "(7, 'failed', 3, 15000), (8, 'failed', 1, 0), (9, 'cancelled', 2, 7), (10, 'routing', 1, 0))",
    "UPDATE order_rows SET price = '150.000005', executed_in_raw = amount_in_raw, "
    "executed_out_raw = '18446744073709551615', network_fee_lamports = '00000000000000005000', "
    "executed_slot = -9 WHERE number = 6",
    "UPDATE order_rows SET error = 'It reverted.', failure_reason = 'reverted', failure_program = "
    "'raydium-cpmm', failure_code = 6022 WHERE number = 7",
    "UPDATE order_rows SET error = 'No pool.', failure_reason = 'noPool' WHERE number = 8",

    "INSERT INTO transactions SELECT id, attempt, fence, 'sig' || number, mode, "
    "'[{\"pool\":\"pool\",\"program\":\"raydium-cpmm\"},{\"pool\":\"other\"}]', amount_in_raw, "
    "'00000000000300000007', '00000000000299000000', amount_in_raw, '00000000000300000009', "
    "'00000000000000000006', '00000000000301000000', 140000, '18446744073709551615', "
    "'00000000000000001000', '00000000000000012000', 77, 99, 1750000002000000, 1750000002040000 "
    "FROM order_rows WHERE number BETWEEN 4 AND 7",
    "INSERT INTO outbox SELECT id, attempt, 1750000000123456, iif(number = 10, 5, number % 2), "
    "iif(number = 10, 1750000005000000, NULL) FROM order_rows WHERE number < 4 OR number = 10",

    "INSERT INTO event_rows SELECT number, number, 'pending', created_slot, 'it''s', "
    "created_at_micros, zeroblob(32) FROM order_rows",
    "INSERT INTO event_rows VALUES (11, 6, 'confirmed', 9, '', 1750000006123456, 'ff')",

    "INSERT INTO fill_rows (number, order_id, leg, venue, token_in, token_out, price, slot, pool, "
    "program, input_mint, output_mint, input_decimals, output_decimals, amount_in_raw, "
    "amount_out_raw, fee_raw, protocol_fee_raw, fee_mint, network_fee_lamports, at_micros) "
    "SELECT 3 + column1, id, column1, 'Raydium', 'SOL', 'USDC', '150', 9, 'pool', 'raydium-cpmm', "
    "'sol', 'usdc', 9, 6, amount_in_raw, '00000000000300000010', '00000000000005000000', "
    "'00000000000000600000', 'sol', '00000000000000005000', 1750000002999999 "
    "FROM order_rows, (VALUES (0), (1)) WHERE order_rows.number = 6",

    "INSERT INTO receipt_rows VALUES (2, 6, 'sol', 'usdc', '00000000006000000006', 5, 9, 9, 40, "
    "1750000006123456, '00000000000299000000', '00000000000300000007', '00000000000300000010', "
    "'00000000000300000010', '18446744073709551615', '00000000000000005000', '-1500001', '1', "
    "'400000', '100000', '0', '0', '750', '-1000010', 1, '00000000000300000000', NULL, NULL)",
    "INSERT INTO markout_rows VALUES (1, 2, '00000000000301000000', 1200)",
};

constexpr const char* kViews[] = {"orders",   "order_events", "fills",
                                  "receipts", "transactions", "outbox"};

}  // namespace

class AppendedRowsMigrationTest : public QObject {
    Q_OBJECT

  private:
    static void fill(Connection& connection) {
        QVERIFY2(makeVersion(connection, 10, kRows), connection.failure().text.c_str());
    }

  private slots:
    // A key that was forgotten may have come again.
    void anArchiveMayHaveAKeyTwice() {
        QTemporaryDir folder;
        auto opened = Connection::open({.path = folder.filePath("archive.db")});
        QVERIFY(opened.has_value());
        Connection& connection = **opened;
        fill(connection);
        QVERIFY(connection.run("DROP INDEX orders_by_idempotency_key"));
        QVERIFY(connection.run("UPDATE order_rows SET idempotency_key = 'key1'"));
        QVERIFY(migrate(connection, embeddedMigrations()).has_value());
        QCOMPARE(connection.scalar("SELECT count(*) FROM orders WHERE idempotency_key = 'key1'"),
                 QVariant(10));
    }

    void whatPeopleReadStaysTheSame() {
        QTemporaryDir folder;
        auto opened = Connection::open({.path = folder.filePath("engine.db")});
        QVERIFY(opened.has_value());
        Connection& connection = **opened;
        fill(connection);
        std::map<QString, QString> columns;
        std::map<QString, QStringList> before;
        for (const QString view : kViews) {
            columns[view] = allColumns(connection, view);
            before[view] = rowsOf(connection, view, columns[view]);
            QVERIFY2(!before[view].isEmpty(), qPrintable(view));
        }
        QCOMPARE(before["orders"].size(), 10);

        QVERIFY(migrate(connection, embeddedMigrations()).has_value());

        for (const QString view : kViews) {
            QCOMPARE(rowsOf(connection, view, columns[view]), before[view]);
        }
        QCOMPARE(rowsOf(connection, "outbox", "ltrim(order_id, 'ID0') || '|' || begun"),
                 (QStringList{"10|0", "1|0", "2|0", "3|1"}));
        QCOMPARE(connection.scalar("PRAGMA integrity_check").toString(), "ok");
        QVERIFY(!connection.failed());
    }
};

QTEST_GUILESS_MAIN(AppendedRowsMigrationTest)
#include "appended_rows_migration_test.moc"
