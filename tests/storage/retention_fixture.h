#pragma once
// A history of orders that ended, for what takes the old ones out of it.

#include <optional>
#include <string>
#include <vector>

#include <QFileInfo>
#include <QSet>

#include "storage/event_chain.h"
#include "storage/file_check.h"
#include "storage/retention.h"
#include "storage/store_fixture.h"

namespace oee::storage::test {

inline constexpr base::UnixMicros kDay = 86'400'000'000;

class RetentionFixture : public StoreFixture {
  public:
    QString archivePath() const { return QFileInfo(path()).path() + "/archive.db"; }
    HistoryFiles files() const { return {path(), archivePath()}; }

    // Four orders whose events interleave: confirmed with a receipt and all its markouts, failed,
    // cancelled, and confirmed without a receipt.
    std::vector<domain::OrderId> fourOrders() {
        const auto filled = submitted();
        const auto failed = submitted();
        const auto cancelled = admitted();
        const auto plain = submitted();
        execution::SlotCommit commit = slotWith(
            {landed(*filled, 150 * kUsdc), reverted(*failed, amm::SwapError::slippageExceeded)});
        commit.receipts = {receiptOf(*filled, 150 * kUsdc)};
        demand(commitSlot(commit).has_value());
        demand(cancel(cancelled->id).has_value());
        commit = slotWith({landed(*plain, 149 * kUsdc)});
        addMarkouts(commit, filled->id);
        demand(commitSlot(commit).has_value());
        return {filled->id, failed->id, cancelled->id, plain->id};
    }

    // All that its receipt is owed.
    static void addMarkouts(execution::SlotCommit& commit, domain::OrderId id) {
        for (const std::uint32_t seconds : domain::kMarkoutSeconds) {
            commit.markouts.push_back({id, {seconds, 151 * kUsdc, seconds * 1'000}});
        }
    }

    // One that ends as the newest in every way: it stays, whatever the policy.
    domain::OrderId newest() {
        const auto order = submitted();
        execution::SlotCommit commit = slotWith({landed(*order, 148 * kUsdc)});
        commit.receipts = {receiptOf(*order, 148 * kUsdc)};
        addMarkouts(commit, order->id);
        demand(commitSlot(commit).has_value());
        return order->id;
    }

    // Runs until nothing is left to take away.
    void keepOnly(const RetentionPolicy& policy) {
        const std::size_t before = surplus(policy).size();
        Retention retention(
            policy, environment([](const std::string& text) { qFatal("%s", text.c_str()); }));
        const auto isDone = [&] { return retention.prunedOrders() == before; };
        demand(QTest::qWaitFor(isDone, 60'000));
    }
    Retention::Environment environment(std::function<void(const std::string&)> notice) {
        return {.databasePath = path(),
                .archivePath = archivePath(),
                .store = store(),
                .clock = clock,
                .notice = std::move(notice)};
    }

    // What findSurplus finds, from the first order to the last.
    std::vector<domain::OrderId> surplus(const RetentionPolicy& policy) const {
        auto connection = Connection::open({.path = path(), .access = Access::readOnly});
        demand(connection.has_value());
        std::vector<domain::OrderId> found;
        std::optional<domain::OrderId> after;
        do {
            const Surplus part = findSurplus(**connection, {policy, clock.wall, after, 3});
            demand(!(*connection)->failed());
            found.insert(found.end(), part.orders.begin(), part.orders.end());
            after = part.reached;
        } while (after);
        return found;
    }

    // All rows of what belongs to orders.
    static QSet<QString> historyOf(const QString& path) {
        PlainConnection connection(path);
        QSet<QString> all;
        for (const QString table :
             {"orders", "order_events", "transactions", "fills", "receipts"}) {
            const QStringList names =
                connection.rows("SELECT name FROM pragma_table_xinfo('" + table + "')");
            for (const QString& row :
                 connection.rows("SELECT " + names.join(", ") + " FROM " + table)) {
                demand(!all.contains(table + ": " + row));
                all.insert(table + ": " + row);
            }
        }
        return all;
    }

    static void demand(bool holds) {
        if (!holds) {
            qFatal("the fixture could not do its work");
        }
    }
};

inline RetentionPolicy keepDays(std::uint32_t days) {
    return {.keepDays = days, .keepOrders = {}};
}
inline RetentionPolicy keepOrders(std::uint32_t orders) {
    return {.keepDays = {}, .keepOrders = orders};
}
inline RetentionPolicy archived(RetentionPolicy policy) {
    policy.surplus = RetentionPolicy::Surplus::archived;
    return policy;
}

}  // namespace oee::storage::test
