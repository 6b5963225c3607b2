#include "runtime/remote_hub.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "base/byte_codec.h"

namespace oee::runtime {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kLookEveryMicros = kMicrosPerSecond;
// Slots that follow each other faster than this go together.
constexpr auto kLeastPause = 10ms;
// The whole is published again when what came after it is larger than it so many times: who joins
// reads both.
constexpr std::size_t kChangesPerWhole = 4;

// Secrets and runs must not be guessed: chance comes from the system, not from the seed.
jobs::RemoteEpoch freshEpoch() {
    std::random_device device;
    base::ByteWriter writer;
    while (writer.size() < jobs::kEpochSize) {
        writer.u32(device());
    }
    return writer.take();
}

// Workers that left and still hold something; of more the leases run out by themselves.
constexpr std::size_t kMostDeparted = 1'000;

RemoteWorkerState stateOf(jobs::WorkerState state) {
    switch (state) {
        case jobs::WorkerState::ready:
            return RemoteWorkerState::ready;
        case jobs::WorkerState::anotherSecret:
            return RemoteWorkerState::anotherSecret;
        case jobs::WorkerState::anotherVersion:
            return RemoteWorkerState::anotherVersion;
    }
    return RemoteWorkerState::anotherVersion;
}

std::string arrivalOf(const RemoteWorkerStatus& worker) {
    const std::string name = "The remote worker " + worker.name;
    switch (worker.state) {
        case RemoteWorkerState::ready:
            return name + " joined.";
        case RemoteWorkerState::anotherSecret:
            return name + " uses another secret: what it sends is ignored.";
        case RemoteWorkerState::anotherVersion:
            return name + " is of another version (" + worker.version +
                   "): what it sends is ignored.";
    }
    return {};
}

}  // namespace

RemoteHub::RemoteHub(RemoteEnvironment environment, const std::string& secret)
    : environment_(std::move(environment)),
      seal_(secret, environment_.instanceId),
      keys_(environment_.instanceId),
      epoch_(freshEpoch()),
      desk_(environment_, seal_, epoch_),
      publisher_(seal_, keys_, {epoch_, environment_.version}),
      link_(environment_.redis, {}, "remote workers") {}

RemoteHub::~RemoteHub() {
    stop();
}

void RemoteHub::start(ChainRunner& chain, MarketSource source) {
    source_ = std::make_unique<MarketSource>(std::move(source));
    reader_ = std::thread([this, &chain] { desk_.run(chain, stop_); });
    announcer_ = std::thread([this] { announce(); });
}

void RemoteHub::stop() {
    stop_.set();
    marketChanged();
    for (std::thread* thread : {&reader_, &announcer_}) {
        if (thread->joinable()) {
            thread->join();
        }
    }
}

void RemoteHub::marketChanged() {
    {
        const std::lock_guard lock(mutex_);
        hasNews_ = true;
    }
    news_.notify_one();
}

std::vector<RemoteWorkerStatus> RemoteHub::workers() const {
    const std::lock_guard lock(mutex_);
    return statuses_;
}

void RemoteHub::announce() {
    while (!stop_.isSet()) {
        const auto connection = link_.acquire();
        if (!connection) {
            isPublished_ = false;
            stop_.waitFor(std::max(1ms, link_.untilRetry()));
            continue;
        }
        if (const auto done = round(**connection); !done) {
            isPublished_ = false;
            link_.giveUp(done.error());
            continue;
        }
        waitForNews();
    }
    if (const auto connection = link_.acquire()) {
        publisher_.leave(**connection);
    }
}

void RemoteHub::waitForNews() {
    if (stop_.waitFor(kLeastPause)) {
        return;
    }
    const std::int64_t micros = nextLook_ - environment_.clock.steadyMicros();
    std::unique_lock lock(mutex_);
    news_.wait_for(lock, std::chrono::microseconds(std::max<std::int64_t>(micros, 0)),
                   [this] { return hasNews_ && (isHeard_ || stop_.isSet()); });
    hasNews_ = false;
}

tl::expected<void, jobs::RedisError> RemoteHub::round(jobs::RedisConnection& connection) {
    const std::int64_t now = environment_.clock.steadyMicros();
    if (now >= nextLook_) {
        nextLook_ = now + kLookEveryMicros;
        if (const auto looked = lookAround(connection); !looked) {
            return looked;
        }
    }
    if (isHeard_) {
        return publish(connection);
    }
    if (std::exchange(isPublished_, false)) {
        return publisher_.withdraw(connection);
    }
    return {};
}

// Renews our own sign of life, and learns of those of the workers.
tl::expected<void, jobs::RedisError> RemoteHub::lookAround(jobs::RedisConnection& connection) {
    if (const auto greeted = publisher_.greet(connection); !greeted) {
        return greeted;
    }
    const auto roster = jobs::readRoster(connection, seal_, keys_, environment_.version);
    if (!roster) {
        return tl::unexpected(roster.error());
    }
    std::map<std::string, Known> now;
    for (const jobs::WorkerSeen& seen : *roster) {
        enter(seen, now);
        departed_.erase(seen.name);
    }
    for (const auto& [name, before] : known_) {
        if (!now.contains(name)) {
            depart(before.status);
        }
    }
    if (const auto taken = takeBack(connection); !taken) {
        return taken;
    }
    known_ = std::move(now);
    isHeard_ = false;
    std::vector<RemoteWorkerStatus> statuses;
    for (const auto& [name, worker] : known_) {
        isHeard_ = isHeard_ || worker.status.state == RemoteWorkerState::ready;
        statuses.push_back(worker.status);
    }
    {
        const std::lock_guard lock(mutex_);
        statuses_ = std::move(statuses);
    }
    // Somebody emptied the server: then those who join find nothing.
    const auto exists = connection.command({"EXISTS", keys_.market});
    if (!exists) {
        return tl::unexpected(exists.error());
    }
    isPublished_ = isPublished_ && exists->view().integer() == 1;
    return {};
}

