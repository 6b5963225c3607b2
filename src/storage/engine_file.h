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

using StartBalances = std::map<domain::Pubkey, std::uint64_t>;

struct EngineFile {
    std::unique_ptr<Connection> connection;
    execution::StoredState state;
    std::string instanceId;
    bool fresh = false;
    std::vector<domain::OrderPtr> submitted;  // beside state.openOrders; oldest first
    std::uint64_t epoch = 0;                  // 1, 2, … with each opening
    std::uint32_t lastOrderNumber = 0;
    base::UnixMicros lastMicros = 0;                 // of the newest event
    domain::EventHash lastEventHash{};               // likewise; zeros where it has none
    std::vector<base::UnixMicros> recentAdmissions;  // of the last minute, ascending
};

// On the thread that will use the connection.
tl::expected<EngineFile, OpenFailure> openEngineFile(const OpenOptions& options,
                                                     const execution::Genesis& genesis,
                                                     const TokenNames& names);

// The balances of a new data folder. The faucet's supply of a token is 2^62 base units or what the
// trader is given, whichever is more: far above any start balance and far below 2^64, so that
// neither side overflows when tokens come in from the pools.
execution::Wallet genesisWallet(const StartBalances& startBalances);

// The trader's balances given back and drawn again, totals unchanged: at most what both hold, and
// what the faucet cannot hold (over 2^64 − 1) stays with the trader. Asks that nothing is reserved.
execution::Wallet drawnAgain(const execution::Wallet& wallet, const StartBalances& startBalances);

}  // namespace oee::storage
