#pragma once
// Rows of one table that are added one after another, many with one statement: what a statement
// costs beside its rows is then a small part.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/connection.h"
#include "storage/statement.h"

namespace oee::storage {

class RowInsert {
  public:
    // "INSERT INTO … VALUES " and "(?, …)".
    RowInsert(const std::string& into, std::string_view row) : one_(into), many_(into) {
        one_ += row;
        for (std::size_t i = 0; i < kMany; ++i) {
            many_ += i == 0 ? "" : ", ";
            many_ += row;
        }
    }

    // `valuesOf` (const Item& → an array of Value) refers to what outlives the call.
    template <typename Item, typename ValuesOf>
    void run(Connection& connection, std::span<const Item> items, ValuesOf&& valuesOf) const {
        std::vector<Value> values;
        while (!items.empty()) {
            const bool isMany = items.size() >= kMany;
            const auto rows = items.first(isMany ? kMany : 1);
            values.clear();
            for (const Item& item : rows) {
                const auto row = valuesOf(item);
                values.insert(values.end(), row.begin(), row.end());
            }
            connection.run(isMany ? many_ : one_, values);
            items = items.subspan(rows.size());
        }
    }

  private:
    static constexpr std::size_t kMany = 16;
    std::string one_;
    std::string many_;
};

}  // namespace oee::storage
