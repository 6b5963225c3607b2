#pragma once

#include <optional>
#include <utility>

#include "domain/order.h"
#include "ui/sorted_table.h"
#include "ui/token_book.h"

namespace oee::ui {

// A line of the log: a transition of an order, or a notice of the engine.
struct LogLine {
    std::uint64_t sequence = 0;      // of the event; of the last one before a notice
    std::uint64_t noticeNumber = 0;  // 0: an event
    domain::OrderStatus status = domain::OrderStatus::pending;
    std::uint64_t slot = 0;
    base::UnixMicros atMicros = 0;
    QString detail;
    std::optional<domain::OrderId> orderId;  // absent: a notice
};

struct LogLineTraits {
    using Row = LogLine;
    static std::pair<std::uint64_t, std::uint64_t> keyOf(const Row& line) {
        return {line.sequence, line.noticeNumber};
    }
    static bool supersedes(const Row&, const Row&) { return false; }
};

// The execution path of orders. `tokens` must outlive the model.
class EventsModel : public SortedTable<LogLineTraits> {
    Q_OBJECT

  public:
    enum ColumnIndex { time, slot, order, state, detail };

    explicit EventsModel(const TokenBook& tokens, QObject* parent = nullptr,
                         std::size_t bound = kRowBound);

    LogLine lineOf(const domain::OrderEvent& event) const;
    void addNotice(const QString& text, base::UnixMicros atMicros);

  protected:
    Cell cell(int row, int column) const override;

  private:
    const TokenBook& tokens_;
    std::uint64_t notices_ = 0;
};

}  // namespace oee::ui
