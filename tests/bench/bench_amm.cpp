#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "amm/pool.h"
#include "base/rng.h"
#include "bench/bench.h"
#include "domain/venue.h"
#include "support/market_fixture.h"

namespace oee::bench {
namespace {

using amm::Pool;
using amm::SwapDirection;
using amm::SwapRequest;

constexpr std::size_t kRequests = 256;

// Sizes as a fraction of what the pool holds of the input.
struct SizeRange {
    double from = 0;
    double to = 0;
};

// Both directions and sizes that change from call to call, all of which the pool can fill.
std::vector<SwapRequest> requestsOf(const Pool& pool, const amm::ChainClock& clock,
                                    const SizeRange& range) {
    const auto vaults = amm::vaultBalances(pool);
    base::CounterRng rng(1, base::RngPurpose::test, 1);
    std::vector<SwapRequest> requests;
    for (std::size_t i = 0; i < kRequests; ++i) {
        SwapRequest request;
        request.direction = i % 2 == 0 ? SwapDirection::aToB : SwapDirection::bToA;
        const double fraction = range.from + (range.to - range.from) * rng.unit();
        request.amountRaw =
            static_cast<std::uint64_t>(static_cast<double>(vaults[i % 2]) * fraction);
        require(amm::quote(pool, request, clock).has_value(),
                QStringLiteral("%1 cannot fill a request of the benchmark")
                    .arg(QString::fromStdString(toBase58(pool.address))));
        requests.push_back(request);
    }
    return requests;
}

double meanCrossings(const Pool& pool, const std::vector<SwapRequest>& requests,
                     const amm::ChainClock& clock) {
    double crossings = 0;
    for (const SwapRequest& request : requests) {
        crossings += amm::quote(pool, request, clock)->crossings;
    }
    return crossings / static_cast<double>(requests.size());
}

Timing timeQuotes(const Pool& pool, const std::vector<SwapRequest>& requests,
                  const amm::ChainClock& clock) {
    return timeCalls([&](std::uint64_t calls) {
        for (std::uint64_t i = 0; i < calls; ++i) {
            doNotOptimize(amm::quote(pool, requests[i % kRequests], clock));
        }
    });
}

// Each on the pool as it is: the new state is made and thrown away.
Timing timeSwaps(const Pool& pool, const std::vector<SwapRequest>& requests,
                 const amm::ChainClock& clock) {
    return timeCalls([&](std::uint64_t calls) {
        for (std::uint64_t i = 0; i < calls; ++i) {
            doNotOptimize(amm::apply(pool, requests[i % kRequests], clock));
        }
    });
}

Timing timeDecoding(const Pool& pool, const amm::AccountSet& accounts) {
    return timeCalls([&](std::uint64_t calls) {
        for (std::uint64_t i = 0; i < calls; ++i) {
            doNotOptimize(amm::decodePool(pool.address, accounts));
        }
    });
}

// The SOL/USDC pool of the program that holds most.
const Pool* deepestPool(const amm::MarketSnapshot& market, domain::Program program) {
    const Pool* deepest = nullptr;
    std::uint64_t most = 0;
    for (const std::size_t position :
         market.pairs->poolsOf(domain::solMint(), domain::usdcMint())) {
        const Pool& pool = *market.pools[position];
        const std::size_t sol = pool.mints[0].mint == domain::solMint() ? 0 : 1;
        const std::uint64_t held = amm::vaultBalances(pool)[sol];
        if (pool.program == program && held > most) {
            deepest = &pool;
            most = held;
        }
    }
    return deepest;
}

}  // namespace

void benchAmm(QJsonObject& result) {
    const market::GenesisMarket genesis = test::generatedGenesis();
    const amm::MarketSnapshotPtr market = test::snapshotOf(genesis);
    constexpr SizeRange small{0.000'1, 0.001};
    constexpr SizeRange large{0.05, 0.1};
    for (const domain::Program program :
         {domain::Program::raydiumAmmV4, domain::Program::raydiumCpmm,
          domain::Program::meteoraDlmm}) {
        const Pool* pool = deepestPool(*market, program);
        require(pool != nullptr, QStringLiteral("the generated market lacks a program"));
        const auto name = domain::nameOf(program);
        const auto display = domain::displayNameOf(program);
        const auto key = [&](const char* what) {
            return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())) +
                   QLatin1Char('-') + QLatin1String(what);
        };
        const auto title = [&](const QString& what) {
            return QString::fromUtf8(display.data(), static_cast<qsizetype>(display.size())) +
                   QStringLiteral(": ") + what;
        };
        const auto requests = requestsOf(*pool, market->clock, small);
        addTiming(result, key("quote"), title(QStringLiteral("quote, exact in")),
                  timeQuotes(*pool, requests, market->clock));
        if (program == domain::Program::meteoraDlmm) {
            const auto wide = requestsOf(*pool, market->clock, large);
            addTiming(result, key("quote-many-bins"),
                      title(QStringLiteral("quote over %1 bins")
                                .arg(meanCrossings(*pool, wide, market->clock), 0, 'f', 1)),
                      timeQuotes(*pool, wide, market->clock));
        }
        addTiming(result, key("swap"), title(QStringLiteral("swap, new pool state")),
                  timeSwaps(*pool, requests, market->clock));
        addTiming(result, key("decode"), title(QStringLiteral("decode its accounts")),
                  timeDecoding(*pool, genesis.pools.at(pool->address)));
    }
}

}  // namespace oee::bench
