#pragma once
// The flow over pools of one pair: one price decides it, and there is no search in more than that.
// Between two prices at which some pool comes to another piece of its curve, what all take is
// linear in 1/√price and what all pay is linear in √price; so the price is found by bracketing it
// between such corners and then in closed form. Stretches of constant price are taken as they are,
// as far as the amount goes, the first pools first.

#include "routing/flow.h"

namespace oee::routing {

// Whether every arc goes from the source to the sink.
bool isParallel(const FlowProblem& problem);

// The flow of a parallel problem; only the two ends have prices.
void solveParallel(const FlowProblem& problem, FlowSolution& solution);

}  // namespace oee::routing
