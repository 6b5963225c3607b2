#include "runtime/submit.h"

#include <memory>
#include <utility>

namespace oee::runtime {

void submitAndSend(execution::OrderStore& store, ChainRunner& chain,
                   execution::Submission submission, SubmitAnswer answer,
                   const base::CrashPoints& crashPoints) {
    struct Sending {
        domain::Transaction transaction;
        bool isSent = false;
    };
    // The store's threads hand it on to each other.
    const auto sending = std::make_shared<Sending>(Sending{submission.transaction});
    store.submit(
        std::move(submission),
        [&chain, sending, answer = std::move(answer)](const auto& submitted) {
            // Who is refused has sent nothing; the same job may have been done before.
            if (!submitted && sending->isSent) {
                chain.withdraw({sending->transaction.orderId, sending->transaction.fence});
            }
            answer(submitted);
        },
        [&chain, sending, crashPoints](const auto&) {
            crashPoints.reach(base::CrashPoint::workerBeforeSend);
            chain.acceptUntilWoken(sending->transaction);
            sending->isSent = true;
            crashPoints.reach(base::CrashPoint::workerAfterSend);
        });
}

}  // namespace oee::runtime
