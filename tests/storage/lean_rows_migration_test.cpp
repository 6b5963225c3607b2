// Schema 9 keeps what people read: the tables of before are views, and say the same.

#include <QTemporaryDir>
#include <QTest>

#include "storage/connection.h"
#include "storage/migration_rows.h"
#include "storage/migrations.h"

using namespace oee::storage;
using namespace oee::storage::test;

namespace {

// Of version 8, as its program wrote them: an order of each kind, amounts with and without
// decimals, gains and costs, and what 64 bits can hold.
constexpr const char* kRows[] = {
    "INSERT INTO wallet (owner, token, amount, reserved, mint, amount_raw, reserved_raw) VALUES "
    "('trader', 'SOL', '12.5', '0', 'sol', '00000000012500000000', '00000000000000000000'), "
    "('faucet', 'SOL', '1', '0', 'sol', '00000000001000000000', '00000000000000000000'), "
    "('trader', 'USDC', '0', '0', 'usdc', '00000000000000000000', '00000000000000000000'), "
    "('faucet', 'USDC', '18446744073709.551615', '0', 'usdc', '18446744073709551615', "
    "'00000000000000000000')",

    "INSERT INTO orders (id, status, side, token_in, token_out, amount_in, created_at, updated_at, "
    "type, input_mint, output_mint, amount_in_raw, slippage_bps, attempt, fence, "
    "reserved_lamports, created_at_micros, updated_at_micros, created_slot, idempotency_key) "
    "VALUES "
    "('A', 'pending', 'sell', 'SOL', 'USDC', '0.000000001', '2025-06-15T15:06:40.123Z', "
    "'2025-06-15T15:06:40.123Z', 'market', 'sol', 'usdc', '00000000000000000001', 50, 1, 0, "
    "'00000000000000020000', 1750000000123456, 1750000000123999, -1, 'key'), "
    "('B', 'submitted', 'buy', 'USDC', 'SOL', '7', '2025-06-15T15:06:41.000Z', "
    "'2025-06-15T15:06:42.999Z', 'market', 'usdc', 'sol', '00000000000007000000', 50, 2, "
    "4294967297, '00000000000000020000', 1750000001000000, 1750000002999999, 5, NULL), "
    "('C', 'confirmed', 'sell', 'SOL', 'USDC', '2', '2025-06-15T15:06:41.000Z', "
    "'2025-06-15T15:06:42.999Z', 'market', 'sol', 'usdc', '00000000002000000000', 50, 1, 9, "
    "'00000000000000020000', 1750000001000000, 1750000002999999, 5, NULL), "
    "('D', 'failed', 'sell', '?', 'USDC', '12', '2025-06-15T15:06:41.000Z', "
    "'2025-06-15T15:06:42.999Z', 'market', 'unknown', 'usdc', '00000000000000000012', 50, 1, 9, "
    "'00000000000000020000', 1750000001000000, 1750000002999999, 5, NULL)",
    "UPDATE orders SET signature = 'sig' || id, plan_pool = 'pool', plan_program = 'raydium-cpmm', "
    "plan_legs = 1, plan_expected_out_raw = '00000000000300000007', plan_min_out_raw = "
    "'00000000000299000000', plan_legs_json = "
    "'[{\"pool\":\"pool\",\"program\":\"raydium-cpmm\"}]', plan_in_raw = amount_in_raw, "
    "plan_max_in_raw = amount_in_raw, plan_bound_raw = '00000000000300000009', plan_gap_ppb = "
    "'00000000000000000006' WHERE id = 'B' OR id = 'C'",
    "UPDATE orders SET amount_out = '300.00001', price = '150.000005', executed_in_raw = "
    "amount_in_raw, executed_out_raw = '00000000000300000010', network_fee_lamports = "
    "'00000000000000005000', executed_slot = 9 WHERE id = 'C'",
    "UPDATE orders SET error = 'No pool.', failure_reason = 'noPool', failure_program = "
    "'raydium-cpmm', failure_code = 6022 WHERE id = 'D'",

    "INSERT INTO transactions (order_id, attempt, fence, signature, legs, expected_out_raw, "
    "min_amount_out_raw, compute_unit_limit, compute_unit_price, tip_lamports, "
    "network_fee_lamports, snapshot_slot, last_valid_block_height, sent_at_micros, "
    "arrives_at_micros, max_amount_in_raw, decision_out_raw) SELECT id, attempt, fence, signature, "
    "plan_legs_json, plan_expected_out_raw, plan_min_out_raw, 140000, '18446744073709551615', "
    "'00000000000000001000', '00000000000000012000', 77, 99, 1750000002000000, 1750000002040000, "
    "plan_max_in_raw, '00000000000301000000' FROM orders WHERE id = 'B'",
    "INSERT INTO outbox (order_id, attempt, at_micros, failures) VALUES ('A', 1, 5, 3)",

    "INSERT INTO order_events (seq, order_id, status, slot, time, detail, at_micros, "
    "previous_sha256) VALUES "
    "(1, 'A', 'pending', -1, '2025-06-15T15:06:40.123Z', '', 1750000000123456, ''), "
    "(2, 'C', 'pending', 5, '2025-06-15T15:06:41.000Z', 'it''s', 1750000001000000, "
    "'00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff')",
    "INSERT INTO fills (number, order_id, leg, venue, token_in, token_out, amount_in, amount_out, "
    "price, time, slot, pool, program, input_mint, output_mint, amount_in_raw, amount_out_raw, "
    "fee_raw, protocol_fee_raw, fee_mint, network_fee_lamports, at_micros, signature) VALUES "
    "(4, 'C', 0, 'Raydium', 'SOL', 'USDC', '2', '300.00001', '150.000005', "
    "'2025-06-15T15:06:42.999Z', 9, 'pool', 'raydium-cpmm', 'sol', 'usdc', '00000000002000000000', "
    "'00000000000300000010', '00000000000005000000', '00000000000000600000', 'sol', "
    "'00000000000000005000', 1750000002999999, 'sigC')",
    "INSERT INTO receipts (order_id, token_in, token_out, amount_in, decision_out, quoted_out, "
    "amount_out, delay_cost, price_impact_cost, lp_fees_cost, protocol_fees_cost, "
    "transfer_fees_cost, sandwich_cost, network_cost, shortfall, input_mint, output_mint, "
    "amount_in_raw, decision_slot, landing_slot, confirmed_slot, finalized_slot, "
    "landed_at_micros, decision_out_raw, quoted_out_raw, landing_out_raw, unsandwiched_out_raw, "
    "amount_out_raw, network_fee_lamports, delay_cost_raw, price_impact_cost_raw, "
    "lp_fees_cost_raw, protocol_fees_cost_raw, transfer_fees_cost_raw, sandwich_cost_raw, "
    "network_cost_raw, compared, best_raydium_out_raw, markout_1s_out, markout_1s_out_raw, "
    "markout_1s_after_millis) VALUES ('C', 'SOL', 'USDC', '2', '299', '300.000007', '300.00001', "
    "'-1.500001', '0.000001', '0.4', '0.1', '0', '0', '0.00075', '-1.00001', 'sol', 'usdc', "
    "'00000000002000000000', 5, 9, 9, 40, 1750000002999999, '00000000000299000000', "
    "'00000000000300000007', '00000000000300000010', '00000000000300000010', "
    "'00000000000300000010', '00000000000000005000', '-1500001', '1', '400000', '100000', '0', "
    "'0', '750', 1, '00000000000300000000', '301', '00000000000301000000', 1200)",
};

constexpr const char* kTables[] = {"orders", "order_events", "fills", "receipts", "outbox"};

}  // namespace

