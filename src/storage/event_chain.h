#pragma once
// The chain of history: every event carries the SHA-256 of the one before it, so that an event
// cannot be edited, inserted or lost without all later ones showing it. Who can write the file can
// also compute the whole chain anew: against that only a copy of its head helps.

#include <cstdint>
#include <string>

#include <QString>
#include <tl/expected.hpp>

#include "domain/order.h"
#include "storage/open_error.h"

namespace oee::storage {

class Connection;

QString hexOf(const domain::EventHash& hash);

struct ChainReport {
    std::uint64_t events = 0;     // that were checked
    std::uint64_t archived = 0;   // of them in the archive
    std::uint64_t elsewhere = 0;  // besides: in an archive that is not there
    std::uint64_t pruned = 0;     // besides: taken out and kept nowhere
    std::uint64_t unchained = 0;  // of them written before events carried hashes
    std::uint64_t orders = 0;
    std::uint64_t fills = 0;
    std::uint64_t receipts = 0;
    QString head;     // of the newest event, in hex; empty where there is none
    QString problem;  // the first that was found, in words; empty: the history is whole
};

struct HistoryFiles {
    QString engine;   // engine.db
    QString archive;  // archive.db; need not be there
};

// Reads a whole engine.db (an engine may run on it) and checks the file's own structure, the chain
// from its first event to the head that is kept apart, that every order took only legal steps and
// stands where its last one left it, that fills belong to confirmed orders and that receipts are of
// what their orders did and add up; and that balances and the pools' accounts are what was written.
// Where orders were taken out of the file the chain is followed through the archive that has them;
// without it what is left is tied together by the hashes that were written down then.
// What is not covered: a receipt's markouts and counterfactuals.
tl::expected<ChainReport, OpenFailure> verifyHistory(const HistoryFiles& files);

// The same, of files that are open and do not change meanwhile; `archive` may be null.
ChainReport checkHistory(Connection& engine, Connection* archive);

// The hash of the newest event that the file has, in hex; empty where it has none.
tl::expected<QString, OpenFailure> newestEventHash(const QString& databasePath);

}  // namespace oee::storage
