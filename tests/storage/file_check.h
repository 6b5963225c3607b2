#pragma once
// Looks into engine.db without the code under test.

#include <QString>
#include <QStringList>

#include "execution/order_store.h"

namespace oee::storage::test {

// A connection that is gone at the end of the block.
class PlainConnection {
  public:
    explicit PlainConnection(const QString& path);
    ~PlainConnection();
    PlainConnection(const PlainConnection&) = delete;
    PlainConnection& operator=(const PlainConnection&) = delete;

    // Columns joined by '|'.
    QStringList rows(const QString& sql);
    bool change(const QString& sql);

  private:
    QString name_;
};

// Every rule that the file must keep, whatever was done: empty, or which one is broken.
QString brokenRule(const QString& path, const execution::Genesis& genesis);

}  // namespace oee::storage::test
