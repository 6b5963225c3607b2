#include "runtime/remote_planner.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "execution/planner.h"
#include "jobs/redis_queue_state.h"
#include "jobs/worker_roster.h"

namespace oee::runtime {
namespace {

using namespace std::chrono_literals;

// Fewer than a local worker takes: others want some, too.
constexpr std::size_t kBatch = 16;
constexpr auto kTakeWait = 250ms;
constexpr auto kPause = 100ms;
// For the engine's acknowledgements, when the worker leaves.
constexpr auto kFarewell = 2s;
constexpr auto kFarewellStep = 20ms;

}  // namespace

RemotePlanner::RemotePlanner(Environment environment)
    : environment_(std::move(environment)),
      consumer_(environment_.queue, environment_.consumer),
      link_(environment_.queue->url, environment_.queue->options.timeouts,
            "proposals of " + environment_.consumer) {}

void RemotePlanner::run() {
    while (!environment_.stop.isSet()) {
        if (!mayTake()) {
            environment_.stop.waitFor(kPause);
            continue;
        }
        auto deliveries = consumer_.take(kBatch, kTakeWait);
        if (!deliveries) {
            environment_.stop.waitFor(kPause);
        } else if (!deliveries->empty()) {
            environment_.crashPoints.reach(base::CrashPoint::remoteAfterTake);
            work(*std::move(deliveries));
        }
    }
    leave();
}

bool RemotePlanner::mayTake() {
    if (!environment_.followed.load()) {
        return false;
    }
    if (waiting_ <= jobs::kMostWaitingProposals) {
        return true;
    }
    const auto connection = link_.acquire();
    if (!connection) {
        return false;
    }
    const auto waiting = jobs::waitingProposals(**connection, environment_.keys);
    if (!waiting) {
        link_.giveUp(waiting.error());
        return false;
    }
    waiting_ = *waiting;
    return waiting_ <= jobs::kMostWaitingProposals;
}

// Where a worker died, the engine cannot tell which of the jobs that it had begun was to blame. So
// those that were handed out before go one by one: what is blamed again and again is to blame.
void RemotePlanner::work(std::vector<jobs::Delivery> deliveries) {
    const Instant until = std::chrono::steady_clock::now() + environment_.lease;
    const auto begunBefore = std::stable_partition(
        deliveries.begin(), deliveries.end(), [](const jobs::Delivery& delivery) {
            return delivery.job.order->fence == jobs::kFirstFence;
        });
    workOn(std::span(deliveries.begin(), begunBefore), until);
    for (auto one = begunBefore; one != deliveries.end(); ++one) {
        workOn(std::span(one, 1), until);
    }
    consumer_.handOver(deliveries);
}

void RemotePlanner::workOn(std::span<const jobs::Delivery> deliveries, Instant until) {
    // Without a market the jobs are somebody else's, when their leases are over.
    const auto known = environment_.followed.load();
    if (deliveries.empty() || !known) {
        return;
    }
    std::vector<jobs::Proposal> begun;
    for (const jobs::Delivery& delivery : deliveries) {
        begun.push_back(about(delivery, *known));
        begun.back().outcome = jobs::Begun{};
    }
    if (!send(begun, until)) {
        return;
    }
    std::vector<jobs::Proposal> proposals;
    for (const jobs::Delivery& delivery : deliveries) {
        if (const auto followed = environment_.followed.load()) {
            environment_.crashPoints.reach(base::CrashPoint::remoteBeforePlan);
            proposals.push_back(plan(delivery, *followed));
            environment_.crashPoints.reach(base::CrashPoint::remoteAfterPlan);
        }
    }
    send(proposals, until);
    environment_.crashPoints.reach(base::CrashPoint::remoteAfterPropose);
}

jobs::Proposal RemotePlanner::about(const jobs::Delivery& delivery,
                                    const FollowedMarket& followed) {
    const domain::Order& order = *delivery.job.order;
    jobs::Proposal proposal;
    proposal.epoch = followed.epoch;
    proposal.sequence = ++sequence_;
    proposal.consumer = environment_.consumer;
    proposal.receipt = delivery.receipt;
    proposal.orderId = order.id;
    proposal.attempt = order.attempt;
    proposal.fence = order.fence;
    proposal.snapshotSlot = followed.market->clock.slot;
    return proposal;
}

jobs::Proposal RemotePlanner::plan(const jobs::Delivery& delivery, const FollowedMarket& followed) {
    if (!planner_ || plannedOn_ != followed.market->pairs) {
        plannedOn_ = followed.market->pairs;
        profile_ = followed.profile;
        planner_.emplace(*profile_);
    }
    const domain::Order& order = *delivery.job.order;
    jobs::Proposal proposal = about(delivery, followed);
    const auto plan = planner_->on(followed.market).plan(order);
    ++environment_.planned;
    if (!plan) {
        proposal.outcome = plan.error().reason;
        return proposal;
    }
    const execution::PlannedTerms terms = execution::termsOf(*plan, *followed.market, *profile_);
    jobs::PlannedTransaction planned;
    planned.legs = terms.summary.legs;
    planned.expectedOutRaw = terms.summary.expectedOutRaw;
    planned.minAmountOutRaw = terms.summary.minAmountOutRaw;
    planned.maxAmountInRaw = terms.summary.maxAmountInRaw;
    planned.amountInRaw = terms.summary.amountInRaw;
    planned.boundRaw = terms.summary.boundRaw;
    planned.gapPpb = terms.summary.gapPpb;
    planned.decisionOutRaw = terms.decisionOutRaw;
    planned.computeUnitLimit = terms.computeUnitLimit;
    planned.lastValidBlockHeight = terms.lastValidBlockHeight;
    proposal.outcome = std::move(planned);
    return proposal;
}

bool RemotePlanner::send(const std::vector<jobs::Proposal>& proposals, Instant until) {
    while (std::chrono::steady_clock::now() < until) {
        const auto connection = link_.acquire();
        if (connection) {
            const auto waiting =
                jobs::sendProposals(**connection, environment_.seal, environment_.keys, proposals);
            if (waiting) {
                waiting_ = *waiting;
                return true;
            }
            link_.giveUp(waiting.error());
        }
        if (environment_.stop.waitFor(std::max(1ms, link_.untilRetry()))) {
            return false;
        }
    }
    return false;
}

// A name that holds nothing any more is taken out of the group; otherwise its leases run out.
void RemotePlanner::leave() {
    const Instant until = std::chrono::steady_clock::now() + kFarewell;
    while (std::chrono::steady_clock::now() < until) {
        const auto connection = link_.acquire();
        if (!connection) {
            return;
        }
        const auto gone = jobs::leaveGroup(**connection, environment_.keys, environment_.consumer);
        if (!gone || *gone) {
            return;
        }
        std::this_thread::sleep_for(kFarewellStep);
    }
}

}  // namespace oee::runtime
