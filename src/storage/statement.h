#pragma once
// A prepared statement that writes, on the handle of a connection of QtSql. Its queries look every
// parameter up by a name that they make of its number, which costs as much as SQLite's own work.

#include <initializer_list>
#include <string>

#include <QVariant>

struct sqlite3;
struct sqlite3_stmt;

namespace oee::storage {

// To be used and destroyed before its connection is closed, on its thread.
class Statement {
  public:
    // Where it cannot be prepared, run() says why.
    Statement(sqlite3* database, const std::string& sql);
    ~Statement();
    Statement(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    // To its end; rows are passed over. SQLite's result code: 0 where it was done. Text, integers,
    // blobs and null are bound as what they are.
    int run(std::initializer_list<QVariant> values);

  private:
    sqlite3* database_ = nullptr;
    sqlite3_stmt* statement_ = nullptr;
    int prepared_ = 0;  // result code
};

}  // namespace oee::storage
