#include "routing/hop_limit.h"

#include <algorithm>
#include <array>
#include <optional>

namespace oee::routing {
namespace {

// Of the value of the trade: less is the search's tolerance.
constexpr double kLeastShare = 1e-7;

double leastValue(const FlowProblem& problem, const FlowSolution& solution) {
    const TokenIndex token = problem.exactOut ? problem.sink : problem.source;
    return kLeastShare * problem.amount * solution.prices[token];
}

std::vector<std::uint32_t> arcsInUse(const FlowProblem& problem, const FlowSolution& solution) {
    const double least = leastValue(problem, solution);
    std::vector<std::uint32_t> arcs;
    for (std::uint32_t i = 0; i < problem.arcs.size(); ++i) {
        if (solution.flows[i].in * solution.prices[problem.arcs[i].from] > least) {
            arcs.push_back(i);
        }
    }
    return arcs;
}

// Tokens in an order in which arcs only go forward; empty where there is a circle.
std::optional<std::vector<TokenIndex>> topologicalOrder(const FlowProblem& problem,
                                                        std::span<const std::uint32_t> arcs) {
    std::vector<std::uint32_t> incoming(problem.tokens, 0);
    std::vector<TokenIndex> order;
    for (const std::uint32_t arc : arcs) {
        ++incoming[problem.arcs[arc].to];
    }
    for (TokenIndex token = 0; token < problem.tokens; ++token) {
        if (incoming[token] == 0) {
            order.push_back(token);
        }
    }
    for (std::size_t i = 0; i < order.size(); ++i) {
        for (const std::uint32_t arc : arcs) {
            if (problem.arcs[arc].from == order[i] && --incoming[problem.arcs[arc].to] == 0) {
                order.push_back(problem.arcs[arc].to);
            }
        }
    }
    return order.size() == problem.tokens ? std::optional(order) : std::nullopt;
}

// The flat arc of price 1 over which a token that came early becomes one that came late.
std::span<const CurvePiece> exchangeAtPar() {
    static const std::array kPar{CurvePiece{.marginal = 1,
                                            .bend = 0,
                                            .capacity = 18'446'744'073'709'551'616.0,
                                            .bendToNext = 1,
                                            .inputBefore = 0,
                                            .outputBefore = 0}};
    return kPar;
}

}  // namespace

HopDistances hopDistances(std::span<const Edge> edges, std::span<const std::uint32_t> usable,
                          const FlowProblem& problem) {
    HopDistances distances;
    distances.fromSource.assign(problem.tokens, kUnreachable);
    distances.toSink.assign(problem.tokens, kUnreachable);
    distances.fromSource[problem.source] = 0;
    distances.toSink[problem.sink] = 0;
    bool found = true;
    for (std::uint32_t hops = 0; found; ++hops) {
        found = false;
        for (const std::uint32_t position : usable) {
            const Edge& edge = edges[position];
            if (edge.pieces.empty()) {
                continue;
            }
            if (distances.fromSource[edge.from] == hops &&
                distances.fromSource[edge.to] == kUnreachable) {
                distances.fromSource[edge.to] = hops + 1;
                found = true;
            }
            if (distances.toSink[edge.to] == hops && distances.toSink[edge.from] == kUnreachable) {
                distances.toSink[edge.from] = hops + 1;
                found = true;
            }
        }
    }
    return distances;
}

bool hasCircle(const FlowProblem& problem, const FlowSolution& solution) {
    return !topologicalOrder(problem, arcsInUse(problem, solution));
}

bool needsMoreHops(const FlowProblem& problem, const FlowSolution& solution,
                   std::uint32_t maxHops) {
    const auto arcs = arcsInUse(problem, solution);
    if (arcs.size() <= maxHops) {
        return false;
    }
    const auto order = topologicalOrder(problem, arcs);
    if (!order) {
        return true;
    }
    // By token: how much of it came after how many hops. What goes on to other tokens is taken from
    // what came early, and what goes to the sink from the rest.
    const std::size_t layers = static_cast<std::size_t>(maxHops) + 1;
    std::vector<double> held(problem.tokens * layers, 0);
    for (const std::uint32_t arc : arcs) {
        if (problem.arcs[arc].from == problem.source) {
            held[problem.source * layers] += solution.flows[arc].in;
        }
    }
    const double least = leastValue(problem, solution);
    for (const TokenIndex token : *order) {
        double* layer = &held[token * layers];
        for (const std::uint32_t position : arcs) {
            const Arc& arc = problem.arcs[position];
            if (arc.from != token || arc.to == problem.sink) {
                continue;
            }
            const ArcFlow& flow = solution.flows[position];
            double left = flow.in;
            const std::size_t more = arc.edge == kNoEdge ? 0 : 1;
            for (std::size_t hops = 0; hops + 1 + more < layers && left > 0; ++hops) {
                const double part = std::min(left, layer[hops]);
                layer[hops] -= part;
                left -= part;
                held[arc.to * layers + hops + more] += part * flow.out / flow.in;
            }
            if (left * solution.prices[token] > least) {
                return true;
            }
        }
    }
    return false;
}

bool isWithinHops(const HopDistances& distances, const Hop& hop, std::uint32_t maxHops) {
    const std::uint32_t before = distances.fromSource[hop.from];
    const std::uint32_t after = distances.toSink[hop.to];
    // Only the source is no hop from the source.
    return distances.fromSource[hop.to] != 0 && distances.toSink[hop.from] != 0 &&
           before != kUnreachable && after != kUnreachable && before + 1 + after <= maxHops;
}

FlowProblem withinHops(const FlowProblem& problem, const HopDistances& distances,
                       std::uint32_t maxHops) {
    FlowProblem limited = problem;
    std::erase_if(limited.arcs, [&](const Arc& arc) {
        return !isWithinHops(distances, {arc.from, arc.to}, maxHops);
    });
    return limited;
}

bool splitForThreeHops(FlowProblem& problem, const FlowSolution& solution,
                       std::vector<TokenIndex>& splitTokens) {
    std::vector<double> straight(problem.tokens, 0);
    std::vector<double> onward(problem.tokens, 0);
    for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
        const Arc& arc = problem.arcs[i];
        if (arc.edge == kNoEdge) {
            continue;
        }
        if (arc.from == problem.source) {
            straight[arc.to] += solution.flows[i].out;
        } else if (arc.to != problem.sink) {
            onward[arc.from] += solution.flows[i].in;
        }
    }
    const double least = leastValue(problem, solution);
    const auto count = static_cast<TokenIndex>(problem.tokens);
    const std::size_t before = splitTokens.size();
    for (TokenIndex token = 0; token < count; ++token) {
        const bool isSplit =
            std::find(splitTokens.begin(), splitTokens.end(), token) != splitTokens.end();
        if (isSplit || token == problem.source ||
            (onward[token] - straight[token]) * solution.prices[token] <= least) {
            continue;
        }
        const auto early = static_cast<TokenIndex>(problem.tokens++);
        for (Arc& arc : problem.arcs) {
            if (arc.from == problem.source && arc.to == token) {
                arc.to = early;
            } else if (arc.from == token && arc.to != problem.sink) {
                arc.from = early;
            }
        }
        Arc exchange;
        exchange.from = early;
        exchange.to = token;
        exchange.best = 1;
        exchange.pieces = exchangeAtPar();
        problem.arcs.push_back(exchange);
        splitTokens.push_back(token);
        splitTokens.push_back(early);
    }
    return splitTokens.size() > before;
}

}  // namespace oee::routing
