#include "ui/fills_model.h"

#include "ui/format.h"
#include "ui/order_words.h"

namespace oee::ui {
namespace {

std::vector<Column> fillColumns() {
    using Kind = CellKind;
    return {
        {QStringLiteral("Time"), Kind::words, 12, 0, false, {}},
        {QStringLiteral("Order"), Kind::id, 9, 6, false, {}},
        {QStringLiteral("Leg"), Kind::number, 4, 7, false, {}},
        {QStringLiteral("Pool"), Kind::words, 25, 0, true, {}},
        {QStringLiteral("In"), Kind::number, 12, 0, false, QStringLiteral("What the pool got")},
        {QStringLiteral("Out"), Kind::number, 12, 0, false, QStringLiteral("What the pool paid")},
        {QStringLiteral("Price"), Kind::number, 12, 0, false,
         QStringLiteral("Quote tokens for one base token, fees inside")},
        {QStringLiteral("Fee"), Kind::number, 10, 2, false,
         QStringLiteral("The pool's trading fee, inside the amounts")},
        {QStringLiteral("Network SOL"), Kind::number, 11, 3, false,
         QStringLiteral("Base fee, priority fee and tip")},
        {QStringLiteral("Slot"), Kind::number, 12, 4, false, {}},
        {QStringLiteral("Signature"), Kind::id, 10, 5, false, {}},
    };
}

}  // namespace

FillsModel::FillsModel(const TokenBook& tokens, QObject* parent, std::size_t bound)
    : SortedTable(fillColumns(), bound, parent), tokens_(tokens) {}

Cell FillsModel::cell(int row, int column) const {
    const domain::Fill& fill = at(row);
    Cell cell;
    switch (column) {
        case time:
            cell.text = timeText(fill.atMicros);
            cell.exact = dateTimeText(fill.atMicros);
            cell.sortKey = sortableDecimal(QString::number(fill.slot)) + orderIdText(fill.orderId) +
                           sortableDecimal(QString::number(fill.leg));
            break;
        case order:
            cell.text = shortOrderId(fill.orderId);
            cell.exact = orderIdText(fill.orderId);
            cell.sortKey = cell.exact;
            cell.tone = Tone::secondary;
            break;
        case leg:
            // The first leg is 1 for people, as in "1 of 2".
            cell.text = QString::number(fill.leg + 1);
            cell.sortKey = sortableDecimal(cell.text);
            cell.tone = Tone::secondary;
            break;
        case pool:
            cell.text = poolText(fill.program, fill.pool);
            cell.exact = venueText(fill.program) + u' ' + fromStd(domain::toBase58(fill.pool));
            cell.tone = toneOf(domain::venueOf(fill.program));
            break;
        case in:
            return amountCell(fill.amountInRaw, fill.inputMint);
        case out:
            return amountCell(fill.amountOutRaw, fill.outputMint);
        case price:
            return priceCell(fill);
        case fee:
            return amountCell(fill.feeRaw, fill.feeMint);
        case networkFee:
            cell.text = fill.leg == 0 ? exactAmount(fill.networkFeeLamports, domain::kSolDecimals)
                                      : unknownText();
            cell.exact = fill.leg == 0 ? cell.text + QStringLiteral(" SOL") : QString();
            cell.hint = fill.leg == 0 ? QString() : QStringLiteral("Paid once, with the first leg");
            cell.sortKey = sortableDecimal(fill.leg == 0 ? cell.text : QString());
            break;
        case slot:
            cell.text = groupedInteger(fill.slot);
            cell.exact = QString::number(fill.slot);
            cell.sortKey = sortableDecimal(cell.exact);
            cell.tone = Tone::secondary;
            break;
        case signature:
            cell.text = shortSignature(fill.signature);
            cell.exact = fromStd(domain::toBase58(fill.signature));
            cell.tone = Tone::secondary;
            break;
        default:
            break;
    }
    return cell;
}

Cell FillsModel::amountCell(std::uint64_t amountRaw, const domain::Pubkey& mint) const {
    Cell cell;
    cell.text = tokens_.shown(amountRaw, mint);
    cell.unit = tokens_.symbol(mint);
    cell.exact = tokens_.exact(amountRaw, mint);
    cell.sortKey = sortableDecimal(cell.exact.left(cell.exact.indexOf(u' ')));
    return cell;
}

Cell FillsModel::priceCell(const domain::Fill& fill) const {
    const Pair pair = TokenBook::oriented(fill.inputMint, fill.outputMint);
    const bool inputIsBase = pair.base == fill.inputMint;
    Cell cell;
    cell.text = inputIsBase ? tokens_.price(pair, fill.amountInRaw, fill.amountOutRaw)
                            : tokens_.price(pair, fill.amountOutRaw, fill.amountInRaw);
    cell.unit = tokens_.symbol(pair.quote);
    cell.hint =
        QStringLiteral("%1 %2 for one %3").arg(cell.text, cell.unit, tokens_.symbol(pair.base));
    cell.sortKey = sortableDecimal(cell.text == unknownText() ? QString() : cell.text);
    return cell;
}

}  // namespace oee::ui
