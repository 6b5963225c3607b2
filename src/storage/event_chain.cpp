#include "storage/event_chain.h"

#include <map>
#include <memory>
#include <vector>

#include "execution/event_record.h"
#include "storage/codec.h"
#include "storage/connection.h"
#include "storage/migrations.h"
#include "storage/rows.h"
#include "storage/tables.h"

namespace oee::storage {
namespace {

using domain::OrderStatus;

// One pass over the events, oldest first.
class Verifier {
  public:
    explicit Verifier(Connection& connection) : connection_(connection) {}

    ChainReport run() {
        checkFile();
        connection_.each("SELECT order_id, previous_sha256, " + kEventColumns +
                             " FROM order_events ORDER BY seq",
                         {}, [this](const QSqlQuery& query) { return checkEvent(query); });
        if (ok()) {
            checkHead();
        }
        if (ok()) {
            checkOrders();
        }
        if (ok()) {
            checkFills();
        }
        if (ok()) {
            checkReceipts();
        }
        if (ok()) {
            checkHoldings();
        }
        if (connection_.failed()) {
            complain(QString::fromStdString(connection_.failure().text));
        }
        report_.head = hexOf(hash_);
        return std::move(report_);
    }

  private:
    bool ok() const { return report_.problem.isEmpty() && !connection_.failed(); }
    void complain(const QString& problem) {
        if (report_.problem.isEmpty()) {
            report_.problem = problem;
        }
    }

    void checkFile() {
        const QString said = connection_.scalar("PRAGMA integrity_check").toString();
        if (said != QLatin1String("ok")) {
            complain(QStringLiteral("The file is damaged: %1.").arg(said));
        }
    }

    bool checkEvent(const QSqlQuery& query) {
        Row row(query);
        const domain::OrderId orderId = row.orderId();
        const bool isChained = !row.text().isEmpty();
        domain::OrderEvent event = readEvent(row);
        const QString name = QStringLiteral("Event %1").arg(event.sequence);
        if (!row.valid()) {
            complain(name + QStringLiteral(" cannot be read: column %1.").arg(row.faultyColumn()));
        } else if (event.sequence != report_.events + 1) {
            complain(QStringLiteral("Event %1 is missing.").arg(report_.events + 1));
        } else if (!isChained && report_.events != report_.unchained) {
            complain(name + QStringLiteral(" has lost the hash of the event before it."));
        } else if (isChained && event.previousHash != hash_) {
            complain(QStringLiteral("Event %1 is not what it was when event %2 was written.")
                         .arg(report_.events)
                         .arg(event.sequence));
        } else {
            checkStep(orderId, event.status, name);
        }
        ++report_.events;
        report_.unchained += isChained ? 0 : 1;
        if (ok() && isChained) {
            hash_ = hashNow(orderId, event);
        }
        return ok();
    }

    void checkStep(const domain::OrderId& orderId, OrderStatus status, const QString& name) {
        const auto [known, isNew] = last_.try_emplace(orderId, status);
        if (isNew ? status != OrderStatus::pending
                  : !domain::isLegalTransition(known->second, status)) {
            complain(name + QStringLiteral(": order %1 cannot become %2 here.")
                                .arg(textOf(orderId), textOf(domain::nameOf(status))));
        }
        known->second = status;
    }

    // Of the event as the tables have it today.
    domain::EventHash hashNow(const domain::OrderId& orderId, domain::OrderEvent& event) {
        domain::Order order;
        std::vector<domain::Fill> fills;
        std::optional<domain::Receipt> receipt;
        const bool decides = event.status == OrderStatus::pending ||
                             event.status == OrderStatus::confirmed ||
                             event.status == OrderStatus::failed;
        if (decides) {
            order = readOne(orderId);
        }
        if (event.status == OrderStatus::confirmed) {
            connection_.each(
                "SELECT " + kFillColumns + " FROM fills WHERE order_id = ? ORDER BY leg",
                {textOf(orderId)}, [&](const QSqlQuery& query) {
                    Row row(query);
                    fills.push_back(readFill(row));
                    return true;
                });
            receipt = readReceiptOf(orderId);
        }
        order.id = orderId;
        event.order = std::make_shared<const domain::Order>(std::move(order));
        return execution::hashOf(event, {fills, receipt ? &*receipt : nullptr});
    }

    std::optional<domain::Receipt> readReceiptOf(const domain::OrderId& orderId) {
        std::optional<domain::Receipt> receipt;
        connection_.each("SELECT " + kReceiptColumns + " FROM receipts WHERE order_id = ?",
                         {textOf(orderId)}, [&](const QSqlQuery& query) {
                             Row row(query);
                             receipt = readReceipt(row);
                             if (!row.valid()) {
                                 complain(QStringLiteral("The receipt of order %1 cannot be read: "
                                                         "column %2.")
                                              .arg(textOf(orderId), row.faultyColumn()));
                             }
                             return false;
                         });
        return receipt;
    }

    domain::Order readOne(const domain::OrderId& orderId) {
        domain::Order order;
        connection_.each("SELECT " + kOrderColumns + " FROM orders WHERE id = ?", {textOf(orderId)},
                         [&](const QSqlQuery& query) {
                             Row row(query);
                             order = readOrder(row);
                             return false;
                         });
        return order;
    }

