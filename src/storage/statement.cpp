#include "storage/statement.h"

#include <cassert>
#include <utility>

#include <sqlite3.h>

namespace oee::storage {

int Value::bindTo(sqlite3_stmt* statement, int position) const {
    // Where there are no bytes there may be no address, which would be bound as NULL.
    const char* bytes = size_ == 0 ? "" : static_cast<const char*>(data_);
    switch (kind_) {
        case Kind::null:
            return sqlite3_bind_null(statement, position);
        case Kind::integer:
            return sqlite3_bind_int64(statement, position, integer_);
        case Kind::text:
            return sqlite3_bind_text64(statement, position, bytes, size_, SQLITE_STATIC,
                                       SQLITE_UTF8);
        case Kind::blob:
            return sqlite3_bind_blob64(statement, position, bytes, size_, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

Statement::Statement(sqlite3* database, const std::string& sql)
    : prepared_(sqlite3_prepare_v3(database, sql.c_str(), static_cast<int>(sql.size() + 1),
                                   SQLITE_PREPARE_PERSISTENT, &statement_, nullptr)) {}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), prepared_(other.prepared_) {}

int Statement::run(std::span<const Value> values) {
    if (prepared_ != SQLITE_OK) {
        return prepared_;
    }
    int result = SQLITE_OK;
    int position = 0;
    for (const Value& value : values) {
        result = result == SQLITE_OK ? value.bindTo(statement_, ++position) : result;
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
