#include "runtime/remote_desk.h"

#include <chrono>
#include <utility>

#include <QLoggingCategory>

#include "execution/planner.h"
#include "execution/retry.h"
#include "runtime/proposal_check.h"
#include "runtime/submit.h"

namespace oee::runtime {
namespace {

using namespace std::chrono_literals;

Q_LOGGING_CATEGORY(remoteLog, "oee.remote")

constexpr auto kReadWait = 250ms;
constexpr std::int64_t kForgeryNoticeEveryMicros = 60'000'000;

// After these the job is no worker's business any more.
bool isFinal(execution::StoreError error) {
    return error == execution::StoreError::staleFence || error == execution::StoreError::notFound ||
           error == execution::StoreError::illegalTransition;
}

}  // namespace

RemoteDesk::RemoteDesk(const RemoteEnvironment& environment, const jobs::MessageSeal& seal,
                       jobs::RemoteEpoch epoch)
    : environment_(environment),
      reader_(seal, jobs::RemoteKeys(environment.instanceId), std::move(epoch), environment.lease),
      link_(environment.redis, {}, "proposals"),
      planner_(environment.profile) {}

void RemoteDesk::observe(const domain::OrderPtr& order) {
    const bool isUnsent =
        !domain::isTerminal(order->status) && order->status != domain::OrderStatus::submitted;
    const std::lock_guard lock(mutex_);
    if (isUnsent) {
        unsent_[order->id] = order;
    } else {
        unsent_.erase(order->id);
    }
}

void RemoteDesk::forget(const domain::OrderId& orderId) {
    const std::lock_guard lock(mutex_);
    unsent_.erase(orderId);
}

domain::OrderPtr RemoteDesk::find(const domain::OrderId& orderId) const {
    const std::lock_guard lock(mutex_);
    const auto found = unsent_.find(orderId);
    return found == unsent_.end() ? nullptr : found->second;
}

RemoteProposals RemoteDesk::counts() const {
    return {accepted_, refused_, forged_};
}

void RemoteDesk::run(ChainRunner& chain, StopSignal& stop) {
    while (!stop.isSet()) {
        const auto connection = link_.acquire();
        if (!connection) {
            stop.waitFor(std::max(1ms, link_.untilRetry()));
            continue;
        }
        if (const auto done = round(**connection, chain); !done) {
            link_.giveUp(done.error());
        }
    }
}

tl::expected<void, jobs::RedisError> RemoteDesk::round(jobs::RedisConnection& connection,
                                                       ChainRunner& chain) {
    const auto batch = reader_.read(connection, kReadWait);
    if (!batch) {
        return tl::unexpected(batch.error());
    }
    if (batch->entries.empty()) {
        return {};
    }
    tellOfForgeries(*batch);
    refused_ += batch->replayed + batch->leaseLost;
    for (const jobs::Proposal& begun : batch->begun) {
        environment_.store.note(
            {begun.orderId, begun.fence, domain::OrderStatus::pending, begun.snapshotSlot, {}, {}});
    }
    std::vector<Verdict> verdicts(batch->proposals.size());
    if (!verdicts.empty()) {
        const auto answers = std::make_shared<AnswerCount>(verdicts.size());
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
            judge(batch->proposals[i], verdicts[i], answers, chain);
        }
        answers->wait();
    }
    // After the COMMITs. A job whose acknowledgement is lost comes again, and its fence is stale.
    std::vector<std::string> done;
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        if (verdicts[i].jobIsDone) {
            done.push_back(batch->proposals[i].receipt);
        }
    }
    return reader_.finish(connection, *batch, done);
}

void RemoteDesk::judge(const jobs::Proposal& proposal, Verdict& verdict, const Answers& answers,
                       ChainRunner& chain) {
    const domain::OrderPtr order = find(proposal.orderId);
    if (!order) {
        verdict.jobIsDone = true;
        answers->arrive();
        return;
    }
    const base::UnixMicros now = environment_.clock.nowMicros();
    if (execution::isPastDeadline(*order, now)) {
        fail(proposal, {domain::FailureReason::deadline, {}, {}}, verdict, answers);
        return;
    }
    const amm::MarketSnapshotPtr market = environment_.market.load();
    if (const auto* planned = std::get_if<jobs::PlannedTransaction>(&proposal.outcome)) {
        auto submission = submissionOf(*order, proposal, *planned,
                                       {*market, environment_.profile, environment_.seed, now});
        if (submission) {
            submit(std::move(*submission), verdict, answers, chain);
            return;
        }
        ++refused_;
        qCWarning(remoteLog) << "The proposal of" << QString::fromStdString(proposal.consumer)
                             << "for" << domain::toString(proposal.orderId).c_str()
                             << "is refused:" << nameOf(submission.error()).data();
    }
    planHere(*order, proposal, verdict, answers, chain);
}

void RemoteDesk::submit(execution::Submission submission, Verdict& verdict, const Answers& answers,
                        ChainRunner& chain) {
    submitAndSend(environment_.store, chain, std::move(submission),
                  [this, &verdict, answers](const auto& done) {
                      accepted_ += done ? 1 : 0;
                      verdict.jobIsDone = done || isFinal(done.error());
                      answers->arrive();
                  });
}

void RemoteDesk::fail(const jobs::Proposal& proposal, const domain::OrderFailure& failure,
                      Verdict& verdict, const Answers& answers) {
    environment_.store.fail({proposal.orderId, proposal.fence, failure, proposal.snapshotSlot},
                            [&verdict, answers](const auto& done) {
                                verdict.jobIsDone = done || isFinal(done.error());
                                answers->arrive();
                            });
}

void RemoteDesk::planHere(const domain::Order& order, const jobs::Proposal& proposal,
                          Verdict& verdict, const Answers& answers, ChainRunner& chain) {
    const amm::MarketSnapshotPtr market = environment_.market.load();
    const auto plan = planner_.on(market).plan(order);
    if (!plan) {
        fail(proposal, plan.error(), verdict, answers);
        return;
    }
    domain::Transaction transaction =
        execution::buildTransaction(order, *plan, *market, environment_.profile,
                                    {environment_.seed, environment_.clock.nowMicros()});
    transaction.fence = proposal.fence;
    submit({std::move(transaction), plan->summary, market->clock.slot}, verdict, answers, chain);
}

void RemoteDesk::tellOfForgeries(const jobs::ProposalReader::Batch& batch) {
    if (batch.forged == 0) {
        return;
    }
    forged_ += batch.forged;
    const std::int64_t now = environment_.clock.steadyMicros();
    if (now >= nextForgeryNotice_) {
        nextForgeryNotice_ = now + kForgeryNoticeEveryMicros;
        environment_.notice(
            "Somebody sends proposals that are not sealed with this engine's secret (" +
            std::to_string(forged_) + " so far); they are ignored.");
    }
}

}  // namespace oee::runtime
