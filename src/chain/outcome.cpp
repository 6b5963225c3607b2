#include "chain/outcome.h"

namespace oee::chain {
namespace {

std::string withCode(std::string_view program, std::string_view name, std::uint32_t code) {
    return std::string(program) + ": " + std::string(name) + " (" + std::to_string(code) + ")";
}

}  // namespace

std::string describe(const Reverted& reverted) {
    switch (reverted.cause) {
        case RevertCause::computeBudget:
            return "computational budget exceeded";  // as the runtime says it
        case RevertCause::routeLimit:
            return withCode("Jupiter", "SlippageToleranceExceeded", 6001);
        case RevertCause::swap:
            break;
    }
    const std::string_view program = domain::displayNameOf(reverted.program);
    if (const auto error = amm::programErrorOf(reverted.program, reverted.error)) {
        return withCode(program, error->name, error->code);
    }
    return std::string(program) + ": " + std::string(amm::nameOf(reverted.error));
}

}  // namespace oee::chain
