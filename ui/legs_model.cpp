#include "ui/legs_model.h"

#include <algorithm>
#include <utility>

#include "ui/format.h"
#include "ui/order_words.h"

namespace oee::ui {
namespace {

std::vector<Column> legColumns() {
    using Kind = CellKind;
    return {
        {QStringLiteral("Leg"), Kind::number, 4, 0, false, {}},
        {QStringLiteral("Pool"), Kind::words, 22, 0, true, {}},
        {QStringLiteral("In"), Kind::number, 12, 0, false, QStringLiteral("Planned")},
        {QStringLiteral("Out"), Kind::number, 12, 0, false, QStringLiteral("Planned")},
        {QStringLiteral("Filled in"), Kind::number, 12, 4, false,
         QStringLiteral("What the pool got")},
        {QStringLiteral("Filled out"), Kind::number, 12, 0, false,
         QStringLiteral("What the pool paid")},
        {QStringLiteral("vs plan bps"), Kind::number, 9, 1, false,
         QStringLiteral("What was paid for one token of the input, against the plan")},
        {QStringLiteral("Fee"), Kind::number, 10, 2, false,
         QStringLiteral("The pool's trading fee, inside the amounts")},
        {QStringLiteral("Price bps"), Kind::number, 8, 3, false,
         QStringLiteral("How far the leg moves the pool's price")},
    };
}

std::optional<double> differenceBps(const LegRow& leg) {
    if (!leg.filledInRaw || !leg.filledOutRaw || *leg.filledInRaw == 0 || leg.amountOutRaw == 0) {
        return std::nullopt;
    }
    const double filled =
        static_cast<double>(*leg.filledOutRaw) / static_cast<double>(*leg.filledInRaw);
    const double planned =
        static_cast<double>(leg.amountOutRaw) / static_cast<double>(leg.amountInRaw);
    return (filled / planned - 1) * 1e4;
}

}  // namespace

std::vector<LegRow> legRowsOf(const routing::Plan& plan) {
    std::vector<LegRow> rows;
    for (const routing::PlanLeg& leg : plan.legs) {
        LegRow row;
        row.program = leg.program;
        row.pool = leg.pool;
        row.inputMint = leg.inputMint;
        row.outputMint = leg.outputMint;
        row.amountInRaw = leg.swap.amountInRaw;
        row.amountOutRaw = leg.swap.amountOutRaw;
        row.feeRaw = leg.swap.feeRaw;
        row.feeMint = leg.swap.feeSide == amm::FeeSide::input ? leg.inputMint : leg.outputMint;
        if (leg.priceBefore > 0) {
            row.priceMoveBps = (leg.priceAfter / leg.priceBefore - 1) * 1e4;
        }
        rows.push_back(row);
    }
    return rows;
}

std::vector<LegRow> legRowsOf(const domain::PlanSummary& plan,
                              const std::vector<domain::Fill>& fills) {
    std::vector<LegRow> rows;
    for (const domain::RouteLeg& leg : plan.legs) {
        LegRow row;
        row.program = leg.program;
        row.pool = leg.pool;
        row.inputMint = leg.inputMint;
        row.outputMint = leg.outputMint;
        row.amountInRaw = leg.amountInRaw;
        row.amountOutRaw = leg.amountOutRaw;
        const auto fill = std::find_if(fills.begin(), fills.end(), [&](const domain::Fill& filled) {
            return filled.leg == rows.size() && filled.pool == leg.pool;
        });
        if (fill != fills.end()) {
            row.filledInRaw = fill->amountInRaw;
            row.filledOutRaw = fill->amountOutRaw;
            row.feeRaw = fill->feeRaw;
            row.feeMint = fill->feeMint;
        }
        rows.push_back(row);
    }
    return rows;
}

LegsModel::LegsModel(const TokenBook& tokens, QObject* parent)
    : TableBase(legColumns(), parent), tokens_(tokens) {}

int LegsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

void LegsModel::setRows(std::vector<LegRow> rows) {
    if (rows == rows_) {
        return;
    }
    // As many legs as before stay where they are: a selected row stays selected.
    const int count = static_cast<int>(rows.size());
    if (rows.size() == rows_.size()) {
        rows_ = std::move(rows);
        emit dataChanged(index(0, 0), index(count - 1, columnIndexCount - 1));
    } else {
        beginResetModel();
        rows_ = std::move(rows);
        endResetModel();
    }
    if (count > 0) {
        measureRows(0, count - 1);
    }
}

Cell LegsModel::cell(int row, int column) const {
    const LegRow& shown = rows_[static_cast<std::size_t>(row)];
    Cell cell;
    switch (column) {
        case leg:
            cell.text = QString::number(row + 1);
            cell.sortKey = sortableDecimal(cell.text);
            cell.tone = Tone::secondary;
            break;
        case pool:
            cell.text = poolText(shown.program, shown.pool);
            cell.exact = venueText(shown.program) + u' ' + fromStd(domain::toBase58(shown.pool));
            cell.tone = toneOf(domain::venueOf(shown.program));
            break;
        case in:
            return amountCell(shown.amountInRaw, shown.inputMint);
        case out:
            return amountCell(shown.amountOutRaw, shown.outputMint);
        case filledIn:
            return amountCell(shown.filledInRaw, shown.inputMint);
        case filledOut:
            return amountCell(shown.filledOutRaw, shown.outputMint);
        case difference:
            return bpsCell(differenceBps(shown));
        case fee:
            return amountCell(shown.feeRaw, shown.feeMint);
        case priceMove:
            return bpsCell(shown.priceMoveBps);
        default:
            break;
    }
    return cell;
}

Cell LegsModel::amountCell(std::optional<std::uint64_t> amountRaw,
                           const domain::Pubkey& mint) const {
    Cell cell;
    if (!amountRaw) {
        cell.text = unknownText();
        cell.sortKey = sortableDecimal({});
        return cell;
    }
    cell.text = tokens_.shown(*amountRaw, mint);
    cell.unit = tokens_.symbol(mint);
    cell.exact = tokens_.exact(*amountRaw, mint);
    cell.sortKey = sortableDecimal(cell.exact.left(cell.exact.indexOf(u' ')));
    return cell;
}

Cell LegsModel::bpsCell(std::optional<double> bps) {
    Cell cell;
    cell.text = bps ? bpsText(*bps) : unknownText();
    cell.exact = bps ? cell.text + QStringLiteral(" bps") : QString();
    // Shifted, so that losses sort below gains.
    cell.sortKey = bps ? QStringLiteral("%1").arg(*bps + 1e6, 20, 'f', 4) : sortableDecimal({});
    cell.tone = !bps || cell.text == QLatin1String("0.0") ? Tone::secondary : Tone::normal;
    return cell;
}

}  // namespace oee::ui
