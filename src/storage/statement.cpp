#include "storage/statement.h"

#include <cassert>
#include <utility>

#include <sqlite3.h>

#include <QByteArray>
#include <QString>

namespace oee::storage {
namespace {

// `value` must outlive the statement's run. As QtSql does, null texts and bytes are null.
int bind(sqlite3_stmt* statement, int position, const QVariant& value) {
    if (value.isNull()) {
        return sqlite3_bind_null(statement, position);
    }
    switch (value.typeId()) {
        case QMetaType::QString: {
            const auto& text = *static_cast<const QString*>(value.constData());
            if (text.isNull()) {
                return sqlite3_bind_null(statement, position);
            }
            return sqlite3_bind_text16(statement, position, text.utf16(),
                                       2 * static_cast<int>(text.size()), SQLITE_STATIC);
        }
        case QMetaType::QByteArray: {
            const auto& bytes = *static_cast<const QByteArray*>(value.constData());
            if (bytes.isNull()) {
                return sqlite3_bind_null(statement, position);
            }
            return sqlite3_bind_blob(statement, position, bytes.constData(),
                                     static_cast<int>(bytes.size()), SQLITE_STATIC);
        }
        default:
            assert(value.canConvert<qlonglong>());
            return sqlite3_bind_int64(statement, position, value.toLongLong());
    }
}

}  // namespace

Statement::Statement(sqlite3* database, const std::string& sql)
    : database_(database),
      prepared_(sqlite3_prepare_v3(database, sql.c_str(), static_cast<int>(sql.size() + 1),
                                   SQLITE_PREPARE_PERSISTENT, &statement_, nullptr)) {}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      prepared_(other.prepared_) {}

int Statement::run(std::initializer_list<QVariant> values) {
    if (prepared_ != SQLITE_OK) {
        return prepared_;
    }
    int result = SQLITE_OK;
    int position = 0;
    for (const QVariant& value : values) {
        result = result == SQLITE_OK ? bind(statement_, ++position, value) : result;
    }
    assert(position == sqlite3_bind_parameter_count(statement_));
    if (result == SQLITE_OK) {
        do {
            result = sqlite3_step(statement_);
        } while (result == SQLITE_ROW);
    }
    // What was bound is not looked at again before it is bound anew.
    sqlite3_reset(statement_);
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

}  // namespace oee::storage
