#pragma once
// Opening engine.db: checks, schema, genesis, and everything the writer keeps in memory.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "base/clock.h"
#include "domain/order.h"
#include "execution/order_store.h"
#include "storage/codec.h"
#include "storage/connection.h"
#include "storage/open_error.h"

namespace oee::storage {

struct OpenOptions;  // sqlite_store.h

struct EngineFile {
    std::unique_ptr<Connection> connection;
    execution::StoredState state;
    std::string instanceId;
    bool fresh = false;
    bool isChecked = false;                   // all pages were read
    std::vector<domain::OrderPtr> submitted;  // beside state.openOrders; oldest first
    std::uint64_t epoch = 0;                  // 1, 2, … with each opening
    std::uint32_t lastOrderNumber = 0;
    base::UnixMicros lastMicros = 0;                       // of the newest event
    domain::EventHash lastEventHash{};                     // likewise; zeros where it has none
    std::vector<base::UnixMicros> recentAdmissions;        // of the last minute, ascending
    std::map<domain::OrderId, execution::JobRecord> jobs;  // begun, or have failed before
};

// On the thread that will use the connection.
tl::expected<EngineFile, OpenFailure> openEngineFile(const OpenOptions& options,
                                                     const execution::Genesis& genesis,
                                                     const TokenNames& names);

}  // namespace oee::storage
