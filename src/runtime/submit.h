#pragma once
// The way of a proposed transaction: the store decides, the chain is sent it.

#include "base/crash_points.h"
#include "execution/order_store.h"
#include "runtime/chain_runner.h"

namespace oee::runtime {

using SubmitAnswer = execution::OrderStore::Answer<domain::OrderPtr, execution::StoreError>;

// Submits to the store. The chain has the transaction once the submission is decided, with its next
// wake(), and without waiting for the disk: a slot that it is part of is committed after it, or not
// at all. Where the submission is lost on the way to the disk, it is withdrawn from the chain.
// `answer` as OrderStore::submit. Both must outlive the answer.
void submitAndSend(execution::OrderStore& store, ChainRunner& chain,
                   execution::Submission submission, SubmitAnswer answer,
                   const base::CrashPoints& crashPoints = {});

}  // namespace oee::runtime
