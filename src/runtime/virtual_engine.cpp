#include "runtime/virtual_engine.h"

#include <algorithm>

#include "chain/slots.h"
#include "execution/event_record.h"
#include "execution/explain.h"

namespace oee::runtime {
namespace {

using domain::OrderStatus;

constexpr base::UnixMicros kMicrosPerMilli = 1'000;

// What a settlement made of an order: the only event of its slot.
bool isSettlement(const domain::OrderEvent& event) {
    return event.status == OrderStatus::confirmed ||
           (event.status == OrderStatus::failed && event.order->signature) ||
           (event.status == OrderStatus::routing && event.order->attempt > 1);
}

}  // namespace

VirtualEngine::VirtualEngine(SimulationOptions options)
    : options_(std::move(options)),
      retryPolicy_{.seed = options_.scenario.seed},
      state_(chain::genesisState(options_.market, options_.profile)),
      confirmed_(state_.market),
      flow_(options_.scenario.seed, state_, options_.profile, options_.pairs),
      clock_(state_.timeMicros),
      parallel_(options_.workers),
      network_(state_.market),
      planners_(parallel_.threads(), execution::OrderPlanner(network_, options_.profile)),
      told_(std::make_unique<StoreWatch>()),
      wallet_(std::make_shared<const execution::Wallet>(
          execution::genesisWallet(options_.startBalances))) {}

VirtualEngine::~VirtualEngine() = default;

tl::expected<SimulationReport, std::string> VirtualEngine::run(const OpenStore& openStore) {
    auto opened =
        openStore({options_, clock_, retryPolicy_,
                   [told = told_.get()](const auto& committed) { told->committed(committed); }});
    if (!opened) {
        return tl::make_unexpected(opened.error());
    }
    store_ = std::move(*opened);
    while (!isOver()) {
        runSlot();
        if (std::string fault = told_->fault(); !fault.empty()) {
            store_.reset();
            return tl::make_unexpected(std::move(fault));
        }
    }
    store_.reset();
    return finish();
}

bool VirtualEngine::isOver() const {
    return report_.drawn == options_.orders && openOrders_ == 0 &&
           std::all_of(markouts_.begin(), markouts_.end(),
                       [](const auto& due) { return due.empty(); });
}

void VirtualEngine::runSlot() {
    const base::UnixMicros endMicros = slotEnd();
    std::vector<Job> jobs = admitNew();
    addRetries(jobs, endMicros);
    planAndSubmit(std::move(jobs));
    landSlot(endMicros);
    ++report_.slotCount;
}

base::UnixMicros VirtualEngine::slotEnd() const {
    const std::int64_t micros = chain::slotDurationMicros(options_.profile, options_.scenario.seed,
                                                          state_.market->clock.slot + 1);
    return state_.timeMicros +
           (micros > 0 ? micros
                       : static_cast<std::int64_t>(chain::kNominalSlotMillis) * kMicrosPerMilli);
}

std::vector<VirtualEngine::Job> VirtualEngine::admitNew() {
    const std::size_t count =
        static_cast<std::size_t>(std::min(options_.ordersPerSlot, options_.orders - report_.drawn));
    std::vector<domain::OrderPtr> admitted(count);
    for (std::size_t i = 0; i < count; ++i) {
        told_->owe(1, 0);
        store_->admit(flow_.draft(++report_.drawn, *wallet_, confirmed_->clock.slot),
                      [&order = admitted[i], told = told_.get()](const auto& answer) {
                          if (answer) {
                              order = answer->order;
                              told->owe(0, 1);
                          }
                          told->answered({});
                      });
    }
    sync();
    std::vector<Job> jobs;
    for (domain::OrderPtr& order : admitted) {
        if (order) {
            ++openOrders_;
            jobs.push_back({state_.timeMicros, std::move(order)});
        } else {
            ++report_.refused;
        }
    }
    return jobs;
}

void VirtualEngine::addRetries(std::vector<Job>& jobs, base::UnixMicros endMicros) {
    while (!retries_.empty() && retries_.begin()->first.first < endMicros) {
        const auto entry = retries_.extract(retries_.begin());
        jobs.push_back({std::max(entry.key().first, state_.timeMicros), entry.mapped()});
        ++report_.retries;
    }
    std::sort(jobs.begin(), jobs.end(), [](const Job& one, const Job& other) {
        return std::pair(one.sendAtMicros, one.order->id) <
               std::pair(other.sendAtMicros, other.order->id);
    });
}

void VirtualEngine::planAndSubmit(std::vector<Job> jobs) {
    std::vector<std::optional<Proposal>> proposals(jobs.size());
    network_.update(confirmed_);
    parallel_.forEachInOrder(
        jobs.size(),
        [&](std::size_t i, std::size_t thread) {
            proposals[i] = propose(jobs[i], planners_[thread]);
        },
        [&](std::size_t i) {
            setTime(jobs[i].sendAtMicros);
            submit(jobs[i], *std::move(proposals[i]));
        });
}

VirtualEngine::Proposal VirtualEngine::propose(const Job& job,
                                               execution::OrderPlanner& planner) const {
    const auto plan = planner.plan(*job.order);
    if (!plan) {
        return tl::unexpected(plan.error());
    }
    return execution::Submission{
        execution::buildTransaction(*job.order, *plan, *confirmed_, options_.profile,
                                    {options_.scenario.seed, job.sendAtMicros}),
        plan->summary, confirmed_->clock.slot};
}

void VirtualEngine::submit(const Job& job, Proposal proposal) {
    if (execution::isPastDeadline(*job.order, job.sendAtMicros)) {
        fail(job, {domain::FailureReason::deadline, {}, {}});
        return;
    }
    if (!proposal) {
        fail(job, proposal.error());
        return;
    }
    InFlight sent{job.order, proposal->transaction};
    // Routing, building and submitted; the first of them stands where it is another attempt.
    told_->owe(1, job.order->status == OrderStatus::pending ? 3 : 2);
    store_->submit(*std::move(proposal), [told = told_.get()](const auto& answer) {
        told->answered(answer ? std::string() : "submit: " + execution::explain(answer.error()));
    });
    ++report_.sent;
    onTheWay_.emplace(std::pair(sent.transaction.arrivesAtMicros, job.order->id), sent.transaction);
    inFlight_.insert_or_assign(job.order->id, std::move(sent));
}

void VirtualEngine::fail(const Job& job, const domain::OrderFailure& failure) {
    told_->owe(1, 1);
    store_->fail(
        {job.order->id, job.order->fence, failure, confirmed_->clock.slot},
        [told = told_.get()](const auto& answer) {
            told->answered(answer ? std::string() : "fail: " + execution::explain(answer.error()));
        });
    --openOrders_;
}

void VirtualEngine::sync() {
    for (const execution::Committed& committed : told_->wait()) {
        hear(committed);
    }
}

// Requests are stamped when the store decides them: none may be under way.
void VirtualEngine::setTime(base::UnixMicros micros) {
    if (micros != clock_.nowMicros()) {
        sync();
        clock_.set(micros);
    }
}

void VirtualEngine::hear(const execution::Committed& committed) {
    if (committed.wallet) {
        wallet_ = committed.wallet;
    }
    for (const auto& event : committed.events) {
        ++report_.events;
        if (domain::isTerminal(event->status)) {
            ++report_.orders[event->status];
        }
        if (event->status == OrderStatus::failed) {
            ++report_.failures[event->order->failure->reason];
        }
        if (!isSettlement(*event)) {
            continue;
        }
        if (domain::isTerminal(event->status)) {
            --openOrders_;
        } else {
            const domain::Order& order = *event->order;
            retries_.emplace(std::pair(execution::retryTime(order.id, order.attempt,
                                                            event->atMicros, retryPolicy_),
                                       order.id),
                             event->order);
        }
    }
    if (!committed.events.empty()) {
        lastEvent_ = committed.events.back();
        lastFills_ = committed.fills;
        lastReceipts_ = committed.receipts;
    }
    if (options_.onCommitted) {
        options_.onCommitted(committed);
    }
}

SimulationReport VirtualEngine::finish() {
    report_.virtualMicros = state_.timeMicros - state_.startMicros;
    if (lastEvent_) {
        std::erase_if(lastFills_, [this](const domain::Fill& fill) {
            return fill.orderId != lastEvent_->order->id;
        });
        const auto receipt = std::find_if(
            lastReceipts_.begin(), lastReceipts_.end(),
            [this](const auto& entry) { return entry.orderId == lastEvent_->order->id; });
        report_.traceSha256 = execution::hashOf(
            *lastEvent_, {lastFills_, receipt == lastReceipts_.end() ? nullptr : &*receipt});
    }
    return std::move(report_);
}

}  // namespace oee::runtime
