#include "storage/event_chain.h"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "execution/event_record.h"
#include "storage/archive.h"
#include "storage/codec.h"
#include "storage/connection.h"
#include "storage/pruned_events.h"
#include "storage/rows.h"
#include "storage/tables.h"

namespace oee::storage {
namespace {

using domain::OrderStatus;

std::string selectEvents() {
    return "SELECT order_id, previous_sha256, " + kEventColumns + " FROM order_events ";
}

// One pass over the events, oldest first: those of engine.db, and where older ones were taken out
// of it, those of the archive that has them.
class Verifier {
  public:
    // `archive` may be null.
    Verifier(Connection& engine, Connection* archive)
        : engine_(engine), archive_(archive), connection_(&engine) {
        if (archive_ != nullptr) {
            archiveId_ = archiveIdOf(*archive_);
        }
    }

    ChainReport run() {
        inBoth(&Verifier::checkFile);
        checkEvents();
        if (ok()) {
            checkHead();
        }
        if (ok() && archive_ != nullptr) {
            checkDoubles();
        }
        if (ok()) {
            checkOrders();
        }
        inBoth(&Verifier::checkFills);
        inBoth(&Verifier::checkReceipts);
        if (ok()) {
            checkHoldings();
        }
        for (const Connection* one : {&engine_, archive_}) {
            if (one != nullptr && one->failed()) {
                complain(QString::fromStdString(one->failure().text));
            }
        }
        report_.head = hexOf(hash_);
        return std::move(report_);
    }

  private:
    bool ok() const {
        return report_.problem.isEmpty() && !engine_.failed() &&
               (archive_ == nullptr || !archive_->failed());
    }
    void inBoth(void (Verifier::*check)()) {
        for (Connection* one : {&engine_, archive_}) {
            if (one != nullptr && ok()) {
                connection_ = one;
                (this->*check)();
            }
        }
        connection_ = &engine_;
    }
    void complain(const QString& problem) {
        if (report_.problem.isEmpty()) {
            report_.problem = problem;
        }
    }

    void checkFile() {
        const QString said = connection_->scalar("PRAGMA integrity_check").toString();
        if (said != QLatin1String("ok")) {
            complain(QStringLiteral("The %1 is damaged: %2.")
                         .arg(connection_ == archive_ ? QStringLiteral("archive")
                                                      : QStringLiteral("file"),
                              said));
        }
    }

    void checkEvents() {
        pruned_ = readPrunedEvents(engine_);
        engine_.each(selectEvents() + "ORDER BY seq", {}, [this](const QSqlQuery& query) {
            passPruned();
            return ok() && checkEvent(query);
        });
        if (ok() && passed_ < pruned_.size()) {
            complain(QStringLiteral("The events after %1 are missing.").arg(sequence_));
        }
    }

    // What was taken out before the next event.
    void passPruned() {
        for (; ok() && passed_ < pruned_.size() && pruned_[passed_].first == sequence_ + 1;
             ++passed_) {
            const PrunedEvents& gone = pruned_[passed_];
            if (gone.beforeHash != hash_) {
                complain(QStringLiteral("Event %1 is not what it was when those after it were "
                                        "taken out.")
                             .arg(sequence_));
            } else if (archive_ != nullptr && gone.archive == archiveId_) {
                followArchive(gone);
            } else {
                sequence_ = gone.last;
                hash_ = gone.lastHash;
                (gone.archive.isEmpty() ? report_.pruned : report_.elsewhere) += gone.count();
            }
            isChained_ = isChained_ || gone.lastHash != domain::EventHash{};
        }
    }