void RemoteHub::depart(const RemoteWorkerStatus& worker) {
    environment_.notice("The remote worker " + worker.name + " left.");
    if (worker.state == RemoteWorkerState::ready && departed_.size() < kMostDeparted) {
        departed_[worker.name] = worker.threads;
    }
}

// What a worker does not finish: of those who left without a farewell at once, of others when the
// lease is over. It is the engine that hands it out again, because it counts how often it does.
tl::expected<void, jobs::RedisError> RemoteHub::takeBack(jobs::RedisConnection& connection) {
    if (const auto cleared = clearDeparted(connection); !cleared) {
        return cleared;
    }
    return giveBack(jobs::takeBackStalled(connection, keys_, environment_.lease));
}

tl::expected<void, jobs::RedisError> RemoteHub::giveBack(
    const tl::expected<std::vector<jobs::Job>, jobs::RedisError>& jobs) {
    if (!jobs) {
        return tl::unexpected(jobs.error());
    }
    for (const jobs::Job& job : *jobs) {
        environment_.returned(*job.order);
    }
    return {};
}

// Once they hold nothing, their names go too.
tl::expected<void, jobs::RedisError> RemoteHub::clearDeparted(jobs::RedisConnection& connection) {
    std::map<std::string, unsigned> left;
    for (const auto& [worker, threads] : departed_) {
        for (unsigned thread = 1; thread <= threads; ++thread) {
            const std::string consumer = jobs::consumerName(worker, thread);
            if (const auto given = giveBack(jobs::takeBackFrom(connection, keys_, consumer));
                !given) {
                return given;
            }
            const auto gone = jobs::leaveGroup(connection, keys_, consumer);
            if (!gone && !connection.isOpen()) {
                return tl::unexpected(gone.error());
            }
            if (gone && !*gone) {
                left[worker] = threads;
            }
        }
    }
    departed_ = std::move(left);
    return {};
}

void RemoteHub::enter(const jobs::WorkerSeen& seen, std::map<std::string, Known>& into) {
    constexpr unsigned kMostThreads = 64;
    const std::int64_t steady = environment_.clock.steadyMicros();
    Known worker;
    worker.status.name = seen.name;
    worker.status.version = seen.heartbeat.version;
    worker.status.state = stateOf(seen.state);
    worker.status.threads = std::min(seen.heartbeat.threads, kMostThreads);
    worker.status.planned = seen.heartbeat.planned;
    worker.status.marketSlot = seen.heartbeat.marketSlot;
    worker.status.lastHeartbeatMicros = environment_.clock.nowMicros();
    worker.counter = seen.heartbeat.counter;
    worker.atSteadyMicros = steady;
    const auto before = known_.find(seen.name);
    const bool isSame =
        before != known_.end() && before->second.status.state == worker.status.state;
    if (!isSame) {
        environment_.notice(arrivalOf(worker.status));
    } else if (worker.counter == before->second.counter &&
               worker.status.state == RemoteWorkerState::ready) {
        worker = before->second;  // no heartbeat since
    } else if (worker.status.planned >= before->second.status.planned) {
        const auto planned = worker.status.planned - before->second.status.planned;
        worker.status.plansPerSecond =
            static_cast<double>(planned) * static_cast<double>(kMicrosPerSecond) /
            static_cast<double>(std::max<std::int64_t>(steady - before->second.atSteadyMicros, 1));
    }
    into.insert_or_assign(seen.name, std::move(worker));
}

tl::expected<void, jobs::RedisError> RemoteHub::publish(jobs::RedisConnection& connection) {
    if (!isPublished_) {
        source_->advance(environment_.market.load());
        return publishWhole(connection, jobs::MarketPublisher::Whole::anew);
    }
    const amm::MarketSnapshotPtr market = environment_.market.load();
    if (market == source_->market()) {
        return {};
    }
    const std::string delta = encodeDelta(source_->advance(market));
    if (const auto done = publisher_.publishChange(connection, delta); !done) {
        return done;
    }
    changesSize_ += delta.size();
    return changesSize_ > kChangesPerWhole * wholeSize_
               ? publishWhole(connection, jobs::MarketPublisher::Whole::asFollowed)
               : tl::expected<void, jobs::RedisError>();
}

tl::expected<void, jobs::RedisError> RemoteHub::publishWhole(jobs::RedisConnection& connection,
                                                             jobs::MarketPublisher::Whole kind) {
    const std::string whole = encodeMarket(source_->image());
    if (const auto done = publisher_.publishWhole(connection, whole, kind); !done) {
        return done;
    }
    isPublished_ = true;
    wholeSize_ = whole.size();
    changesSize_ = 0;
    return {};
}

}  // namespace oee::runtime
