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

QString hexOf(const domain::EventHash& hash);

struct ChainReport {
    std::uint64_t events = 0;
    std::uint64_t unchained = 0;  // of them written before events carried hashes
    std::uint64_t orders = 0;
    std::uint64_t fills = 0;
    std::uint64_t receipts = 0;
    QString head;     // of the newest event, in hex; empty where there is none
    QString problem;  // the first that was found, in words; empty: the history is whole
};

// Reads a whole engine.db (an engine may run on it) and checks the file's own structure, the chain
// from its first event to the head that is kept apart, that every order took only legal steps and
// stands where its last one left it, that fills belong to confirmed orders and that receipts are of
// what their orders did and add up; and that balances and the pools' accounts are what was written.
// What is not covered: a receipt's markouts and counterfactuals.
tl::expected<ChainReport, OpenFailure> verifyHistory(const QString& databasePath);

// The hash of the newest event that the file has, in hex; empty where it has none.
tl::expected<QString, OpenFailure> newestEventHash(const QString& databasePath);

}  // namespace oee::storage
