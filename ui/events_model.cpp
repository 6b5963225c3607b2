#include "ui/events_model.h"

#include "execution/explain.h"
#include "ui/format.h"
#include "ui/order_words.h"

namespace oee::ui {
namespace {

std::vector<Column> logColumns() {
    using Kind = CellKind;
    return {
        {QStringLiteral("Time"), Kind::words, 12, 0, false, {}},
        {QStringLiteral("Slot"), Kind::number, 12, 1, false, {}},
        {QStringLiteral("Order"), Kind::id, 9, 0, false, {}},
        {QStringLiteral("State"), Kind::words, 12, 0, false, {}},
        {QStringLiteral("What happened"), Kind::words, 40, 0, true, {}},
    };
}

}  // namespace

EventsModel::EventsModel(const TokenBook& tokens, QObject* parent, std::size_t bound)
    : SortedTable(logColumns(), bound, parent), tokens_(tokens) {}

LogLine EventsModel::lineOf(const domain::OrderEvent& event) const {
    LogLine line;
    line.sequence = event.sequence;
    line.status = event.status;
    line.slot = event.slot;
    line.atMicros = event.atMicros;
    line.detail = fromStd(event.detail);
    if (event.order) {
        line.orderId = event.order->id;
        if (event.status == domain::OrderStatus::failed && event.order->failure) {
            const QString reason = fromStd(execution::explain(*event.order->failure));
            line.detail = line.detail.isEmpty() ? reason : line.detail;
        } else if (line.detail.isEmpty() && event.status == domain::OrderStatus::pending) {
            line.detail = sentenceOf(*event.order, tokens_);
        }
    }
    return line;
}

void EventsModel::addNotice(const QString& text, base::UnixMicros atMicros) {
    LogLine line;
    line.sequence = rowCount() > 0 ? at(rowCount() - 1).sequence : 0;
    line.noticeNumber = ++notices_;
    line.atMicros = atMicros;
    line.detail = text;
    merge({line});
}

Cell EventsModel::cell(int row, int column) const {
    const LogLine& line = at(row);
    Cell cell;
    switch (column) {
        case time:
            cell.text = timeText(line.atMicros);
            cell.exact = dateTimeText(line.atMicros);
            cell.sortKey = sortableDecimal(QString::number(line.sequence)) +
                           sortableDecimal(QString::number(line.noticeNumber));
            break;
        case slot:
            cell.text = line.orderId ? groupedInteger(line.slot) : unknownText();
            cell.exact = line.orderId ? QString::number(line.slot) : QString();
            cell.sortKey = sortableDecimal(line.orderId ? cell.exact : QString());
            cell.tone = Tone::secondary;
            break;
        case order:
            cell.text = line.orderId ? shortOrderId(*line.orderId) : unknownText();
            cell.exact = line.orderId ? orderIdText(*line.orderId) : QString();
            cell.tone = Tone::secondary;
            break;
        case state:
            cell.text = line.orderId ? glyphAndWord(line.status) : QStringLiteral("\u2022 notice");
            cell.exact = line.orderId ? wordOf(line.status) : QStringLiteral("notice");
            cell.tone = line.orderId ? toneOf(line.status) : Tone::warning;
            break;
        case detail:
            cell.text = line.detail;
            break;
        default:
            break;
    }
    return cell;
}

}  // namespace oee::ui
