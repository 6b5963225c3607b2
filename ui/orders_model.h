#pragma once

#include "domain/order.h"
#include "ui/sorted_table.h"
#include "ui/token_book.h"

namespace oee::ui {

struct OrderRowTraits {
    using Row = domain::OrderPtr;
    static domain::OrderId keyOf(const Row& order) { return order->id; }
    // A page of history read late must not take a row back.
    static bool supersedes(const Row& incoming, const Row& existing) {
        return incoming->updatedAtMicros >= existing->updatedAtMicros;
    }
};

// Rows are never null. `tokens` must outlive the model.
class OrdersModel : public SortedTable<OrderRowTraits> {
    Q_OBJECT

  public:
    enum ColumnIndex { time, side, amount, pair, route, out, price, slot, state };

    explicit OrdersModel(const TokenBook& tokens, QObject* parent = nullptr,
                         std::size_t bound = kRowBound);

  protected:
    Cell cell(int row, int column) const override;

  private:
    Cell outCell(const domain::Order& order) const;
    Cell amountCell(const domain::Order& order) const;
    Cell routeCell(const domain::Order& order) const;

    const TokenBook& tokens_;
};

}  // namespace oee::ui
