#include "runtime/remote_worker.h"

#include <algorithm>
#include <utility>

#include "jobs/redis_queue_state.h"
#include "jobs/worker_roster.h"

namespace oee::runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto kPollWait = 250ms;

}  // namespace

RemoteWorker::RemoteWorker(RemoteWorkerOptions options)
    : options_(std::move(options)),
      seal_(options_.secret, options_.instanceId),
      keys_(options_.instanceId),
      queue_(std::make_shared<jobs::RedisQueueState>(
          options_.redis, options_.instanceId,
          jobs::RedisQueueOptions{.lease = options_.lease,
                                  .stalledJobs = jobs::StalledJobs::leave})),
      follower_(seal_, keys_),
      link_(options_.redis, {}, "market") {}

RemoteWorker::~RemoteWorker() {
    stop();
}

void RemoteWorker::start() {
    followThread_ = std::thread([this] { follow(); });
    for (unsigned thread = 1; thread <= options_.threads; ++thread) {
        planThreads_.emplace_back([this, thread] {
            RemotePlanner planner({queue_, seal_, keys_, followed_, planned_, stop_,
                                   jobs::consumerName(options_.name, thread), options_.lease,
                                   options_.crashPoints});
            planner.run();
        });
    }
}

void RemoteWorker::stop() {
    stop_.set();
    queue_->close();
    for (std::thread& thread : planThreads_) {
        thread.join();
    }
    planThreads_.clear();
    if (followThread_.joinable()) {
        followThread_.join();
    }
}

void RemoteWorker::follow() {
    while (!stop_.isSet()) {
        const auto connection = link_.acquire();
        if (!connection) {
            followed_.store(nullptr);
            say("Redis at " + jobs::describe(options_.redis) +
                " does not answer: " + connection.error().text + ". Trying again.");
            stop_.waitFor(std::max(1ms, link_.untilRetry()));
            continue;
        }
        beat(**connection);
        if (!(*connection)->isOpen()) {
            continue;
        }
        const auto news = follower_.poll(**connection, kPollWait);
        if (!news) {
            follower_.startOver();
            link_.giveUp(news.error());
            continue;
        }
        take(*news);
        if (!follower_.isFollowing()) {
            stop_.waitFor(kPollWait);
        }
    }
    if (const auto connection = link_.acquire()) {
        jobs::signOff(**connection, keys_, options_.name);
    }
}

void RemoteWorker::take(const jobs::MarketFollower::News& news) {
    using Engine = jobs::MarketFollower::Engine;
    if (news.engine == Engine::alive && news.sign.version == options_.version) {
        takeMarket(news);
        return;
    }
    followed_.store(nullptr);
    copy_.reset();
    follower_.startOver();
    if (news.engine == Engine::away) {
        say("No engine with the id " + options_.instanceId + " uses the Redis at " +
            jobs::describe(options_.redis) + " now. Waiting for it.");
    } else if (news.engine == Engine::stranger) {
        say("The engine " + options_.instanceId +
            " has another secret: this worker may not work for it. Its secret is in the file "
            "worker-secret of its data folder.");
    } else {
        say("The engine is of version " + news.sign.version + ", this worker of version " +
            options_.version + ": both have to be the same.");
    }
}

void RemoteWorker::takeMarket(const jobs::MarketFollower::News& news) {
    const auto distrust = [&](const std::string& why) {
        followed_.store(nullptr);
        copy_.reset();
        follower_.startOver();
        say("The engine's market cannot be used: " + why + ". Reading it again.");
    };
    if (news.whole) {
        auto image = decodeMarket(*news.whole);
        if (!image) {
            distrust("it is written in another way");
            return;
        }
        auto copy = MarketCopy::from(std::move(*image));
        if (!copy) {
            distrust(copy.error());
            return;
        }
        copy_ = std::move(*copy);
        profile_ = std::make_shared<const chain::NetworkProfile>(copy_->profile());
    }
    for (const std::string& change : news.changes) {
        const auto delta = decodeDelta(change);
        if (!copy_ || !delta) {
            distrust("a change is written in another way");
            return;
        }
        if (const auto applied = copy_->apply(*delta); !applied) {
            distrust(applied.error());
            return;
        }
    }
    if (!copy_) {
        say("Waiting for the engine's market.");
        return;
    }
    if (news.whole || !news.changes.empty()) {
        followed_.store(std::make_shared<const FollowedMarket>(
            FollowedMarket{copy_->snapshot(), profile_, news.sign.epoch}));
        say("Planning for the engine " + options_.instanceId + ".");
    }
}

void RemoteWorker::beat(jobs::RedisConnection& connection) {
    const auto now = std::chrono::steady_clock::now();
    if (now < nextBeat_) {
        return;
    }
    nextBeat_ = now + jobs::kHeartbeatEvery;
    jobs::Heartbeat heartbeat;
    heartbeat.worker = options_.name;
    heartbeat.version = options_.version;
    heartbeat.threads = options_.threads;
    heartbeat.planned = planned_;
    if (const auto followed = followed_.load()) {
        heartbeat.marketSlot = followed->market->clock.slot;
        heartbeat.epoch = followed->epoch;
    }
    heartbeat.counter = ++beats_;
    if (const auto done = jobs::beat(connection, seal_, keys_, heartbeat); !done) {
        link_.giveUp(done.error());
    }
}

void RemoteWorker::say(const std::string& text) {
    if (text != lastSaid_) {
        lastSaid_ = text;
        options_.say(text);
    }
}

}  // namespace oee::runtime
