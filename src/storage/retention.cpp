#include "storage/retention.h"

#include <algorithm>
#include <cassert>
#include <future>
#include <utility>
#include <variant>

#include <QThread>

#include "storage/archive.h"
#include "storage/sqlite_store.h"

namespace oee::storage {
namespace {

// Orders that are taken away at once: the writer is held up for a few milliseconds by them.
constexpr std::size_t kOrdersAPiece = 64;
// After each piece it rests for so many times as long as the writer needed for it.
constexpr int kRest = 2;
constexpr std::chrono::minutes kBetweenPasses{1};
constexpr std::chrono::minutes kAfterProblem{1};

}  // namespace

Retention::Retention(const RetentionPolicy& policy, Environment environment)
    : policy_(policy), environment_(std::move(environment)) {
    thread_.reset(QThread::create([this] { run(); }));
    thread_->setObjectName(QStringLiteral("storage retention"));
    thread_->start();
}

Retention::~Retention() {
    assert(QThread::currentThread() != thread_.get());
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    thread_->wait();
}

std::uint64_t Retention::prunedOrders() const {
    const std::lock_guard lock(mutex_);
    return pruned_;
}

void Retention::run() {
    while (rest(step())) {
    }
    // On the thread that opened them.
    archive_.reset();
    reader_.reset();
}

bool Retention::rest(Wait wait) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, wait, [this] { return ending_; });
    return !ending_;
}

Retention::Wait Retention::complain(const std::string& problem) {
    // Once, not every minute.
    if (problem != problem_ && environment_.notice) {
        environment_.notice("Old orders stay for now: " + problem);
    }
    problem_ = problem;
    return kAfterProblem;
}

bool Retention::openFiles() {
    if (!reader_) {
        auto reader =
            Connection::open({.path = environment_.databasePath, .access = Access::readOnly});
        if (!reader) {
            complain(reader.error().detail);
            return false;
        }
        reader_ = std::move(*reader);
    }
    if (!archive_ && policy_.surplus == RetentionPolicy::Surplus::archived) {
        auto archive = Archive::open({environment_.databasePath, environment_.archivePath});
        if (!archive) {
            complain(archive.error().detail);
            return false;
        }
        archive_ = std::move(*archive);
    }
    return true;
}

Retention::Wait Retention::step() {
    if (!openFiles()) {
        return kAfterProblem;
    }
    reader_->execute(QStringLiteral("BEGIN"));
    const Surplus surplus =
        findSurplus(*reader_, {policy_, environment_.clock.nowMicros(), reached_, kOrdersAPiece});
    const std::string problem = reader_->failure().text;
    reader_->rollback();
    if (!problem.empty()) {
        return complain(problem);
    }
    reached_ = surplus.reached;
    Wait writing{0};
    if (!surplus.orders.empty()) {
        const auto moved = move(surplus.orders);
        if (!moved) {
            reached_.reset();
            return complain(moved.error());
        }
        problem_.clear();
        writing = *moved;
    }
    return reached_ ? kRest * writing : Wait(kBetweenPasses);
}

tl::expected<Retention::Wait, std::string> Retention::move(
    const std::vector<domain::OrderId>& orders) {
    if (archive_) {
        environment_.crashPoints.reach(base::CrashPoint::retentionBeforeArchive);
        // On the disk before the writer hears of it. Orders that an end of the process left in both
        // files are found again here, and only taken away.
        if (auto copied = archive_->copy(orders); !copied) {
            return tl::unexpected(std::move(copied.error()));
        }
        environment_.crashPoints.reach(base::CrashPoint::retentionAfterArchive);
    }
    const auto began = std::chrono::steady_clock::now();
    std::promise<bool> promise;
    auto done = promise.get_future();
    environment_.store.prune(
        {orders, archive_ ? archive_->id() : QString()},
        [&promise](const tl::expected<std::monostate, execution::StoreError>& result) {
            promise.set_value(result.has_value());
        });
    if (!done.get()) {
        return tl::unexpected(std::string("the database does not take the change"));
    }
    const auto took = std::chrono::steady_clock::now() - began;
    environment_.crashPoints.reach(base::CrashPoint::retentionAfterPrune);
    const std::lock_guard lock(mutex_);
    pruned_ += orders.size();
    return std::chrono::duration_cast<Wait>(took);
}

}  // namespace oee::storage
