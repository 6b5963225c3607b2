#pragma once
// The schema, step by step.

#include <vector>

#include <QString>
#include <QStringList>
#include <tl/expected.hpp>

#include "base/crash_points.h"
#include "storage/open_error.h"

namespace oee::storage {

class Connection;

struct Migration {
    int version = 0;  // 1, 2, …
    QString sql;
};

// resources/sql/NNNN_*.sql, embedded, in order of version.
std::vector<Migration> embeddedMigrations();

// The statements of a script: QtSql executes one at a time. Knows line comments and quoted texts;
// triggers (statements within statements) are not supported.
QStringList splitStatements(const QString& script);

// Brings the file to the newest version, each step in a transaction of its own; the version stands
// in user_version. Files of other programs (tables without our application_id) and of newer
// versions of this one are refused and left as they were.
tl::expected<void, OpenFailure> migrate(Connection& connection,
                                        const std::vector<Migration>& migrations,
                                        const base::CrashPoints& crashPoints = {});

}  // namespace oee::storage
