#pragma once
// The pools that are measured and what they are asked.

#include <cstdint>
#include <optional>
#include <vector>

#include <QString>

#include "amm/pool.h"

namespace oee::bench {

struct QuoteCase {
    QString key;   // "quote-1-tick"
    QString what;  // "exact in, 1 tick crossed"
    amm::SwapMode mode = amm::SwapMode::exactIn;
    std::optional<std::int64_t> crossings;  // empty: any
};

struct AmmSubject {
    amm::Pool pool;
    amm::AccountSet accounts;
    amm::ChainClock clock;
    std::vector<QuoteCase> quotes;
    std::optional<QuoteCase>
        swap;  // what swaps are applied; empty: they and decoding are not timed
};

// All programs, those in the order of the README.
std::vector<AmmSubject> ammSubjects();

}  // namespace oee::bench
