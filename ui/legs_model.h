#pragma once

#include <optional>
#include <vector>

#include "domain/order.h"
#include "routing/plan.h"
#include "ui/table_base.h"
#include "ui/token_book.h"

namespace oee::ui {

// A leg of a route: as planned, and as filled where it was.
struct LegRow {
    domain::Program program = domain::Program::raydiumAmmV4;
    domain::Pubkey pool;
    domain::Pubkey inputMint;
    domain::Pubkey outputMint;
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;
    std::optional<std::uint64_t> feeRaw;
    domain::Pubkey feeMint;
    std::optional<double> priceMoveBps;
    std::optional<std::uint64_t> filledInRaw;
    std::optional<std::uint64_t> filledOutRaw;

    friend bool operator==(const LegRow&, const LegRow&) = default;
};

std::vector<LegRow> legRowsOf(const routing::Plan& plan);
// Planned beside filled; the fee is that of the fill.
std::vector<LegRow> legRowsOf(const domain::PlanSummary& plan,
                              const std::vector<domain::Fill>& fills);

// The legs in the order in which they are executed. `tokens` must outlive the model.
class LegsModel : public TableBase {
    Q_OBJECT

  public:
    enum ColumnIndex {
        leg,
        pool,
        in,
        out,
        filledIn,
        filledOut,
        difference,
        fee,
        priceMove,
        columnIndexCount
    };

    explicit LegsModel(const TokenBook& tokens, QObject* parent = nullptr);

    void setRows(std::vector<LegRow> rows);
    int rowCount(const QModelIndex& parent = {}) const override;

  protected:
    Cell cell(int row, int column) const override;

  private:
    Cell amountCell(std::optional<std::uint64_t> amountRaw, const domain::Pubkey& mint) const;
    static Cell bpsCell(std::optional<double> bps);

    const TokenBook& tokens_;
    std::vector<LegRow> rows_;
};

}  // namespace oee::ui
