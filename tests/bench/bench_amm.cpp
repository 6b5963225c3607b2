// Pools of every program: quotes on decoded state, swaps, decoding. The pools are written byte by
// byte, so that which ticks and bins a swap crosses is known.

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "amm/pool.h"
#include "base/rng.h"
#include "bench/amm_subjects.h"
#include "bench/bench.h"
#include "domain/venue.h"

namespace oee::bench {
namespace {

using amm::SwapDirection;
using amm::SwapMode;
using amm::SwapRequest;

constexpr std::size_t kRequests = 256;

QString qString(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

// How far an amount takes a swap: −1 where it is too small to pay anything, far beyond all where it
// is too large.
std::int64_t crossingsAt(const AmmSubject& subject, const SwapRequest& request) {
    const auto quoted = amm::quote(subject.pool, request, subject.clock);
    if (quoted) {
        return quoted->crossings;
    }
    return quoted.error() == amm::SwapError::zeroOutput ? -1 : 1'000'000;
}

// The least amount that takes a swap to `crossings` or further.
std::uint64_t leastAmount(const AmmSubject& subject, SwapRequest request, std::int64_t crossings) {
    std::uint64_t below = 0;
    std::uint64_t above = ~std::uint64_t{0};
    while (above - below > 1) {
        request.amountRaw = below + (above - below) / 2;
        (crossingsAt(subject, request) < crossings ? below : above) = request.amountRaw;
    }
    return above;
}

// Amounts of every width that make exactly so many crossings (or, without a number, that the pool
// can fill), in both directions.
std::vector<SwapRequest> requestsOf(const AmmSubject& subject, const QuoteCase& quoteCase) {
    struct Range {
        std::uint64_t from = 0;
        std::uint64_t to = 0;
    };
    std::array<Range, 2> ranges;
    std::vector<SwapRequest> requests(kRequests);
    for (std::size_t i = 0; i < kRequests; ++i) {
        requests[i].mode = quoteCase.mode;
        requests[i].direction = i % 2 == 0 ? SwapDirection::aToB : SwapDirection::bToA;
    }
    for (std::size_t side = 0; side < ranges.size(); ++side) {
        const std::int64_t crossings = quoteCase.crossings.value_or(0);
        const std::int64_t beyond = quoteCase.crossings ? crossings + 1 : 1'000'000;
        ranges[side] = {leastAmount(subject, requests[side], crossings),
                        leastAmount(subject, requests[side], beyond) - 1};
    }
    base::CounterRng rng(1, base::RngPurpose::test, 1);
    for (std::size_t i = 0; i < kRequests; ++i) {
        const auto [from, to] = ranges[i % 2];
        require(from < to, QStringLiteral("no amount makes so many crossings: ") + quoteCase.key);
        const auto width = static_cast<std::uint64_t>(std::bit_width(to - from));
        const std::uint64_t offset = rng.nextU64() >> (63 - rng.below(width));
        requests[i].amountRaw = from + std::min(offset, to - from);
        const std::int64_t made = crossingsAt(subject, requests[i]);
        require(made >= 0 && (!quoteCase.crossings || made == *quoteCase.crossings),
                QStringLiteral("a request of the benchmark fails: ") + quoteCase.key);
    }
    return requests;
}

Timing timeQuotes(const AmmSubject& subject, const std::vector<SwapRequest>& requests) {
    return timeCalls([&](std::uint64_t calls) {
        for (std::uint64_t i = 0; i < calls; ++i) {
            doNotOptimize(amm::quote(subject.pool, requests[i % kRequests], subject.clock));
        }
    });
}

// Each on the pool as it is: the new state is made and thrown away.
Timing timeSwaps(const AmmSubject& subject, const std::vector<SwapRequest>& requests) {
    return timeCalls([&](std::uint64_t calls) {
        for (std::uint64_t i = 0; i < calls; ++i) {
            doNotOptimize(amm::apply(subject.pool, requests[i % kRequests], subject.clock));
        }
    });
}

Timing timeDecoding(const AmmSubject& subject) {
    return timeCalls([&](std::uint64_t calls) {
        for (std::uint64_t i = 0; i < calls; ++i) {
            doNotOptimize(amm::decodePool(subject.pool.address, subject.accounts));
        }
    });
}

}  // namespace

void benchAmm(QJsonObject& result) {
    for (const AmmSubject& subject : ammSubjects()) {
        const domain::Program program = subject.pool.program;
        const auto key = [&](const QString& what) {
            return qString(domain::nameOf(program)) + QLatin1Char('-') + what;
        };
        const auto title = [&](const QString& what) {
            return qString(domain::displayNameOf(program)) + QStringLiteral(": ") + what;
        };
        for (const QuoteCase& quoteCase : subject.quotes) {
            addTiming(result, key(quoteCase.key), title(QStringLiteral("quote, ") + quoteCase.what),
                      timeQuotes(subject, requestsOf(subject, quoteCase)));
        }
        if (!subject.swap) {
            continue;
        }
        const Timing swap = timeSwaps(subject, requestsOf(subject, *subject.swap));
        addFigure(
            result, key(QStringLiteral("swap")),
            {title(QStringLiteral("swaps applied, ") + subject.swap->what), 1e9 / swap.medianNanos,
             QStringLiteral("/s"), QStringLiteral("the new state made and thrown away")});
        addTiming(result, key(QStringLiteral("decode")),
                  title(QStringLiteral("decode its accounts")), timeDecoding(subject));
    }
}

}  // namespace oee::bench
