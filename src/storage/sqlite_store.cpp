#include "storage/sqlite_store.h"

#include <cassert>
#include <future>
#include <utility>

#include <QThread>

#include "storage/engine_file.h"
#include "storage/requests.h"
#include "storage/writer.h"

namespace oee::storage {
namespace {

// Without requests for this long, the log is moved into the database.
constexpr std::chrono::seconds kIdle{2};

std::optional<RequestQueue::TimePoint> wakeAt(const Writer& writer) {
    if (writer.flushDue()) {
        return writer.flushDue();
    }
    if (writer.wantsCheckpoint()) {
        return std::chrono::steady_clock::now() + kIdle;
    }
    return std::nullopt;
}

void serve(RequestQueue& queue, Writer& writer) {
    for (;;) {
        const auto due = writer.flushDue();
        const auto waited =
            writer.hasDecided() ? RequestQueue::Waited::some : queue.wait(wakeAt(writer));
        switch (waited) {
            case RequestQueue::Waited::some:
                writer.process(queue);
                break;
            case RequestQueue::Waited::nothing:
                if (!due) {
                    writer.checkpoint();
                }
                break;
            case RequestQueue::Waited::closed:
                writer.flush();
                return;
        }
        // A stream of requests that force nothing must not put it off.
        const auto flushDue = writer.flushDue();
        if (flushDue && std::chrono::steady_clock::now() >= *flushDue) {
            writer.flush();
        }
    }
}

// With a second thread that decides while the first one writes; where nobody waits for the disk
// there is nothing to do ahead of.
void serve(RequestQueue& queue, Writer& writer, Durability durability) {
    std::unique_ptr<QThread> ahead;
    if (durability == Durability::powerLoss) {
        ahead.reset(QThread::create([&] { writer.decideAhead(queue); }));
        ahead->setObjectName(QStringLiteral("storage ahead"));
        ahead->start();
    }
    serve(queue, writer);
    if (ahead) {
        ahead->wait();
    }
}

}  // namespace

SqliteStore::SqliteStore(std::size_t maxQueued)
    : queue_(std::make_unique<RequestQueue>(maxQueued)) {}

SqliteStore::~SqliteStore() {
    assert(QThread::currentThread() != thread_.get());
    queue_->close();
    thread_->wait();
}

tl::expected<SqliteStore::Opened, OpenFailure> SqliteStore::open(const OpenOptions& options,
                                                                 const execution::Genesis& genesis,
                                                                 Listeners listeners) {
    assert(options.clock != nullptr);
    std::unique_ptr<SqliteStore> store(new SqliteStore(options.maxOpenOrders));
    TokenNames names(options.tokens == nullptr ? domain::TokenRegistry{} : *options.tokens);
    Writer::Settings settings{options.path,          options.seed,          options.clock,
                              options.maxOpenOrders, genesis.startBalances, options.retries,
                              options.durability,    std::move(listeners),  options.crashPoints};
    std::promise<tl::expected<Opened, OpenFailure>> promise;
    auto opened = promise.get_future();

    // `genesis` is only looked at before the promise is kept: this call waits for that.
    store->thread_.reset(
        QThread::create([&genesis, &queue = *store->queue_, options, names = std::move(names),
                         settings = std::move(settings), promise = std::move(promise)]() mutable {
            auto file = openEngineFile(options, genesis, names);
            if (!file) {
                promise.set_value(tl::unexpected(std::move(file.error())));
                return;
            }
            Opened result{nullptr, file->state, file->instanceId, file->fresh, file->isChecked};
            Writer writer(std::move(settings), names, std::move(*file));
            promise.set_value(std::move(result));
            serve(queue, writer, options.durability);
        }));
    store->thread_->setObjectName(QStringLiteral("storage writer"));
    store->thread_->start();

    auto result = opened.get();
    if (result) {
        result->store = std::move(store);
    }
    return result;
}

void SqliteStore::push(Request request) {
    if (const auto turnedAway = queue_->push(request)) {
        refuse(request, *turnedAway, queue_->bound());
    }
}

void SqliteStore::admit(execution::OrderDraft draft,
                        Answer<execution::Admitted, execution::Refusal> answer, Decided decided) {
    push({AdmitRequest{std::move(draft), std::move(answer), std::move(decided)}});
}

void SqliteStore::handOut(domain::OrderId orderId,
                          Answer<domain::OrderPtr, execution::StoreError> answer) {
    push({HandOutRequest{orderId, std::move(answer)}});
}

void SqliteStore::retryParked(domain::OrderId orderId,
                              Answer<domain::OrderPtr, execution::StoreError> answer) {
    push({RetryRequest{orderId, std::move(answer)}});
}

void SqliteStore::note(execution::ProgressNote note) {
    push({NoteRequest{std::move(note)}});
}

void SqliteStore::submit(execution::Submission submission,
                         Answer<domain::OrderPtr, execution::StoreError> answer, Decided decided) {
    push({SubmitRequest{std::move(submission), std::move(answer), std::move(decided)}});
}

void SqliteStore::fail(execution::FailureNote note,
                       Answer<domain::OrderPtr, execution::StoreError> answer) {
    push({FailRequest{note, std::move(answer)}});
}

void SqliteStore::cancel(domain::OrderId orderId,
                         Answer<domain::OrderPtr, execution::StoreError> answer) {
    push({CancelRequest{orderId, std::move(answer)}});
}

void SqliteStore::commitSlot(execution::SlotCommit commit,
                             Answer<std::monostate, execution::StoreError> answer) {
    push({SlotRequest{std::move(commit), std::move(answer)}});
}

void SqliteStore::resetWallet(
    Answer<std::shared_ptr<const execution::Wallet>, execution::StoreError> answer) {
    push({ResetRequest{std::move(answer)}});
}

void SqliteStore::prune(PruneBatch batch, Answer<std::monostate, execution::StoreError> answer) {
    push({PruneRequest{std::move(batch), std::move(answer)}});
}

void SqliteStore::setLimits(execution::RiskLimits limits) {
    push({LimitsRequest{std::move(limits)}});
}

}  // namespace oee::storage
