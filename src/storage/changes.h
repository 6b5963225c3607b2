#pragma once
// What a transaction changes, as rows: of one that changes several times only the last state, and
// nothing of what comes and goes.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/crash_points.h"
#include "execution/ledger.h"
#include "storage/prune.h"
#include "storage/tables.h"

namespace oee::storage {

struct Changes {
    enum class Row { fresh, there };
    struct HeldOrder {
        domain::OrderPtr order;
        Row row = Row::there;
    };
    struct HeldAccount {
        execution::AccountWrite write;
        std::uint64_t slot = 0;
    };
    struct HeldClock {
        amm::ChainClock clock;
        std::uint64_t blockHeight = 0;
    };

    std::map<domain::OrderId, HeldOrder> orders;
    std::map<std::string, domain::OrderId> keys;  // of orders whose row is fresh
    std::vector<execution::EventPtr> events;
    std::vector<domain::Fill> fills;
    std::vector<domain::Receipt> receipts;             // by landing, with the markouts taken since
    std::map<domain::OrderId, std::size_t> receiptOf;  // their positions
    std::vector<execution::MarkoutTaken> markouts;     // of receipts that are written
    std::vector<domain::OrderId> deletedTransactions;  // before others are written
    std::map<domain::OrderId, execution::SentTransaction> transactions;
    std::map<domain::OrderId, domain::OrderPtr> jobs;
    std::map<domain::OrderId, execution::JobRecord> jobRecords;
    std::map<execution::Wallet::Key, execution::Balance> balances;
    std::map<std::pair<domain::Pubkey, domain::Pubkey>, HeldAccount> accounts;
    std::optional<HeldClock> clock;
    std::optional<domain::EventHash> eventHead;
    std::optional<std::vector<std::uint8_t>> chainState;
    std::vector<PruneBatch> prunes;

    // Writes all but the prunes; before the commit. Orders before what refers to them.
    void writeTo(Tables& tables, const base::CrashPoints& crashPoints) const;
    bool hasAdded() const { return !events.empty() || !fills.empty(); }
    // Writes what is only ever added, and drops it; their orders are written later.
    void writeAddedTo(Tables& tables);
};

}  // namespace oee::storage
