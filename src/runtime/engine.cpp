#include "runtime/engine.h"

#include "execution/explain.h"

namespace oee::runtime {

std::string_view nameOf(MarketKind kind) {
    return kind == MarketKind::simulated ? "SIMULATED" : "RECORDED";
}

std::string explain(const QuoteRefusal& refusal) {
    if (refusal.refusal) {
        return execution::explain(*refusal.refusal);
    }
    return refusal.failure ? execution::explain(*refusal.failure) : std::string{};
}

}  // namespace oee::runtime
