#pragma once
// A prepared statement that writes, on the handle of a connection of QtSql. Its queries look every
// parameter up by a name that they make of its number, which costs as much as SQLite's own work.

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace oee::storage {

// What a parameter is bound to. Texts (UTF-8) and blobs are only referred to: they must live until
// the statement has run, as temporaries of the call do. A u64 is no integer of SQLite's: see
// codec.h.
class Value {
  public:
    Value() = default;  // NULL
    template <std::signed_integral Integer>
    Value(Integer value) : kind_(Kind::integer), integer_(value) {}
    Value(std::uint32_t value) : kind_(Kind::integer), integer_(value) {}
    template <std::convertible_to<std::string_view> Text>
    Value(const Text& value) : kind_(Kind::text) {
        const std::string_view text = value;
        data_ = text.data();
        size_ = text.size();
    }
    Value(std::span<const std::uint8_t> bytes)
        : kind_(Kind::blob), data_(bytes.data()), size_(bytes.size()) {}
    template <typename T>
    Value(const std::optional<T>& value) : Value(value ? Value(*value) : Value()) {}

    // SQLite's result code.
    int bindTo(sqlite3_stmt* statement, int position) const;

  private:
    enum class Kind { null, integer, text, blob };
    Kind kind_ = Kind::null;
    std::int64_t integer_ = 0;
    const void* data_ = nullptr;
    std::size_t size_ = 0;
};

// To be used and destroyed before its connection is closed, on its thread.
class Statement {
  public:
    // Where it cannot be prepared, run() says why.
    Statement(sqlite3* database, const std::string& sql);
    ~Statement();
    Statement(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    // To its end; rows are passed over. SQLite's result code: 0 where it was done.
    int run(std::span<const Value> values);

  private:
    sqlite3_stmt* statement_ = nullptr;
    int prepared_ = 0;  // result code
};

}  // namespace oee::storage
