#pragma once
// What the tests of migrations share: a file of an earlier version, and what people read in it.

#include <span>
#include <vector>

#include <QString>
#include <QStringList>

#include "storage/connection.h"
#include "storage/migrations.h"

namespace oee::storage::test {

// Of that version, with these rows. False: the connection says why.
inline bool makeVersion(Connection& connection, std::size_t version,
                        std::span<const char* const> rows) {
    std::vector<Migration> migrations = embeddedMigrations();
    migrations.resize(version);
    bool isMade = migrate(connection, migrations).has_value();
    for (const char* row : rows) {
        isMade = isMade && connection.execute(QString::fromLatin1(row));
    }
    return isMade;
}

// One expression of all columns that a table or view has, as SQLite writes values down.
inline QString allColumns(Connection& connection, const QString& table) {
    return connection
        .scalar(
            "SELECT group_concat('quote(' || name || ')', ' || ''|'' || ') "
            "FROM pragma_table_info(?)",
            {table})
        .toString();
}

// Every row, or the connection's failure.
inline QStringList rowsOf(Connection& connection, const QString& table, const QString& columns) {
    QStringList rows;
    const bool read =
        connection.each(("SELECT " + columns + " FROM " + table + " ORDER BY 1").toStdString(), {},
                        [&](const QSqlQuery& query) {
                            rows.append(query.value(0).toString());
                            return true;
                        });
    return read ? rows : QStringList{QString::fromStdString(connection.failure().text)};
}

}  // namespace oee::storage::test
