#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

#include "ui/table_base.h"

namespace oee::ui {

// Rows a table holds at most; the oldest leave first. The database keeps everything.
inline constexpr std::size_t kRowBound = 5'000;

// A table of rows that are unique by a key and ordered by it, oldest first (views sort as they
// like). `Traits` gives `Row`, `Key`, `keyOf(row)` and `supersedes(incoming, existing)`.
template <typename Traits>
class SortedTable : public TableBase {
  public:
    using Row = typename Traits::Row;
    using Key = decltype(Traits::keyOf(std::declval<const Row&>()));

    SortedTable(std::vector<Column> columns, std::size_t bound, QObject* parent)
        : TableBase(std::move(columns), parent), bound_(bound) {}

    int rowCount(const QModelIndex& parent = {}) const override {
        return parent.isValid() ? 0 : static_cast<int>(rows_.size());
    }
    const Row& at(int row) const { return rows_[static_cast<std::size_t>(row)]; }
    const Row* find(const Key& key) const {
        const auto found = lowerBound(key);
        return found == rows_.end() || Traits::keyOf(*found) != key ? nullptr : &*found;
    }

    // Inserts new rows and replaces those that are superseded. Neighbours go in together.
    void merge(std::vector<Row> incoming) {
        keepNewestOf(incoming);
        auto next = incoming.begin();
        while (next != incoming.end()) {
            const auto place = lowerBound(Traits::keyOf(*next));
            if (place != rows_.end() && Traits::keyOf(*place) == Traits::keyOf(*next)) {
                replace(static_cast<int>(place - rows_.begin()), std::move(*next));
                ++next;
                continue;
            }
            auto end = std::next(next);
            while (end != incoming.end() &&
                   (place == rows_.end() || Traits::keyOf(*end) < Traits::keyOf(*place))) {
                ++end;
            }
            insertRun(static_cast<int>(place - rows_.begin()), next, end);
            next = end;
        }
        dropOldest();
    }

    void clear() {
        beginResetModel();
        rows_.clear();
        endResetModel();
    }

  private:
    using Iterator = typename std::vector<Row>::iterator;

    auto lowerBound(const Key& key) const {
        return std::lower_bound(
            rows_.begin(), rows_.end(), key,
            [](const Row& row, const Key& wanted) { return Traits::keyOf(row) < wanted; });
    }

    // Sorted by key, the last that supersedes its like, and no more than fit.
    void keepNewestOf(std::vector<Row>& rows) const {
        std::stable_sort(rows.begin(), rows.end(), [](const Row& one, const Row& other) {
            return Traits::keyOf(one) < Traits::keyOf(other);
        });
        std::vector<Row> kept;
        kept.reserve(rows.size());
        for (Row& row : rows) {
            if (kept.empty() || Traits::keyOf(kept.back()) != Traits::keyOf(row)) {
                kept.push_back(std::move(row));
            } else if (Traits::supersedes(row, kept.back())) {
                kept.back() = std::move(row);
            }
        }
        if (kept.size() > bound_) {
            kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(bound_));
        }
        // What would leave at once must not come: it would push nothing out, but flicker.
        if (rows_.size() >= bound_) {
            const Key oldest = Traits::keyOf(rows_.front());
            kept.erase(std::remove_if(kept.begin(), kept.end(),
                                      [&](const Row& row) { return Traits::keyOf(row) < oldest; }),
                       kept.end());
        }
        rows = std::move(kept);
    }

    void replace(int row, Row incoming) {
        Row& existing = rows_[static_cast<std::size_t>(row)];
        if (!Traits::supersedes(incoming, existing)) {
            return;
        }
        existing = std::move(incoming);
        measureRows(row, row);
        emit dataChanged(index(row, 0), index(row, columnCount() - 1));
    }

    void insertRun(int at, Iterator first, Iterator last) {
        const int count = static_cast<int>(last - first);
        beginInsertRows({}, at, at + count - 1);
        rows_.insert(rows_.begin() + at, std::make_move_iterator(first),
                     std::make_move_iterator(last));
        endInsertRows();
        measureRows(at, at + count - 1);
    }

    void dropOldest() {
        if (rows_.size() <= bound_) {
            return;
        }
        const auto surplus = static_cast<int>(rows_.size() - bound_);
        beginRemoveRows({}, 0, surplus - 1);
        rows_.erase(rows_.begin(), rows_.begin() + surplus);
        endRemoveRows();
    }

    std::deque<Row> rows_;
    std::size_t bound_;
};

}  // namespace oee::ui
