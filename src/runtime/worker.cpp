#include "runtime/worker.h"

#include <chrono>
#include <iterator>
#include <thread>
#include <utility>

#include <QLoggingCategory>

#include "execution/planner.h"
#include "execution/retry.h"
#include "runtime/submit.h"

namespace oee::runtime {
namespace {

using namespace std::chrono_literals;

// Plans as trees; off unless QT_LOGGING_RULES says oee.plan.debug=true.
Q_LOGGING_CATEGORY(planLog, "oee.plan", QtInfoMsg)

// So many jobs are taken at once, and so often before the first of them have to be committed: what
// is planned while the disk is written to shares the next commit.
constexpr std::size_t kBatch = 64;
constexpr std::size_t kMostTaken = 16;
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
    while (!environment_.stopping && takeSome(consumer) && acknowledge(consumer, Those::done)) {
    }
    // Lost acknowledgements only mean a second delivery, which the fence refuses.
    static_cast<void>(acknowledge(consumer, Those::all));
    pause();
}

bool Worker::takeSome(jobs::JobConsumer& consumer) {
    // Where there is no full batch, those that come meanwhile are better planned together, too.
    const bool isEnough = taken_.size() == kMostTaken ||
                          (!taken_.empty() && taken_.back().deliveries.size() < kBatch);
    if (isEnough) {
        taken_.front().answers->wait();
        return true;
    }
    auto deliveries = consumer.take(kBatch, taken_.empty() ? kTakeWait : 0ms);
    if (!deliveries) {
        return false;
    }
    if (deliveries->empty()) {
        if (!taken_.empty()) {
            taken_.front().answers->wait();
        }
        return true;
    }
    environment_.crashPoints.reach(base::CrashPoint::workerAfterTake);
    begin(*deliveries);
    const auto answers = std::make_shared<AnswerCount>(deliveries->size());
    for (const jobs::Delivery& delivery : *deliveries) {
        process(*delivery.job.order, answers);
    }
    taken_.push_back({*std::move(deliveries), answers});
    return true;
}

bool Worker::acknowledge(jobs::JobConsumer& consumer, Those which) {
    std::vector<jobs::Delivery> done;
    while (!taken_.empty() && (which == Those::all || taken_.front().answers->isDone())) {
        taken_.front().answers->wait();
        std::vector<jobs::Delivery>& first = taken_.front().deliveries;
        done.insert(done.end(), std::move_iterator(first.begin()), std::move_iterator(first.end()));
        taken_.pop_front();
    }
    return done.empty() || consumer.acknowledge(done).has_value();
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
    domain::Transaction transaction = execution::buildTransaction(
        order, *plan, *market, environment_.profile, {environment_.seed, now});
    submitAndSend(
        environment_.store, environment_.chain,
        {std::move(transaction), plan->summary, slot, plan->detail},
        [answers](const auto&) { answers->arrive(); }, environment_.crashPoints);
    environment_.crashPoints.reach(base::CrashPoint::workerAfterPropose);
}

void Worker::pause() const {
    if (!environment_.stopping) {
        std::this_thread::sleep_for(kReconnectWait);
    }
}

}  // namespace oee::runtime