    void checkHead() {
        const QString head = connection_
                                 .scalar("SELECT value FROM meta WHERE key = ?",
                                         {QString::fromLatin1(meta::kEventHead)})
                                 .toString();
        const bool expected = report_.events > report_.unchained;
        if (expected ? head != hexOf(hash_) : !head.isEmpty()) {
            complain(QStringLiteral("The newest events are missing or changed: the last one found "
                                    "is %1.")
                         .arg(report_.events));
        }
    }

    void checkOrders() {
        connection_.each("SELECT id, status FROM orders", {}, [this](const QSqlQuery& query) {
            Row row(query);
            const domain::OrderId id = row.orderId();
            const OrderStatus status = row.status();
            ++report_.orders;
            const auto known = last_.find(id);
            if (!row.valid() || known == last_.end() || known->second != status) {
                complain(QStringLiteral("Order %1 does not stand where its last event left it.")
                             .arg(textOf(id)));
            }
            return ok();
        });
        if (ok() && report_.orders != last_.size()) {
            complain(QStringLiteral("%1 orders have events and are missing.")
                         .arg(last_.size() - report_.orders));
        }
    }

    void checkFills() {
        connection_.each("SELECT order_id FROM fills", {}, [this](const QSqlQuery& query) {
            Row row(query);
            const domain::OrderId id = row.orderId();
            ++report_.fills;
            const auto known = last_.find(id);
            if (known == last_.end() || known->second != OrderStatus::confirmed) {
                complain(
                    QStringLiteral("Order %1 has a fill and is not confirmed.").arg(textOf(id)));
            }
            return ok();
        });
    }

    // The rest of a receipt is in its order's hash.
    void checkReceipts() {
        connection_.each(
            "SELECT " + kReceiptColumns + " FROM receipts", {}, [this](const QSqlQuery& query) {
                Row row(query);
                const domain::Receipt receipt = readReceipt(row);
                const domain::Order order = readOne(receipt.orderId);
                const domain::Execution told{receipt.amountInRaw, receipt.amountOutRaw,
                                             receipt.networkFeeLamports, receipt.landingSlot};
                ++report_.receipts;
                if (!row.valid() || order.execution != told ||
                    order.inputMint != receipt.inputMint ||
                    order.outputMint != receipt.outputMint) {
                    complain(QStringLiteral("The receipt of order %1 is not of what it did.")
                                 .arg(textOf(receipt.orderId)));
                } else if (base::i128{receipt.decisionOutRaw} - receipt.parts.sum() !=
                           receipt.amountOutRaw - receipt.parts.networkRaw) {
                    complain(QStringLiteral("The receipt of order %1 does not add up.")
                                 .arg(textOf(receipt.orderId)));
                }
                return ok();
            });
    }

    // What no event tells: balances and the pools' accounts.
    void checkHoldings() {
        checkRows("SELECT " + kBalanceColumns + " FROM wallet", &readBalance,
                  QStringLiteral("A balance of the wallet is not what was written (%1)."));
        checkRows("SELECT " + kAccountColumns + " FROM accounts", &readAccount,
                  QStringLiteral("An account of a pool is not what was written (%1)."));
    }
    template <typename Read>
    void checkRows(const std::string& sql, Read read, const QString& problem) {
        connection_.each(sql, {}, [&](const QSqlQuery& query) {
            Row row(query);
            (void)read(row);
            if (!row.valid()) {
                complain(problem.arg(row.faultyColumn()));
            }
            return ok();
        });
    }

    Connection& connection_;
    ChainReport report_;
    domain::EventHash hash_{};
    std::map<domain::OrderId, OrderStatus> last_;
};

}  // namespace

QString hexOf(const domain::EventHash& hash) {
    return QString::fromLatin1(QByteArray::fromRawData(reinterpret_cast<const char*>(hash.data()),
                                                       static_cast<qsizetype>(hash.size()))
                                   .toHex());
}

tl::expected<ChainReport, OpenFailure> verifyHistory(const QString& databasePath) {
    auto connection = Connection::open({.path = databasePath, .access = Access::readOnly});
    if (!connection) {
        return tl::unexpected(connection.error());
    }
    const int version = (*connection)->scalar("PRAGMA user_version").toInt();
    if ((*connection)->failed()) {
        return tl::unexpected((*connection)->openFailure(OpenError::cannotOpen));
    }
    const int known = embeddedMigrations().back().version;
    if (version != known) {
        return tl::unexpected(OpenFailure{
            version > known ? OpenError::newerSchema : OpenError::foreignDatabase,
            "schema version " + std::to_string(version) + " instead of " + std::to_string(known)});
    }
    // One state of the file for all statements.
    (*connection)->execute(QStringLiteral("BEGIN"));
    ChainReport report = Verifier(**connection).run();
    (*connection)->rollback();
    return report;
}

tl::expected<QString, OpenFailure> newestEventHash(const QString& databasePath) {
    auto connection = Connection::open({.path = databasePath, .access = Access::readOnly});
    if (!connection) {
        return tl::unexpected(connection.error());
    }
    const QString hash = (*connection)
                             ->scalar("SELECT value FROM meta WHERE key = ?",
                                      {QString::fromLatin1(meta::kEventHead)})
                             .toString();
    if ((*connection)->failed()) {
        return tl::unexpected((*connection)->openFailure(OpenError::corrupt));
    }
    return hash;
}

}  // namespace oee::storage
