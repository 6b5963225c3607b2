#include "slow_solver.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace oee::test {
namespace {

struct Hop {
    std::size_t pool = 0;
    amm::SwapDirection direction = amm::SwapDirection::aToB;
};
using Path = std::vector<Hop>;
using Pools = std::vector<std::shared_ptr<const amm::Pool>>;

void extend(const amm::MarketSnapshot& market, const SlowQuestion& question,
            std::vector<domain::Pubkey>& visited, Path& path, std::vector<Path>& paths) {
    for (std::size_t i = 0; i < market.pools.size(); ++i) {
        const auto direction = market.pools[i]->directionFrom(visited.back());
        if (!direction) {
            continue;
        }
        const domain::Pubkey next = market.pools[i]->outputOf(*direction).mint;
        if (std::find(visited.begin(), visited.end(), next) != visited.end()) {
            continue;
        }
        path.push_back({i, *direction});
        if (next == question.outputMint) {
            paths.push_back(path);
        } else if (path.size() < question.maxHops) {
            visited.push_back(next);
            extend(market, question, visited, path, paths);
            visited.pop_back();
        }
        path.pop_back();
    }
}

// Runs an amount along a path on pools that change with it.
std::optional<std::uint64_t> run(Pools& pools, const Path& path, std::uint64_t amount,
                                 const amm::ChainClock& clock) {
    for (const Hop& hop : path) {
        amm::SwapRequest request;
        request.direction = hop.direction;
        request.amountRaw = amount;
        auto applied = amm::apply(*pools[hop.pool], request, clock);
        if (!applied || applied->result.amountOutRaw == 0) {
            return std::nullopt;
        }
        amount = applied->result.amountOutRaw;
        pools[hop.pool] = std::move(applied->pool);
    }
    return amount;
}

// All paths' amounts one after another from the market's state.
std::uint64_t total(const amm::MarketSnapshot& market, const std::vector<Path>& paths,
                    const std::vector<std::uint64_t>& amounts) {
    Pools pools = market.pools;
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        if (amounts[i] > 0) {
            const auto brought = run(pools, paths[i], amounts[i], market.clock);
            if (!brought) {
                return 0;
            }
            out += *brought;
        }
    }
    return out;
}

}  // namespace

std::uint64_t slowBestOutput(const amm::MarketSnapshot& market, const SlowQuestion& question) {
    std::vector<Path> paths;
    std::vector<domain::Pubkey> visited{question.inputMint};
    Path path;
    extend(market, question, visited, path, paths);
    std::vector<std::uint64_t> amounts(paths.size(), 0);
    Pools pools = market.pools;
    const std::uint64_t part = question.amountInRaw / question.parts;
    if (part == 0 || paths.empty()) {
        return 0;
    }
    for (unsigned i = 0; i < question.parts; ++i) {
        const std::uint64_t size =
            i + 1 < question.parts ? part : question.amountInRaw - part * (question.parts - 1);
        std::size_t best = paths.size();
        std::uint64_t most = 0;
        for (std::size_t p = 0; p < paths.size(); ++p) {
            Pools trial = pools;
            const auto out = run(trial, paths[p], size, market.clock);
            if (out && *out > most) {
                best = p;
                most = *out;
            }
        }
        if (best == paths.size()) {
            return 0;
        }
        run(pools, paths[best], size, market.clock);
        amounts[best] += size;
    }
    std::uint64_t best = total(market, paths, amounts);
    for (std::uint64_t step = part / 2; step > part / 64; step /= 2) {
        for (std::size_t from = 0; from < paths.size(); ++from) {
            for (std::size_t to = 0; to < paths.size(); ++to) {
                if (from == to || amounts[from] < step) {
                    continue;
                }
                auto moved = amounts;
                moved[from] -= step;
                moved[to] += step;
                const std::uint64_t out = total(market, paths, moved);
                if (out > best) {
                    best = out;
                    amounts = std::move(moved);
                }
            }
        }
    }
    return best;
}

}  // namespace oee::test
