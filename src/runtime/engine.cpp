#include "runtime/engine.h"

#include "execution/explain.h"

namespace oee::runtime {

std::string_view nameOf(MarketKind kind) {
    return kind == MarketKind::simulated ? "SIMULATED" : "RECORDED";
}

std::string_view nameOf(RemoteWorkerState state) {
    switch (state) {
        case RemoteWorkerState::ready:
            return "ready";
        case RemoteWorkerState::anotherSecret:
            return "another-secret";
        case RemoteWorkerState::anotherVersion:
            return "another-version";
    }
    return {};
}

std::string explain(const QuoteRefusal& refusal) {
    if (refusal.refusal) {
        return execution::explain(*refusal.refusal);
    }
    if (!refusal.failure) {
        return {};
    }
    const std::string words = execution::explain(*refusal.failure);
    return refusal.detail.empty() ? words : words + " (" + refusal.detail + ")";
}

}  // namespace oee::runtime
