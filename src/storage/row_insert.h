#pragma once
// Rows of one table that are added one after another, many with one statement: what a statement
// costs beside its rows is then a small part.

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/connection.h"
#include "storage/statement.h"

namespace oee::storage {

// Texts that are made for rows, until these are written.
class RowTexts {
  public:
    std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }
    void clear() { texts_.clear(); }

  private:
    std::deque<std::string> texts_;  // does not move what it has
};

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

    // `valuesOf` (const Item&, RowTexts& → an array of Value) refers to what outlives the call, or
    // is kept there.
    template <typename Item, typename ValuesOf>
    void run(Connection& connection, std::span<const Item> items, ValuesOf&& valuesOf) const {
        std::vector<Value> values;
        RowTexts texts;
        while (!items.empty()) {
            const bool isMany = items.size() >= kMany;
            const auto rows = items.first(isMany ? kMany : 1);
            values.clear();
            texts.clear();
            for (const Item& item : rows) {
                const auto row = valuesOf(item, texts);
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
