#include "storage/pruned_events.h"

#include <optional>
#include <string>

#include "storage/codec.h"
#include "storage/event_chain.h"

namespace oee::storage {
namespace {

const std::string kSelect =
    "SELECT first_seq, last_seq, before_sha256, last_sha256, archive FROM pruned_events ";

PrunedEvents readRow(Row& row) {
    PrunedEvents read;
    read.first = row.bits();
    read.last = row.bits();
    read.beforeHash = row.eventHash();
    read.lastHash = row.eventHash();
    read.archive = row.text();
    return read;
}

std::optional<PrunedEvents> findOne(Connection& connection, const std::string& condition,
                                    std::uint64_t sequence) {
    std::optional<PrunedEvents> found;
    connection.each(kSelect + condition, {signedBits(sequence)}, [&](const QSqlQuery& query) {
        Row row(query);
        found = readRow(row);
        if (!row.valid()) {
            connection.fail("pruned_events." + row.faultyColumn().toStdString());
        }
        return false;
    });
    return found;
}

void remove(Connection& connection, const PrunedEvents& events) {
    connection.run("DELETE FROM pruned_events WHERE first_seq = ?", {signedBits(events.first)});
}

}  // namespace

std::vector<PrunedEvents> readPrunedEvents(Connection& connection) {
    std::vector<PrunedEvents> all;
    connection.each(kSelect + "ORDER BY first_seq", {}, [&](const QSqlQuery& query) {
        Row row(query);
        const PrunedEvents read = readRow(row);
        const std::uint64_t after = all.empty() ? 0 : all.back().last;
        if (!row.valid() || read.first <= after || read.last < read.first) {
            connection.fail("pruned_events.first_seq " + std::to_string(read.first));
            return false;
        }
        all.push_back(read);
        return true;
    });
    return all;
}

void addPrunedEvents(Connection& connection, PrunedEvents added) {
    const auto before =
        findOne(connection, "WHERE first_seq < ? ORDER BY first_seq DESC LIMIT 1", added.first);
    const auto after = findOne(connection, "WHERE first_seq = ?", added.last + 1);
    if (before && before->last + 1 == added.first && before->archive == added.archive) {
        remove(connection, *before);
        added.first = before->first;
        added.beforeHash = before->beforeHash;
    }
    if (after && after->archive == added.archive) {
        remove(connection, *after);
        added.last = after->last;
        added.lastHash = after->lastHash;
    }
    connection.run(
        "INSERT INTO pruned_events (first_seq, last_seq, before_sha256, last_sha256, archive) "
        "VALUES (?, ?, ?, ?, ?)",
        {signedBits(added.first), signedBits(added.last), hexOf(added.beforeHash).toStdString(),
         hexOf(added.lastHash).toStdString(), added.archive.toStdString()});
}

}  // namespace oee::storage
