#pragma once
// The read side: history and details on a thread and a read-only connection of their own, so that
// no query delays a commit.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <QString>
#include <tl/expected.hpp>

#include "domain/order.h"
#include "domain/receipt.h"
#include "execution/order_store.h"
#include "storage/open_error.h"

class QThread;

namespace oee::storage {

class Connection;

struct OrderFilter {
    std::optional<domain::OrderStatus> status;
    std::optional<domain::OrderId> before;  // older than this one
    std::size_t limit = 100;                // at most 1,000
};

struct OrderRecord {
    domain::OrderPtr order;
    std::vector<domain::OrderEvent>
        events;                       // by sequence; `order` in each is the order as it is now
    std::vector<domain::Fill> fills;  // by leg
    std::optional<domain::Receipt> receipt;
};

// Calls may be made from any thread and return at once; answers are called on the reader thread in
// the order of the calls and must not block. A query sees what is committed when it starts. When
// 1,000 queries wait, or the reader is closing, the answer (unavailable, closed) is called at once
// on the calling thread.
class HistoryReader {
  public:
    template <typename T>
    using Answer = std::function<void(tl::expected<T, execution::StoreError>)>;

    // The file must exist with a schema that this program knows: open the store first.
    static tl::expected<std::unique_ptr<HistoryReader>, OpenFailure> open(const QString& path);
    // Answers what still waits with `closed`, stops the thread.
    ~HistoryReader();
    HistoryReader(const HistoryReader&) = delete;
    HistoryReader& operator=(const HistoryReader&) = delete;

    // Newest first.
    void orders(const OrderFilter& filter, Answer<std::vector<domain::OrderPtr>> answer);
    void order(domain::OrderId orderId, Answer<OrderRecord> answer);
    // Parked orders, newest first; at most 1,000.
    void deadLetters(Answer<std::vector<execution::DeadLetter>> answer);
    // Newest first; legs of one order by descending leg. At most 10,000.
    void fills(std::size_t limit, Answer<std::vector<domain::Fill>> answer);

  private:
    enum class Fate { run, unavailable, closed };
    using Query = std::function<void(Fate, Connection*)>;

    HistoryReader() = default;
    void push(Query query);
    template <typename T, typename Read>
    void ask(Answer<T> answer, Read read);
    void run(Connection& connection);

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Query> queue_;  // guarded by mutex_
    bool closing_ = false;     // guarded by mutex_
    std::unique_ptr<QThread> thread_;
};

}  // namespace oee::storage
