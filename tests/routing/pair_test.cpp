#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>

#include "random_market.h"
#include "routing/certificate.h"
#include "routing/parallel.h"
#include "seeded_case.h"

using namespace oee;
using routing::Arc;
using routing::PlanRequest;
using routing::RouteMode;

namespace {

routing::FlowProblem pairProblem(const routing::Network& network, double amount, RouteMode mode) {
    routing::FlowProblem problem;
    problem.tokens = network.tokenCount();
    problem.source = *network.tokenOf(test::randomMint(0));
    problem.sink = *network.tokenOf(test::randomMint(1));
    problem.amount = amount;
    problem.exactOut = mode == RouteMode::exactOut;
    for (const std::uint32_t position : network.edgesBetween(problem.source, problem.sink)) {
        const routing::Edge& edge = network.edges()[position];
        Arc arc;
        arc.from = edge.from;
        arc.to = edge.to;
        arc.pieces = edge.pieces;
        arc.edge = position;
        arc.best = edge.bestMarginal();
        problem.arcs.push_back(arc);
    }
    return problem;
}

// What the pool takes or pays by its own arithmetic; nothing where it refuses.
std::optional<std::uint64_t> ask(const amm::MarketSnapshot& market, const amm::Pool& pool,
                                 std::uint64_t amountRaw, RouteMode mode) {
    const auto direction = pool.directionFrom(test::randomMint(0));
    if (!direction || pool.outputOf(*direction).mint != test::randomMint(1)) {
        return std::nullopt;
    }
    amm::SwapRequest request;
    request.direction = *direction;
    request.amountRaw = amountRaw;
    const bool exactIn = mode == RouteMode::exactIn;
    request.mode = exactIn ? amm::SwapMode::exactIn : amm::SwapMode::exactOut;
    const auto quoted = amm::quote(pool, request, market.clock);
    return quoted ? std::optional(exactIn ? quoted->amountOutRaw : quoted->amountInRaw)
                  : std::nullopt;
}

}  // namespace

// Pools of one pair: the best one, and the split in real numbers.
class PairTest : public QObject {
    Q_OBJECT

  private slots:
    void theSplitMeetsItsBound() {
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            const auto market =
                test::randomMarket({.seed = seed, .tokens = 2, .pools = 2 + seed % 12});
            const routing::Network network(market);
            for (const RouteMode mode : {RouteMode::exactIn, RouteMode::exactOut}) {
                for (const double amount : {1e4, 1e7, 1e9}) {
                    const auto problem = pairProblem(network, amount, mode);
                    routing::FlowSolution solution;
                    QVERIFY(routing::isParallel(problem));
                    routing::solveParallel(problem, solution);
                    if (!solution.balanced) {
                        continue;
                    }
                    double in = 0;
                    double out = 0;
                    std::vector<routing::PricedEdge> edges;
                    for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
                        in += solution.flows[i].in;
                        out += solution.flows[i].out;
                        edges.push_back({problem.arcs[i].edge, solution.prices[problem.source],
                                         solution.prices[problem.sink]});
                    }
                    const bool exactIn = mode == RouteMode::exactIn;
                    const routing::CertificateRequest request{&network, edges,
                                                              solution.prices[problem.source],
                                                              solution.prices[problem.sink]};
                    const double bound = exactIn ? routing::greatestOutput(request, amount, 0)
                                                 : routing::leastInput(request, amount, 0);
                    const double found = exactIn ? out : in;
                    QVERIFY(solution.steps < 100);
                    // Doubles of prices tell half a base unit apart.
                    QVERIFY2(std::abs((exactIn ? in : out) - amount) < 1e-9 * amount + 0.5,
                             qPrintable(QStringLiteral("seed %1, %2 of %3, %4, %5 steps")
                                            .arg(seed)
                                            .arg(exactIn ? in : out, 0, 'g', 15)
                                            .arg(amount)
                                            .arg(exactIn)
                                            .arg(solution.steps)));
                    QVERIFY2(std::abs(found - bound) <
                                 1e-9 * bound + 0.5 * std::max(1.0, found / amount),
                             std::to_string(seed).c_str());
                }
            }
        }
    }

    void theBestPoolIsFoundAndBounded() {
        std::uint64_t plans = 0;
        for (std::uint64_t seed = 1; seed <= 200; ++seed) {
            const auto market = test::randomMarket(
                {.seed = seed, .tokens = 3, .pools = 8, .transferFees = seed % 2 == 0});
            for (const RouteMode mode : {RouteMode::exactIn, RouteMode::exactOut}) {
                PlanRequest request;
                request.inputMint = test::randomMint(0);
                request.outputMint = test::randomMint(1);
                request.amountRaw = 10'000 * seed * seed;
                request.mode = mode;
                request.scope = routing::RouteScope::single;
                const bool exactIn = mode == RouteMode::exactIn;
                std::uint64_t best = exactIn ? 0 : std::numeric_limits<std::uint64_t>::max();
                for (const auto& pool : market->pools) {
                    if (const auto told = ask(*market, *pool, request.amountRaw, mode)) {
                        best = exactIn ? std::max(best, *told) : std::min(best, *told);
                    }
                }
                const auto plan = test::planOn(market, request);
                if (!plan) {
                    continue;
                }
                ++plans;
                QCOMPARE(plan->legs.size(), std::size_t{1});
                QCOMPARE(exactIn ? plan->amountOutRaw : plan->amountInRaw, best);
                QVERIFY(exactIn ? plan->boundRaw >= best : plan->boundRaw <= best);
                const std::uint64_t gap = exactIn ? plan->boundRaw - best : best - plan->boundRaw;
                const auto in = static_cast<double>(plan->amountInRaw);
                const auto out = static_cast<double>(plan->amountOutRaw);
                const double unit = exactIn ? out / in : in / out;
                // Fees, bins and ticks round a few units.
                QVERIFY2(static_cast<double>(gap) <=
                             1e-6 * static_cast<double>(best) + 8 * std::max(1.0, unit) + 2,
                         qPrintable(QStringLiteral("seed %1: gap %2").arg(seed).arg(gap)));
            }
        }
        QVERIFY(plans > 200);
    }
};

QTEST_APPLESS_MAIN(PairTest)
#include "pair_test.moc"