class LeanRowsMigrationTest : public QObject {
    Q_OBJECT

  private slots:
    void whatPeopleReadStaysTheSame() {
        QTemporaryDir folder;
        auto opened = Connection::open({.path = folder.filePath("engine.db")});
        QVERIFY(opened.has_value());
        Connection& connection = **opened;
        QVERIFY2(makeVersion(connection, 8, kRows), connection.failure().text.c_str());
        std::map<QString, QString> columns;
        std::map<QString, QStringList> before;
        for (const QString table : kTables) {
            columns[table] = allColumns(connection, table);
            before[table] = rowsOf(connection, table, columns[table]);
            QVERIFY2(!before[table].isEmpty(), qPrintable(table));
        }

        QVERIFY(migrate(connection, embeddedMigrations()).has_value());

        for (const QString table : kTables) {
            QCOMPARE(rowsOf(connection, table, columns[table]), before[table]);
        }
        // What is under way is as it was, and what has ended keeps its plan.
        QCOMPARE(rowsOf(connection, "transactions",
                        "order_id || attempt || fence || signature || snapshot_slot || "
                        "compute_unit_price || decision_out_raw"),
                 (QStringList{"B24294967297sigB771844674407370955161500000000000301000000",
                              "C19sigC00000000000000000000000000000000300000007"}));
        QVERIFY(!connection.failed());
    }
};

QTEST_GUILESS_MAIN(LeanRowsMigrationTest)
#include "lean_rows_migration_test.moc"
