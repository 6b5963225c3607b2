#include "ui/orders_model.h"

#include <algorithm>

#include "execution/explain.h"
#include "ui/format.h"
#include "ui/order_words.h"

namespace oee::ui {
namespace {

std::vector<Column> orderColumns() {
    using Kind = CellKind;
    return {
        {QStringLiteral("Time"), Kind::words, 12, 0, false,
         QStringLiteral("Local time of the order")},
        {QStringLiteral("Side"), Kind::words, 5, 0, false, {}},
        {QStringLiteral("Amount"), Kind::number, 10, 0, false, QStringLiteral("What is given")},
        {QStringLiteral("Pair"), Kind::words, 11, 2, false, {}},
        {QStringLiteral("Route"), Kind::words, 14, 3, true, QStringLiteral("Where it was planned")},
        {QStringLiteral("Out"), Kind::number, 14, 0, false, QStringLiteral("What arrived")},
        {QStringLiteral("Price"), Kind::number, 9, 1, false,
         QStringLiteral("Quote tokens for one base token, fees inside")},
        {QStringLiteral("Slot"), Kind::number, 12, 4, false,
         QStringLiteral("Slot of the fill; before it, of the order")},
        {QStringLiteral("State"), Kind::words, 12, 0, false, {}},
    };
}

}  // namespace

OrdersModel::OrdersModel(const TokenBook& tokens, QObject* parent, std::size_t bound)
    : SortedTable(orderColumns(), bound, parent), tokens_(tokens) {}

Cell OrdersModel::cell(int row, int column) const {
    const domain::Order& order = *at(row);
    const Pair orderPair = pairOf(order);
    Cell cell;
    switch (column) {
        case time:
            cell.text = timeText(order.createdAtMicros);
            cell.exact = dateTimeText(order.createdAtMicros);
            cell.hint = cell.exact + u'\n' + orderIdText(order.id);
            cell.sortKey = orderIdText(order.id);
            break;
        case side:
            cell.text = wordOf(order.side);
            cell.tone = toneOf(order.side);
            break;
        case amount:
            return amountCell(order);
        case pair:
            cell.text = tokens_.symbol(orderPair.base) + u'/' + tokens_.symbol(orderPair.quote);
            break;
        case route:
            return routeCell(order);
        case out:
            return outCell(order);
        case price: {
            const bool sells = order.side == domain::Side::sell;
            const auto& done = order.execution;
            cell.text = !done   ? unknownText()
                        : sells ? tokens_.price(orderPair, done->amountInRaw, done->amountOutRaw)
                                : tokens_.price(orderPair, done->amountOutRaw, done->amountInRaw);
            cell.hint = !done ? QString()
                              : QStringLiteral("%1 %2 for one %3")
                                    .arg(cell.text, tokens_.symbol(orderPair.quote),
                                         tokens_.symbol(orderPair.base));
            cell.sortKey = sortableDecimal(done ? cell.text : QString());
            break;
        }
        case slot: {
            const std::uint64_t number =
                order.execution ? order.execution->slot : order.createdSlot;
            cell.text = groupedInteger(number);
            cell.exact = QString::number(number);
            cell.sortKey = sortableDecimal(cell.exact);
            cell.tone = Tone::secondary;
            break;
        }
        case state:
            cell.text = glyphAndWord(order.status);
            cell.exact = wordOf(order.status);
            cell.hint = order.failure ? fromStd(execution::explain(*order.failure)) : QString();
            cell.sortKey = QString::number(static_cast<int>(order.status));
            cell.tone = toneOf(order.status);
            break;
        default:
            break;
    }
    return cell;
}

// As it was typed: what is given, or what is to arrive.
Cell OrdersModel::amountCell(const domain::Order& order) const {
    const bool exactIn = order.mode == domain::RouteMode::exactIn;
    Cell cell;
    cell.unit = tokens_.symbol(exactIn ? order.inputMint : order.outputMint);
    cell.exact = exactIn ? tokens_.exact(order.amountInRaw, order.inputMint)
                         : tokens_.exact(order.amountOutRaw, order.outputMint);
    cell.text = cell.exact.left(cell.exact.indexOf(u' '));
    cell.hint = exactIn ? QString()
                        : QStringLiteral("Exactly %1 for at most %2")
                              .arg(cell.exact, tokens_.exact(order.amountInRaw, order.inputMint));
    cell.sortKey = sortableDecimal(cell.text);
    return cell;
}

Cell OrdersModel::routeCell(const domain::Order& order) const {
    Cell cell;
    if (!order.plan) {
        cell.text = unknownText();
        return cell;
    }
    const auto& legs = order.plan->legs;
    const domain::RouteLeg& first = legs.front();
    cell.text =
        legs.size() > 1 ? QStringLiteral("%1 legs").arg(legs.size()) : venueText(first.program);
    QStringList all;
    for (const domain::RouteLeg& leg : legs) {
        all.append(venueText(leg.program) + u' ' + fromStd(domain::toBase58(leg.pool)));
    }
    cell.exact = all.join(u'\n');
    const bool oneVenue = std::all_of(legs.begin(), legs.end(), [&](const domain::RouteLeg& leg) {
        return domain::venueOf(leg.program) == domain::venueOf(first.program);
    });
    if (oneVenue) {
        cell.tone = toneOf(domain::venueOf(first.program));
    }
    return cell;
}

Cell OrdersModel::outCell(const domain::Order& order) const {
    Cell cell;
    if (!order.execution) {
        cell.text = unknownText();
        cell.sortKey = sortableDecimal({});
        return cell;
    }
    cell.text = tokens_.shown(order.execution->amountOutRaw, order.outputMint);
    cell.unit = tokens_.symbol(order.outputMint);
    cell.exact = tokens_.exact(order.execution->amountOutRaw, order.outputMint);
    cell.sortKey = sortableDecimal(cell.exact.left(cell.exact.indexOf(u' ')));
    return cell;
}

}  // namespace oee::ui
