#pragma once
// What is written down of events whose orders were taken out of a file, so that the chain of those
// that are left can still be followed: the table `pruned_events`.

#include <cstdint>
#include <vector>

#include <QString>

#include "domain/order.h"
#include "storage/connection.h"

namespace oee::storage {

// Events `first` to `last`, all of them.
struct PrunedEvents {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    domain::EventHash beforeHash{};  // of the event before `first`; zeros where there was none
    domain::EventHash lastHash{};    // of the event `last`
    QString archive;                 // the id of the archive that has them; empty: they are gone

    std::uint64_t count() const { return last - first + 1; }
};

// All of them, in order. What cannot be read, or overlaps, is a failure of the connection.
std::vector<PrunedEvents> readPrunedEvents(Connection& connection);

// One more, merged with its neighbours where they are of the same archive and follow without a gap.
void addPrunedEvents(Connection& connection, PrunedEvents added);

}  // namespace oee::storage
