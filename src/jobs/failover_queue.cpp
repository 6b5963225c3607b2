#include "jobs/failover_queue.h"

#include <algorithm>
#include <utility>

#include "jobs/redis_probe.h"

namespace oee::jobs {
namespace {

using namespace std::chrono_literals;

// So often in a row, a second apart: a job that was just done is acknowledged in Redis before the
// one who enqueues hears of it.
constexpr unsigned kLooks = 2;

// How long a consumer waits on one side before it looks at the other.
constexpr std::chrono::milliseconds kSlice = 250ms;

constexpr char kRedisMark = 'r';
constexpr char kEmbeddedMark = 'e';

bool waitingMends(RedisErrorKind kind) {
    switch (kind) {
        case RedisErrorKind::connect:
        case RedisErrorKind::timeout:
        case RedisErrorKind::closed:
        case RedisErrorKind::notReady:
        case RedisErrorKind::outOfMemory:
        case RedisErrorKind::noGroup:
            return true;
        case RedisErrorKind::garbled:
        case RedisErrorKind::login:
        case RedisErrorKind::tooOld:
        case RedisErrorKind::refused:
            return false;
    }
    return false;
}

}  // namespace

// Receipts carry the side that they are of as their first character.
class FailoverQueue::Consumer final : public JobConsumer {
  public:
    Consumer(const FailoverQueue& queue, std::unique_ptr<JobConsumer> redis,
             std::unique_ptr<JobConsumer> embedded)
        : queue_(queue), redis_(std::move(redis)), embedded_(std::move(embedded)) {}

    tl::expected<std::vector<Delivery>, JobError> take(std::size_t most,
                                                       std::chrono::milliseconds wait) override {
        const auto deadline = std::chrono::steady_clock::now() + wait;
        for (;;) {
            const auto left = std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(
                                                deadline - std::chrono::steady_clock::now()));
            const bool onRedis = queue_.onRedis_;
            const auto slice = std::min(left, kSlice);
            auto taken = marked(embedded_->take(most, onRedis ? 0ms : slice), kEmbeddedMark);
            if (taken.empty() && onRedis) {
                taken = marked(redis_->take(most, slice), kRedisMark);
            }
            if (!taken.empty() || left == 0ms || queue_.isClosed()) {
                return taken;
            }
        }
    }

    tl::expected<void, JobError> acknowledge(std::span<const Delivery> done) override {
        std::vector<Delivery> ofRedis;
        std::vector<Delivery> ofEmbedded;
        for (const Delivery& delivery : done) {
            auto& side = delivery.receipt.front() == kRedisMark ? ofRedis : ofEmbedded;
            side.push_back({delivery.job, delivery.receipt.substr(1)});
        }
        const auto kept = embedded_->acknowledge(ofEmbedded);
        // What Redis does not hear now goes along with the next call, or comes again and is refused
        // by its fence.
        if (!ofRedis.empty()) {
            static_cast<void>(redis_->acknowledge(ofRedis));
        }
        return kept;
    }

  private:
    static std::vector<Delivery> marked(tl::expected<std::vector<Delivery>, JobError> taken,
                                        char mark) {
        if (!taken) {
            return {};
        }
        for (Delivery& delivery : *taken) {
            delivery.receipt.insert(delivery.receipt.begin(), mark);
        }
        return *std::move(taken);
    }

    const FailoverQueue& queue_;
    const std::unique_ptr<JobConsumer> redis_;
    const std::unique_ptr<JobConsumer> embedded_;
};

tl::expected<std::unique_ptr<FailoverQueue>, RedisError> FailoverQueue::open(
    const RedisUrl& url, const std::string& instanceId, Notice notice,
    const FailoverOptions& options) {
    std::unique_ptr<FailoverQueue> queue(
        new FailoverQueue(url, instanceId, std::move(notice), options));
    if (const auto started = queue->redis_->startAfresh()) {
        queue->onRedis_ = true;
    } else if (waitingMends(started.error().kind)) {
        queue->leaveRedis(started.error());
        queue->lost_ = false;
    } else {
        return tl::unexpected(started.error());
    }
    queue->thread_ = std::thread([self = queue.get()] { self->awaitRedis(); });
    return queue;
}

FailoverQueue::FailoverQueue(const RedisUrl& url, const std::string& instanceId, Notice notice,
                             const FailoverOptions& options)
    : url_(url),
      options_(options),
      notice_(std::move(notice)),
      redis_(RedisQueue::unconnected(url, instanceId, options.redis)),
      embedded_(options.embedded) {}

