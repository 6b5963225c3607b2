// The engine's part in remote workers.

#include <utility>

#include "jobs/redis_queue.h"
#include "runtime/live_engine.h"

namespace oee::runtime {

// Before the chain: from its first commit on, another thread reads hub_.
void LiveEngine::prepareRemote(const jobs::RedisUrl& redis) {
    if (options_.remote.secret.empty()) {
        return;
    }
    hub_ = std::make_unique<RemoteHub>(
        RemoteEnvironment{
            redis, instanceId_, options_.remote.version, jobs::RedisQueueOptions{}.lease,
            options_.seed, options_.profile, *options_.clock, *store_, market_,
            [this](const std::string& text) { emit notice(QString::fromStdString(text)); },
            [this](const domain::Order& job) { dispatcher_->takeBack(job.id, job.fence); }},
        options_.remote.secret);
}

void LiveEngine::startRemote(const execution::StoredState& state) {
    if (!hub_) {
        return;
    }
    for (const domain::OrderPtr& order : state.openOrders) {
        hub_->observe(order);
    }
    connect(
        chain_.get(), &ChainRunner::slotPublished, this, [this] { hub_->marketChanged(); },
        Qt::DirectConnection);
    hub_->start(*chain_, MarketSource(state.pools, market_.load(), options_.profile));
}

}  // namespace oee::runtime
