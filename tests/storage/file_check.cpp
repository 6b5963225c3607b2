#include "storage/file_check.h"

#include <algorithm>
#include <map>
#include <set>

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QSqlRecord>

#include "domain/token.h"

namespace oee::storage::test {
namespace {

__extension__ typedef __int128 Wide;
using Totals = std::map<QString, Wide>;

Wide wide(const QString& digits) {
    return static_cast<Wide>(digits.toULongLong());
}

const std::map<QString, std::set<QString>>& legalNext() {
    // From the issue: pending → routing → building → submitted → confirmed | failed; before
    // submitted also failed or cancelled; another attempt goes back to routing.
    static const std::map<QString, std::set<QString>> next{
        {"", {"pending"}},
        {"pending", {"routing", "failed", "cancelled"}},
        {"routing", {"routing", "building", "failed", "cancelled"}},
        {"building", {"routing", "submitted", "failed", "cancelled"}},
        {"submitted", {"routing", "confirmed", "failed"}},
    };
    return next;
}

QString brokenHistory(PlainConnection& connection) {
    const QStringList events =
        connection.rows("SELECT seq, order_id, status FROM order_events ORDER BY seq");
    std::map<QString, QString> last;
    qulonglong expected = 0;
    for (const QString& event : events) {
        const QStringList columns = event.split('|');
        if (columns[0].toULongLong() != ++expected) {
            return "gap in the sequence at " + event;
        }
        const auto legal = legalNext().find(last[columns[1]]);
        if (legal == legalNext().end() || !legal->second.contains(columns[2])) {
            return "illegal step: " + last[columns[1]] + " to " + event;
        }
        last[columns[1]] = columns[2];
    }
    for (const QString& order : connection.rows("SELECT id, status FROM orders")) {
        const QStringList columns = order.split('|');
        if (last[columns[0]] != columns[1]) {
            return "status differs from the last event: " + order;
        }
    }
    return {};
}

QString brokenReservations(PlainConnection& connection) {
    Totals promised;
    const QString sol = QString::fromStdString(domain::toBase58(domain::solMint()));
    for (const QString& order :
         connection.rows("SELECT input_mint, amount_in_raw, reserved_lamports, spent_lamports FROM "
                         "orders WHERE status NOT IN ('confirmed', 'failed', 'cancelled')")) {
        const QStringList columns = order.split('|');
        promised[columns[0]] += wide(columns[1]);
        promised[sol] += wide(columns[2]) - wide(columns[3]);
    }
    for (const QString& row :
         connection.rows("SELECT owner, mint, amount_raw, reserved_raw FROM wallet")) {
        const QStringList columns = row.split('|');
        const Wide expected = columns[0] == "trader" ? promised[columns[1]] : 0;
        if (wide(columns[3]) != expected || wide(columns[2]) < wide(columns[3])) {
            return "reserved in the wallet: " + row;
        }
    }
    return {};
}

// Every token's total over the owners is the first supply plus what came from the pools.
QString brokenTotals(PlainConnection& connection, const execution::Genesis& genesis) {
    Totals expected;
    for (const auto& [mint, start] : genesis.startBalances) {
        expected[QString::fromStdString(domain::toBase58(mint))] =
            std::max<Wide>(Wide{1} << 62, static_cast<Wide>(start));
    }
    for (const QString& fill : connection.rows(
             "SELECT input_mint, amount_in_raw, output_mint, amount_out_raw FROM fills")) {
        const QStringList columns = fill.split('|');
        expected[columns[0]] -= wide(columns[1]);
        expected[columns[2]] += wide(columns[3]);
    }
    Totals found;
    for (const QString& row : connection.rows("SELECT mint, amount_raw FROM wallet")) {
        const QStringList columns = row.split('|');
        found[columns[0]] += wide(columns[1]);
    }
    for (const auto& [mint, total] : expected) {
        if (found[mint] != total) {
            return "total of " + mint + " is not constant";
        }
    }
    return found.size() == expected.size() ? QString() : QString("a token out of nowhere");
}

// Each belongs to a confirmed order, and its costs lead from the decision to what arrived.
QString brokenReceipts(PlainConnection& connection) {
    for (const QString& row : connection.rows(
             "SELECT order_id, decision_out_raw, receipts.amount_out_raw, delay_cost_raw, "
             "price_impact_cost_raw, lp_fees_cost_raw, protocol_fees_cost_raw, "
             "transfer_fees_cost_raw, sandwich_cost_raw, status, executed_out_raw "
             "FROM receipts LEFT JOIN orders ON id = order_id")) {
        const QStringList columns = row.split('|');
        Wide left = wide(columns[1]);
        for (int i = 3; i < 9; ++i) {
            const bool isNegative = columns[i].startsWith('-');
            Wide cost = 0;
            for (const QChar digit : columns[i].mid(isNegative ? 1 : 0)) {
                cost = cost * 10 + digit.digitValue();
            }
            left -= isNegative ? -cost : cost;
        }
        if (left != wide(columns[2]) || columns[9] != "confirmed" || columns[2] != columns[10]) {
            return "receipt: " + row;
        }
    }
    return {};
}

QString brokenSets(PlainConnection& connection) {
    const QString unsent = "'pending', 'routing', 'building'";
    if (connection.rows("SELECT order_id FROM outbox ORDER BY 1") !=
        connection.rows("SELECT id FROM orders WHERE status IN (" + unsent + ") ORDER BY 1")) {
        return "outbox differs from the orders that are not sent";
    }
    const QString sent = "SELECT order_id FROM transactions";
    if (!connection
             .rows("SELECT id FROM orders WHERE (status = 'submitted' OR status = 'confirmed') "
                   "AND id NOT IN (" +
                   sent + ")")
             .isEmpty()) {
        return "an order was sent and has no transaction";
    }
    if (!connection
             .rows("SELECT id FROM orders WHERE status IN (" + unsent + ") AND id IN (" + sent +
                   ")")
             .isEmpty() ||
        !connection
             .rows(sent + " WHERE order_id NOT IN (SELECT order_id FROM order_events "
                          "WHERE status = 'submitted')")
             .isEmpty()) {
        return "a transaction of an order that was not sent";
    }
    if (connection.rows("SELECT DISTINCT order_id FROM fills ORDER BY 1") !=
        connection.rows("SELECT id FROM orders WHERE status = 'confirmed' ORDER BY 1")) {
        return "fills differ from the confirmed orders";
    }
    return connection.rows("PRAGMA integrity_check") == QStringList{"ok"}
               ? QString()
               : QString("integrity_check");
}

}  // namespace

PlainConnection::PlainConnection(const QString& path)
    : name_(QStringLiteral("test-%1").arg(reinterpret_cast<quintptr>(this))) {
    QSqlDatabase database = QSqlDatabase::addDatabase("QSQLITE", name_);
    database.setDatabaseName(path);
    if (!database.open()) {
        qFatal("cannot open %s", qPrintable(path));
    }
}

PlainConnection::~PlainConnection() {
    QSqlDatabase::removeDatabase(name_);
}

QStringList PlainConnection::rows(const QString& sql) {
    QStringList rows;
    QSqlQuery query(QSqlDatabase::database(name_));
    if (!query.exec(sql)) {
        qFatal("%s: %s", qPrintable(sql), qPrintable(query.lastError().text()));
    }
    while (query.next()) {
        QStringList columns;
        for (int i = 0; i < query.record().count(); ++i) {
            columns.append(query.value(i).toString());
        }
        rows.append(columns.join('|'));
    }
    return rows;
}

bool PlainConnection::change(const QString& sql) {
    QSqlQuery query(QSqlDatabase::database(name_));
    const bool changed = query.exec(sql);
    if (!changed) {
        qWarning("%s: %s", qPrintable(sql), qPrintable(query.lastError().text()));
    }
    return changed;
}

QString brokenRule(const QString& path, const execution::Genesis& genesis) {
    PlainConnection connection(path);
    for (const QString& fault :
         {brokenHistory(connection), brokenReservations(connection),
          brokenTotals(connection, genesis), brokenReceipts(connection), brokenSets(connection)}) {
        if (!fault.isEmpty()) {
            return fault;
        }
    }
    return {};
}

}  // namespace oee::storage::test