    void followArchive(const PrunedEvents& gone) {
        connection_ = archive_;
        archive_->each(selectEvents() + "WHERE seq BETWEEN ? AND ? ORDER BY seq",
                       {signedBits(gone.first), signedBits(gone.last)},
                       [this](const QSqlQuery& query) { return checkEvent(query); });
        connection_ = &engine_;
        report_.archived += gone.count();
        if (ok() && sequence_ != gone.last) {
            complain(QStringLiteral("Event %1 is missing from the archive.").arg(sequence_ + 1));
        } else if (ok() && hash_ != gone.lastHash) {
            complain(
                QStringLiteral("Event %1 is not what it was when it was archived.").arg(gone.last));
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
        } else if (event.sequence != sequence_ + 1) {
            complain(QStringLiteral("Event %1 is missing.").arg(sequence_ + 1));
        } else if (!isChained && isChained_) {
            complain(name + QStringLiteral(" has lost the hash of the event before it."));
        } else if (isChained && event.previousHash != hash_) {
            complain(QStringLiteral("Event %1 is not what it was when event %2 was written.")
                         .arg(sequence_)
                         .arg(event.sequence));
        } else {
            checkStep(orderId, event.status, name);
        }
        sequence_ = event.sequence;
        isChained_ = isChained_ || isChained;
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
            connection_->each(
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
        connection_->each("SELECT " + kReceiptColumns + " FROM receipts WHERE order_id = ?",
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
        connection_->each("SELECT " + kOrderColumns + " FROM orders WHERE id = ?",
                          {textOf(orderId)}, [&](const QSqlQuery& query) {
                              Row row(query);
                              order = readOrder(row);
                              return false;
                          });
        return order;
    }

    void checkHead() {
        const QString head = engine_
                                 .scalar("SELECT value FROM meta WHERE key = ?",
                                         {QString::fromLatin1(meta::kEventHead)})
                                 .toString();
        if (isChained_ ? head != hexOf(hash_) : !head.isEmpty()) {
            complain(QStringLiteral("The newest events are missing or changed: the last one found "
                                    "is %1.")
                         .arg(sequence_));
        }
    }

    // The archive has what the engine gave away, and perhaps, copied and not yet taken out when the
    // engine ended, what the engine still has.
    void checkDoubles() {
        if (archive_->scalar("SELECT count(*) FROM order_events").toULongLong() ==
            report_.archived) {
            return;
        }
        auto gone = pruned_.begin();
        archive_->each(
            "SELECT seq, order_id, previous_sha256 FROM order_events ORDER BY seq", {},
            [&](const QSqlQuery& query) {
                Row row(query);
                const std::uint64_t sequence = row.bits();
                gone = std::find_if(gone, pruned_.end(),
                                    [&](const PrunedEvents& one) { return one.last >= sequence; });
                const bool isGiven =
                    gone != pruned_.end() && gone->first <= sequence && gone->archive == archiveId_;
                if (!isGiven &&
                    engine_.scalar("SELECT count(*) FROM order_events WHERE seq = ? AND order_id "
                                   "= ? AND previous_sha256 = ?",
                                   {query.value(0), query.value(1), query.value(2)})
                            .toInt() != 1) {
                    complain(QStringLiteral("Event %1 of the archive is not the engine's.")
                                 .arg(sequence));
                }
                return ok();
            });
    }

    void checkOrders() {
        std::size_t doubled = 0;
        inBoth(&Verifier::checkOrdersOfOne);
        if (ok() && report_.orders != last_.size() && archive_ != nullptr) {
            archive_->each("SELECT id FROM orders", {}, [&](const QSqlQuery& query) {
                doubled +=
                    engine_.scalar("SELECT count(*) FROM orders WHERE id = ?", {query.value(0)})
                        .toULongLong();
                return ok();
            });
        }
        report_.orders -= doubled;
        if (ok() && report_.orders != last_.size()) {
            complain(QStringLiteral("%1 orders have events and are missing.")
                         .arg(last_.size() - report_.orders));
        }
    }

    void checkOrdersOfOne() {
        connection_->each("SELECT id, status FROM orders", {}, [this](const QSqlQuery& query) {
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
    }

    void checkFills() {
        connection_->each("SELECT order_id FROM fills", {}, [this](const QSqlQuery& query) {
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
        connection_->each(
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
        engine_.each(sql, {}, [&](const QSqlQuery& query) {
            Row row(query);
            (void)read(row);
            if (!row.valid()) {
                complain(problem.arg(row.faultyColumn()));
            }
            return ok();
        });
    }

    Connection& engine_;
    Connection* archive_;
    Connection* connection_;  // the one of them that is looked at
    QString archiveId_;
    std::vector<PrunedEvents> pruned_;
    std::size_t passed_ = 0;      // of them
    std::uint64_t sequence_ = 0;  // of the last event
    bool isChained_ = false;      // it, or one before it
    ChainReport report_;
    domain::EventHash hash_{};
    std::map<domain::OrderId, OrderStatus> last_;
};

}  // namespace

ChainReport checkHistory(Connection& engine, Connection* archive) {
    return Verifier(engine, archive).run();
}

QString hexOf(const domain::EventHash& hash) {
    return QString::fromLatin1(QByteArray::fromRawData(reinterpret_cast<const char*>(hash.data()),
                                                       static_cast<qsizetype>(hash.size()))
                                   .toHex());
}

}  // namespace oee::storage