FailoverQueue::~FailoverQueue() {
    close();
    if (thread_.joinable()) {
        thread_.join();
    }
}

tl::expected<void, JobError> FailoverQueue::enqueue(std::span<const Job> jobs) {
    if (!onRedis_) {
        return embedded_.enqueue(jobs);
    }
    const auto enqueued = redis_->enqueue(jobs);
    if (enqueued) {
        return enqueued;
    }
    if (const auto why = redis_->lastFailure()) {
        leaveRedis(*why);
        return tl::unexpected(JobError::unavailable);
    }
    return enqueued;
}

QueueCheck FailoverQueue::check(const Outstanding& believed) {
    if (onRedis_ && !isClosed()) {
        if (const auto backlog = redis_->look()) {
            judge(*backlog, believed);
        } else {
            leaveRedis(backlog.error());
        }
    }
    const std::lock_guard lock(mutex_);
    return std::exchange(lost_, false) ? QueueCheck::lost : QueueCheck::fine;
}

void FailoverQueue::judge(const RedisBacklog& backlog, const Outstanding& believed) {
    const bool jobsAreMissing = backlog.deliverable == 0 && believed.seenBefore > 0;
    const bool entriesAreOrphans = backlog.entries > backlog.deliverable && believed.jobs == 0;
    looksWithoutJobs_ = jobsAreMissing ? looksWithoutJobs_ + 1 : 0;
    looksWithOrphans_ = entriesAreOrphans ? looksWithOrphans_ + 1 : 0;
    if (looksWithoutJobs_ >= kLooks) {
        notice_("Jobs vanished from Redis at " + describe(url_) + " (" +
                std::to_string(believed.jobs) +
                " orders wait for theirs; was it emptied?). They are handed out again.");
        startAfresh();
        const std::lock_guard lock(mutex_);
        lost_ = true;
    } else if (looksWithOrphans_ >= kLooks) {
        startAfresh();
    }
}

void FailoverQueue::startAfresh() {
    looksWithoutJobs_ = looksWithOrphans_ = 0;
    if (const auto started = redis_->startAfresh(); !started) {
        leaveRedis(started.error());
    }
}

void FailoverQueue::leaveRedis(const RedisError& why) {
    looksWithoutJobs_ = looksWithOrphans_ = 0;
    {
        const std::lock_guard lock(mutex_);
        if (closed_) {
            return;
        }
        onRedis_ = false;
        awayBecause_ = why.text;
        lost_ = true;
    }
    wake_.notify_all();
    notice_("Redis at " + describe(url_) + " cannot be used now (" + why.text +
            "). Orders go on through the embedded queue, and back when it answers.");
}

void FailoverQueue::awaitRedis() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return closed_ || !onRedis_; });
        if (wake_.wait_for(lock, options_.probeEvery, [this] { return closed_; })) {
            return;
        }
        lock.unlock();
        // Nothing of ours is in Redis now that counts: it was handed out again when Redis was left.
        const bool ready = probeRedis(url_, options_.probeWithin) && redis_->startAfresh();
        lock.lock();
        if (!ready || closed_) {
            continue;
        }
        onRedis_ = true;
        awayBecause_.clear();
        lock.unlock();
        notice_("Redis at " + describe(url_) + " answers again: jobs go through it.");
        lock.lock();
    }
}

tl::expected<std::unique_ptr<JobConsumer>, JobError> FailoverQueue::makeConsumer(
    const std::string& name) {
    auto redis = redis_->makeConsumer(name);
    auto embedded = embedded_.makeConsumer(name);
    if (!redis || !embedded) {
        return tl::unexpected(JobError::unavailable);
    }
    return std::make_unique<Consumer>(*this, *std::move(redis), *std::move(embedded));
}

bool FailoverQueue::isClosed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
}

std::size_t FailoverQueue::depth() const {
    return embedded_.depth() + (onRedis_ ? redis_->depth() : 0);
}

void FailoverQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    wake_.notify_all();
    redis_->close();
    embedded_.close();
}

std::string FailoverQueue::description() const {
    return onRedis_ ? redis_->description()
                    : "embedded, while redis " + describe(url_) + " is away";
}

std::vector<std::string> FailoverQueue::remarks() const {
    if (onRedis_) {
        return redis_->remarks();
    }
    const std::lock_guard lock(mutex_);
    return {"Redis at " + describe(url_) + " cannot be used now (" + awayBecause_ +
            "). Orders go on through the embedded queue, and back when it answers."};
}

}  // namespace oee::jobs
