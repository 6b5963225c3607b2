#pragma once

#include <tuple>

#include "domain/order.h"
#include "ui/sorted_table.h"
#include "ui/token_book.h"

namespace oee::ui {

struct FillRowTraits {
    using Row = domain::Fill;
    // By slot; order and leg make it unique (as in the database).
    static std::tuple<std::uint64_t, domain::OrderId, std::uint32_t> keyOf(const Row& fill) {
        return {fill.slot, fill.orderId, fill.leg};
    }
    // A fill never changes.
    static bool supersedes(const Row&, const Row&) { return false; }
};

// `tokens` must outlive the model.
class FillsModel : public SortedTable<FillRowTraits> {
    Q_OBJECT

  public:
    enum ColumnIndex { time, order, leg, pool, in, out, price, fee, networkFee, slot, signature };

    explicit FillsModel(const TokenBook& tokens, QObject* parent = nullptr,
                        std::size_t bound = kRowBound);

  protected:
    Cell cell(int row, int column) const override;

  private:
    Cell amountCell(std::uint64_t amountRaw, const domain::Pubkey& mint) const;
    Cell priceCell(const domain::Fill& fill) const;

    const TokenBook& tokens_;
};

}  // namespace oee::ui
