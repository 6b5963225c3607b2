#pragma once
// archive.db: a second file with the tables of engine.db, for orders that were taken out of it.

#include <memory>
#include <string>
#include <vector>

#include <QString>
#include <tl/expected.hpp>

#include "domain/order.h"
#include "storage/connection.h"
#include "storage/open_error.h"

namespace oee::storage {

// Opened, used and destroyed on one thread. Nothing else writes to the file.
class Archive {
  public:
    struct Paths {
        QString engine;   // engine.db, which is only read
        QString archive;  // made where it is missing
    };
    // A file that belongs to another engine, or is none of ours, is refused and left as it was.
    static tl::expected<std::unique_ptr<Archive>, OpenFailure> open(const Paths& paths);

    // Drawn when the file was made.
    const QString& id() const { return id_; }
    // Copies orders with all that belongs to them, in one transaction that is on the disk when this
    // returns. What is there already stays as it is. Otherwise why not, and nothing was copied.
    tl::expected<void, std::string> copy(const std::vector<domain::OrderId>& orders);

  private:
    explicit Archive(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
    tl::expected<void, OpenFailure> prepare(const QString& enginePath);
    tl::expected<void, OpenFailure> identify();

    std::unique_ptr<Connection> connection_;
    QString id_;
    std::vector<std::string> statements_;  // copy what belongs to one order, a table each
};

// The id of an archive; empty where the file has none.
QString archiveIdOf(Connection& connection);

}  // namespace oee::storage
