#include "storage/migrations.h"

#include <string>

#include <QDir>
#include <QFile>

#include "storage/connection.h"

// Resources of a static library are linked only where something asks for them; the macro must
// stand outside of namespaces.
static void initSqlResources() {
    Q_INIT_RESOURCE(sql);
}

namespace oee::storage {
namespace {

// "OEE1" in the file's header tells engine.db from other SQLite files.
constexpr int kApplicationId = 0x4f454531;

tl::expected<void, OpenFailure> apply(Connection& connection, const Migration& migration,
                                      const base::CrashPoints& crashPoints) {
    crashPoints.reach(base::CrashPoint::startBeforeMigration);
    connection.begin();
    for (const QString& statement : splitStatements(migration.sql)) {
        connection.execute(statement);
    }
    connection.execute(QStringLiteral("PRAGMA application_id = %1").arg(kApplicationId));
    connection.execute(QStringLiteral("PRAGMA user_version = %1").arg(migration.version));
    crashPoints.reach(base::CrashPoint::startBeforeMigrationCommit);
    if (!connection.commit()) {
        OpenFailure failure = connection.openFailure(OpenError::migrationFailed);
        failure.detail = "schema version " + std::to_string(migration.version) +
                         " could not be applied: " + failure.detail;
        connection.rollback();
        return tl::unexpected(std::move(failure));
    }
    crashPoints.reach(base::CrashPoint::startAfterMigrationCommit);
    return {};
}

}  // namespace

std::vector<Migration> embeddedMigrations() {
    initSqlResources();
    std::vector<Migration> migrations;
    const QDir folder(QStringLiteral(":/oee/sql"));
    for (const QString& name :
         folder.entryList({QStringLiteral("*.sql")}, QDir::Files, QDir::Name)) {
        QFile file(folder.filePath(name));
        const bool opened = file.open(QIODevice::ReadOnly);
        Q_ASSERT(opened);
        migrations.push_back({name.section(QLatin1Char('_'), 0, 0).toInt(),
                              opened ? QString::fromUtf8(file.readAll()) : QString()});
        Q_ASSERT(migrations.back().version == static_cast<int>(migrations.size()));
    }
    return migrations;
}

QStringList splitStatements(const QString& script) {
    QStringList statements;
    QString statement;
    bool inText = false;
    bool inComment = false;
    for (qsizetype i = 0; i < script.size(); ++i) {
        const QChar character = script[i];
        if (inComment) {
            inComment = character != QLatin1Char('\n');
        } else if (!inText && script.mid(i, 2) == QLatin1String("--")) {
            inComment = true;
        } else if (!inText && character == QLatin1Char(';')) {
            statements.append(statement.trimmed());
            statement.clear();
        } else {
            // A doubled quote inside of a text ends and begins it again: nothing to do for it.
            inText = (character == QLatin1Char('\'')) != inText;
            statement.append(character);
        }
    }
    statements.append(statement.trimmed());
    statements.removeAll(QString());
    return statements;
}

tl::expected<void, OpenFailure> migrate(Connection& connection,
                                        const std::vector<Migration>& migrations,
                                        const base::CrashPoints& crashPoints) {
    const int version = connection.scalar("PRAGMA user_version").toInt();
    const int applicationId = connection.scalar("PRAGMA application_id").toInt();
    const int objects = connection.scalar("SELECT count(*) FROM sqlite_master").toInt();
    if (connection.failed()) {
        return tl::unexpected(connection.openFailure(OpenError::cannotOpen));
    }
    if (objects > 0 && applicationId != kApplicationId) {
        return tl::unexpected(OpenFailure{OpenError::foreignDatabase,
                                          "the file is an SQLite database of another program"});
    }
    const int newest = migrations.empty() ? 0 : migrations.back().version;
    if (version > newest) {
        return tl::unexpected(OpenFailure{
            OpenError::newerSchema, "the file has schema version " + std::to_string(version) +
                                        ", this program knows up to " + std::to_string(newest)});
    }
    for (const Migration& migration : migrations) {
        if (migration.version <= version) {
            continue;
        }
        if (auto applied = apply(connection, migration, crashPoints); !applied) {
            return applied;
        }
    }
    return {};
}

}  // namespace oee::storage
