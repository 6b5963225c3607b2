#include "runtime/worker.h"

#include <chrono>
#include <thread>
#include <utility>

#include <QLoggingCategory>

#include "execution/planner.h"
#include "execution/retry.h"

namespace oee::runtime {
namespace {

using namespace std::chrono_literals;

// Plans as trees; off unless QT_LOGGING_RULES says oee.plan.debug=true.
Q_LOGGING_CATEGORY(planLog, "oee.plan", QtInfoMsg)

// So many jobs are planned before their commits are waited for: one group commit serves them all.
constexpr std::size_t kBatch = 64;
constexpr auto kTakeWait = 250ms;
constexpr auto kReconnectWait = 200ms;

}  // namespace

Worker::Worker(Environment environment)
    : environment_(std::move(environment)), planner_(environment_.profile, environment_.curves) {}

void Worker::run() {
    while (!environment_.stopping) {
        auto consumer = environment_.queue.makeConsumer(environment_.name);
        if (consumer) {
            work(**consumer);
        } else {
            pause();
        }
    }
}

void Worker::work(jobs::JobConsumer& consumer) {
    while (!environment_.stopping) {
        const auto deliveries = consumer.take(kBatch, kTakeWait);
        if (!deliveries) {
            pause();
            return;
        }
        if (deliveries->empty()) {
            continue;
        }
        environment_.crashPoints.reach(base::CrashPoint::workerAfterTake);
        begin(*deliveries);
        const auto answers = std::make_shared<AnswerCount>(deliveries->size());
        for (const jobs::Delivery& delivery : *deliveries) {
            process(*delivery.job.order, answers);
        }
        answers->wait();
        // Lost acknowledgements only mean a second delivery, which the fence refuses.
        if (!consumer.acknowledge(*deliveries)) {
            pause();
            return;
        }
    }
}

// A job that ends the process must be known to have been begun, or it does so for ever. Notes ride
// along with later commits, which then never come; an order's first hand-out is not worth a commit
// of its own. Later ones are, wherever the order stands: the last begin was counted and forgotten.
void Worker::begin(const std::vector<jobs::Delivery>& deliveries) {
    std::vector<execution::ProgressNote> notes;
    for (const jobs::Delivery& delivery : deliveries) {
        const domain::Order& order = *delivery.job.order;
        if (order.fence != jobs::kFirstFence) {
            const bool isNew = order.status == domain::OrderStatus::pending;
            notes.push_back({order.id, order.fence,
                             isNew ? domain::OrderStatus::routing : order.status,
                             environment_.market.load()->clock.slot, std::nullopt, std::string()});
        }
    }
    if (notes.empty()) {
        return;
    }
    const auto answers = std::make_shared<AnswerCount>(notes.size());
    for (execution::ProgressNote& note : notes) {
        note.written = [answers] { answers->arrive(); };
        environment_.store.note(std::move(note));
    }
    answers->wait();
}

void Worker::process(const domain::Order& order, const std::shared_ptr<AnswerCount>& answers) {
    const amm::MarketSnapshotPtr market = environment_.market.load();
    const std::uint64_t slot = market->clock.slot;
    const auto fail = [&](const domain::OrderFailure& failure) {
        environment_.store.fail({order.id, order.fence, failure, slot},
                                [answers](const auto&) { answers->arrive(); });
    };
    const base::UnixMicros now = environment_.clock.nowMicros();
    if (execution::isPastDeadline(order, now)) {
        fail({domain::FailureReason::deadline, {}, {}});
        return;
    }
    environment_.store.note({order.id, order.fence, domain::OrderStatus::routing, slot, {}, {}});

    environment_.crashPoints.reach(base::CrashPoint::workerBeforePlan);
    const auto plan = planner_.on(market).plan(order);
    if (!plan) {
        fail(plan.error());
        return;
    }
    environment_.crashPoints.reach(base::CrashPoint::workerAfterPlan);
    qCDebug(planLog).noquote() << QString::fromStdString(domain::toString(order.id)) << '\n'
                               << QString::fromStdString(
                                      routing::describe(plan->route, *market->tokens));
    environment_.store.note(
        {order.id, order.fence, domain::OrderStatus::building, slot, plan->summary, plan->detail});
    domain::Transaction transaction = execution::buildTransaction(
        order, *plan, *market, environment_.profile, {environment_.seed, now});
    execution::Submission submission{transaction, plan->summary, slot};
    environment_.store.submit(
        std::move(submission),
        [answers, &chain = environment_.chain, crashPoints = environment_.crashPoints,
         transaction = std::move(transaction)](const auto& submitted) mutable {
            if (submitted) {
                crashPoints.reach(base::CrashPoint::workerBeforeSend);
                chain.acceptUntilWoken(std::move(transaction));
                crashPoints.reach(base::CrashPoint::workerAfterSend);
            }
            answers->arrive();
        });
    environment_.crashPoints.reach(base::CrashPoint::workerAfterPropose);
}

void Worker::pause() const {
    if (!environment_.stopping) {
        std::this_thread::sleep_for(kReconnectWait);
    }
}

}  // namespace oee::runtime
