// A bound for what has to pass through one token after another: of each of them no plan has more
// than a whole number of units, and where one pool leads on it pays exactly what it pays.

#include <algorithm>
#include <vector>

#include "routing/certificate.h"
#include "routing/planner.h"

namespace oee::routing {
namespace {

constexpr double kMostOfAToken = 1.8e19;

}  // namespace

// Tokens that can be had from the source without ever having `avoided`.
std::vector<bool> Planner::reachedWithout(TokenIndex avoided) const {
    const auto edges = network_->edges();
    std::vector<bool> reached(network_->tokenCount(), false);
    reached[source_] = source_ != avoided;
    for (bool grew = reached[source_]; grew;) {
        grew = false;
        for (const std::uint32_t position : usable_) {
            const Edge& edge = edges[position];
            if (reached[edge.from] && !reached[edge.to] && edge.to != avoided) {
                reached[edge.to] = true;
                grew = true;
            }
        }
    }
    return reached;
}

// What lies between one token that all has to pass and the next.
std::vector<Planner::Stretch> Planner::stretches() const {
    struct Gate {
        TokenIndex token = 0;
        std::vector<bool> before;
        std::ptrdiff_t count = 0;
    };
    std::vector<Gate> gates;
    for (TokenIndex token = 0; token < network_->tokenCount(); ++token) {
        Gate gate{token, reachedWithout(token), 0};
        if (token == sink_ || token == source_ || !gate.before[sink_]) {
            gate.count = std::count(gate.before.begin(), gate.before.end(), true);
            gates.push_back(std::move(gate));
        }
    }
    // The sink is the last: without it all is reached that lies before it.
    std::sort(gates.begin(), gates.end(),
              [](const Gate& a, const Gate& b) { return a.count < b.count; });
    std::vector<Stretch> result;
    for (std::size_t i = 1; i < gates.size(); ++i) {
        Stretch stretch{gates[i - 1].token, gates[i].token, {}};
        const auto isInside = [&](TokenIndex token) {
            return token == stretch.to || (gates[i].before[token] && !gates[i - 1].before[token]);
        };
        for (const std::uint32_t position : usable_) {
            const Edge& edge = network_->edges()[position];
            if (isInside(edge.from) && isInside(edge.to)) {
                stretch.edges.push_back(position);
            }
        }
        dropBlindAlleys(stretch);
        result.push_back(std::move(stretch));
    }
    return result;
}

// Tokens that one pool alone trades lead nowhere but back through it.
void Planner::dropBlindAlleys(Stretch& stretch) const {
    const auto edges = network_->edges();
    for (bool dropped = true; dropped;) {
        const auto isBlind = [&](TokenIndex token) {
            const auto isOther = [&](std::uint32_t one, std::uint32_t other) {
                return one / 2 != other / 2 &&
                       (edges[other].from == token || edges[other].to == token);
            };
            const auto first =
                std::find_if(stretch.edges.begin(), stretch.edges.end(), [&](std::uint32_t one) {
                    return edges[one].from == token || edges[one].to == token;
                });
            return token != stretch.from && token != stretch.to && first != stretch.edges.end() &&
                   std::none_of(first, stretch.edges.end(),
                                [&](std::uint32_t other) { return isOther(*first, other); });
        };
        dropped = std::erase_if(stretch.edges, [&](std::uint32_t position) {
                      return isBlind(edges[position].from) || isBlind(edges[position].to);
                  }) > 0;
    }
}

// The one pool's direction that leads on; kNoEdge where there are more.
std::uint32_t Planner::onlyEdge(const Stretch& stretch) const {
    std::uint32_t only = kNoEdge;
    for (const std::uint32_t position : stretch.edges) {
        if (position / 2 != stretch.edges.front() / 2) {
            return kNoEdge;
        }
        only = network_->edges()[position].from == stretch.from ? position : only;
    }
    return only;
}

std::optional<amm::SwapResult> Planner::quoteOn(std::uint32_t position, std::uint64_t amountRaw,
                                                amm::SwapMode mode) const {
    const Edge& edge = network_->edges()[position];
    const amm::SwapRequest request{
        .mode = mode, .direction = edge.direction, .amountRaw = amountRaw};
    const auto& market = network_->market();
    const auto quoted = amm::quote(*market.pools[edge.pool], request, market.clock);
    return quoted ? std::optional(*quoted) : std::nullopt;
}

// Least input that brings at least so much. What a program takes for an exact output may be more
// than it needs, and some know none. Empty where it cannot be known.
std::optional<std::uint64_t> Planner::leastInputOf(std::uint32_t position,
                                                   std::uint64_t amountOutRaw) const {
    const auto brings = [&](std::uint64_t amountRaw) {
        const auto quoted = quoteOn(position, amountRaw, amm::SwapMode::exactIn);
        return quoted && quoted->amountOutRaw >= amountOutRaw;
    };
    const double least =
        leastInput(network_->edges()[position].curve, static_cast<double>(amountOutRaw));
    if (!(least < kMostOfAToken)) {
        return std::nullopt;
    }
    std::uint64_t tooLittle = std::max<std::uint64_t>(static_cast<std::uint64_t>(least), 1) - 1;
    std::uint64_t enough = tooLittle + 1;
    for (std::uint64_t step = 1; !brings(enough); step *= 2) {
        if (step > enough) {
            return std::nullopt;
        }
        tooLittle = enough;
        enough += step;
    }
    while (enough - tooLittle > 1) {
        const std::uint64_t middle = tooLittle + (enough - tooLittle) / 2;
        (brings(middle) ? enough : tooLittle) = middle;
    }
    return enough;
}

// From end to end, a whole amount at each token.
void Planner::boundInSeries(const Searched& whole) {
    const bool exactIn = request_.mode == RouteMode::exactIn;
    const std::vector<double> prices = pricesOf(whole);
    std::vector<Stretch> ways = stretches();
    if (!exactIn) {
        std::reverse(ways.begin(), ways.end());
    }
    std::uint64_t amountRaw = request_.amountRaw;
    for (const Stretch& way : ways) {
        const std::uint32_t only = onlyEdge(way);
        std::optional<std::uint64_t> exact;
        if (only != kNoEdge && exactIn) {
            const auto quoted = quoteOn(only, amountRaw, amm::SwapMode::exactIn);
            exact = quoted ? std::optional(quoted->amountOutRaw) : std::nullopt;
        } else if (only != kNoEdge) {
            exact = leastInputOf(only, amountRaw);
        }
        if (!exact) {
            std::vector<PricedEdge> edges;
            for (const std::uint32_t position : way.edges) {
                edges.push_back({position, 0, 0, EdgeUse::open, nullptr});
            }
            price(edges, prices);
            const CertificateRequest request{network_, edges, prices[way.from], prices[way.to]};
            const auto amount = static_cast<double>(amountRaw);
            exact = wholeBound(exactIn ? greatestOutput(request, amount, 0)
                                       : leastInput(request, amount, 0));
        }
        amountRaw = *exact;
    }
    keepTighter(amountRaw);
}

}  // namespace oee::routing
