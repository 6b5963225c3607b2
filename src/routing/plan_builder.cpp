// From the legs that were found to the plan as it is told.

#include <algorithm>
#include <cmath>
#include <limits>

#include "domain/amount.h"
#include "routing/footprint.h"
#include "routing/planner.h"

namespace oee::routing {
namespace {

constexpr std::uint64_t kPartsPerBillion = 1'000'000'000;

// ceil(part / whole · 10^9), at most 10^9.
std::uint64_t ppbOf(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0
                      : base::mulDiv64(part, kPartsPerBillion, whole, base::Rounding::up)
                            .value_or(kPartsPerBillion);
}

void addFees(std::vector<PlanFee>& fees, const PlanLeg& leg) {
    const auto add = [&](const domain::Pubkey& mint, std::uint64_t pool, std::uint64_t transfer) {
        if (pool == 0 && transfer == 0) {
            return;
        }
        auto fee = std::find_if(fees.begin(), fees.end(),
                                [&](const PlanFee& other) { return other.mint == mint; });
        if (fee == fees.end()) {
            fee = fees.insert(fees.end(), PlanFee{mint, 0, 0});
        }
        fee->poolFeesRaw += pool;
        fee->transferFeesRaw += transfer;
    };
    const bool onInput = leg.swap.feeSide == amm::FeeSide::input;
    add(leg.inputMint, onInput ? leg.swap.feeRaw : leg.swap.otherSideFeeRaw,
        leg.swap.transferFeeInRaw);
    add(leg.outputMint, onInput ? leg.swap.otherSideFeeRaw : leg.swap.feeRaw,
        leg.swap.transferFeeOutRaw);
}

// Reads the legs as ways from the input to the output, within the hops where that can be: of a
// token that came early as much as possible goes on over further tokens, because what came late can
// only go straight to the output.
class PathReader {
  public:
    PathReader(const Plan& plan, std::size_t maxHops) : plan_(plan), maxHops_(maxHops) {
        for (const PlanLeg& leg : plan.legs) {
            left_.push_back(static_cast<double>(leg.swap.amountInRaw));
            ends_.push_back({tokenOf(leg.inputMint), tokenOf(leg.outputMint)});
        }
        source_ = tokenOf(plan.inputMint);
        sink_ = tokenOf(plan.outputMint);
        comesBack_ = std::any_of(ends_.begin(), ends_.end(),
                                 [&](const Ends& leg) { return leg.from == sink_; });
    }

    std::vector<PlanPath> read() {
        const auto amount = static_cast<double>(plan_.amountInRaw);
        std::vector<PlanPath> paths;
        for (std::size_t round = 0; round < plan_.legs.size(); ++round) {
            measureDistances();
            if (distance_[source_] == kFar) {
                break;
            }
            PlanPath path = nextPath(std::max(maxHops_, distance_[source_]));
            if (path.legs.empty()) {
                break;
            }
            const double taken = take(path.legs);
            path.share = taken / amount;
            if (path.share > kDust || paths.empty()) {
                paths.push_back(std::move(path));
            }
        }
        return paths;
    }

  private:
    static constexpr double kDust = 1e-6;  // of the input: whole units do not split as flows do
    static constexpr std::size_t kFar = ~std::size_t{0};
    struct Ends {
        std::size_t from = 0;
        std::size_t to = 0;
    };

    std::size_t tokenOf(const domain::Pubkey& mint) {
        const auto found = std::find(mints_.begin(), mints_.end(), mint);
        if (found == mints_.end()) {
            mints_.push_back(mint);
            return mints_.size() - 1;
        }
        return static_cast<std::size_t>(found - mints_.begin());
    }

    // Fewest hops to the output over what is left.
    void measureDistances() {
        distance_.assign(mints_.size(), kFar);
        distance_[sink_] = 0;
        for (bool moved = true; moved;) {
            moved = false;
            for (std::size_t i = 0; i < ends_.size(); ++i) {
                const std::size_t to = distance_[ends_[i].to];
                if (left_[i] > 0 && to != kFar && to + 1 < distance_[ends_[i].from]) {
                    distance_[ends_[i].from] = to + 1;
                    moved = true;
                }
            }
        }
    }

    PlanPath nextPath(std::size_t hops) const {
        PlanPath path;
        std::size_t token = source_;
        while (path.legs.size() < hops) {
            const std::size_t after = hops - path.legs.size() - 1;
            std::optional<std::uint32_t> best;
            for (std::uint32_t i = 0; i < ends_.size(); ++i) {
                const std::size_t onward = distance_[ends_[i].to];
                const bool isNew =
                    std::find(path.legs.begin(), path.legs.end(), i) == path.legs.end();
                if (ends_[i].from != token || !(left_[i] > 0) || !isNew || onward > after) {
                    continue;
                }
                const std::size_t chosen = best ? distance_[ends_[*best].to] : 0;
                const bool isWider = !comesBack_ && best && left_[i] > left_[*best];
                if (!best || onward > chosen || (onward == chosen && isWider)) {
                    best = i;
                }
            }
            if (!best) {
                break;
            }
            path.legs.push_back(*best);
            token = ends_[*best].to;
        }
        return token == sink_ ? path : PlanPath{};
    }

    // As much of the input as fits through the path.
    double take(const std::vector<std::uint32_t>& legs) {
        std::vector<double> perInput;  // each leg's input for one of the path's
        double rate = 1;
        double most = std::numeric_limits<double>::infinity();
        for (const std::uint32_t leg : legs) {
            const amm::SwapResult& swap = plan_.legs[leg].swap;
            perInput.push_back(rate);
            most = std::min(most, left_[leg] / rate);
            rate *= static_cast<double>(swap.amountOutRaw) / static_cast<double>(swap.amountInRaw);
        }
        const auto amount = static_cast<double>(plan_.amountInRaw);
        for (std::size_t i = 0; i < legs.size(); ++i) {
            double& rest = left_[legs[i]];
            rest -= most * perInput[i];
            rest = rest < 1e-9 * amount * perInput[i] ? 0 : rest;
        }
        return most;
    }

    const Plan& plan_;
    std::size_t maxHops_;
    std::vector<domain::Pubkey> mints_;
    std::size_t source_ = 0;
    std::size_t sink_ = 0;
    bool comesBack_ = false;    // the output is sold for arbitrage: paths in execution order
    std::vector<Ends> ends_;    // by leg
    std::vector<double> left_;  // by leg: of its input
    std::vector<std::size_t> distance_;
};

bool isDirect(const Plan& plan) {
    return std::all_of(plan.legs.begin(), plan.legs.end(), [&](const PlanLeg& leg) {
        return leg.inputMint == plan.inputMint && leg.outputMint == plan.outputMint;
    });
}

// A leg each, the widest first.
std::vector<PlanPath> directPaths(const Plan& plan) {
    std::vector<PlanPath> paths;
    paths.reserve(plan.legs.size());
    for (std::uint32_t leg = 0; leg < plan.legs.size(); ++leg) {
        paths.push_back({{leg},
                         static_cast<double>(plan.legs[leg].swap.amountInRaw) /
                             static_cast<double>(plan.amountInRaw)});
    }
    std::stable_sort(paths.begin(), paths.end(), [](const PlanPath& one, const PlanPath& other) {
        return one.share > other.share;
    });
    return paths;
}

}  // namespace

std::vector<PlanLeg> Planner::legsOf(const std::vector<RealizedLeg>& legs) const {
    std::vector<PlanLeg> result;
    result.reserve(legs.size());
    for (const RealizedLeg& realized : legs) {
        const Edge& edge = network_->edges()[realized.edge];
        const amm::Pool& pool = *network_->market().pools[edge.pool];
        PlanLeg leg;
        leg.pool = pool.address;
        leg.program = pool.program;
        leg.direction = edge.direction;
        leg.inputMint = pool.inputOf(edge.direction).mint;
        leg.outputMint = pool.outputOf(edge.direction).mint;
        leg.swap = realized.swap;
        leg.priceBefore = edge.bestMarginal();
        leg.priceAfter = marginalAt(
            edge.pieces,
            static_cast<double>(realized.swap.amountInRaw - realized.swap.transferFeeInRaw));
        result.push_back(leg);
    }
    return result;
}

Plan Planner::finish() const {
    Plan plan;
    plan.mode = request_.mode;
    plan.inputMint = request_.inputMint;
    plan.outputMint = request_.outputMint;
    plan.legs = legsOf(best_.legs);
    plan.amountInRaw = best_.amountInRaw;
    plan.amountOutRaw = best_.amountOutRaw;
    plan.networkCostOutRaw = request_.legCostOutRaw * plan.legs.size();
    plan.netOutRaw = plan.amountOutRaw - std::min(plan.amountOutRaw, plan.networkCostOutRaw);
    plan.limits = report_;
    const bool exactIn = plan.mode == RouteMode::exactIn;
    if (exactIn) {
        plan.minimumOutRaw = domain::minimumOut(plan.amountOutRaw, request_.slippageBps);
        plan.maximumInRaw = plan.amountInRaw;
        plan.limits.unlimitedRaw = unlimited_.amountOutRaw;
    } else {
        plan.minimumOutRaw = request_.amountRaw;
        const auto most = base::mulDiv64(plan.amountInRaw, 10'000 + request_.slippageBps, 10'000,
                                         base::Rounding::up);
        plan.maximumInRaw = most.value_or(std::numeric_limits<std::uint64_t>::max());
        plan.limits.unlimitedRaw = unlimited_.amountInRaw;
    }
    // An input's bound has legs' cost inside, the plan's own comes off again.
    const auto legsCost = static_cast<std::uint64_t>(
        exactIn ? 0 : std::ceil(legCost() * static_cast<double>(plan.legs.size())));
    const auto boundFrom = [&](std::uint64_t bound) { return bound - std::min(bound, legsCost); };
    const auto gapTo = [&](std::uint64_t bound) {
        const std::uint64_t more = exactIn ? bound : plan.amountInRaw;
        const std::uint64_t less = exactIn ? plan.netOutRaw : bound;
        return ppbOf(more - std::min(less, more), more);
    };
    plan.boundRaw = boundFrom(bound_);
    plan.gapPpb = gapTo(plan.boundRaw);
    // It is none for a plan that comes back to an end.
    const std::uint64_t within = boundFrom(boundWithinHops_);
    const bool holds = exactIn ? within >= plan.netOutRaw : within <= plan.amountInRaw;
    if (report_.hops && boundWithinHops_ != 0 && holds) {
        plan.boundWithinHopsRaw = within;
        plan.gapWithinHopsPpb = gapTo(within);
    }
    for (const PlanLeg& leg : plan.legs) {
        addFees(plan.fees, leg);
    }
    plan.paths =
        isDirect(plan) ? directPaths(plan) : PathReader(plan, request_.limits.maxHops).read();
    // Of the average price against what the first unit would have got on the same paths.
    double margin = 0;
    for (const PlanPath& path : plan.paths) {
        double price = path.share;
        for (const std::uint32_t leg : path.legs) {
            price *= plan.legs[leg].priceBefore;
        }
        margin += price;
    }
    const double average =
        static_cast<double>(plan.amountOutRaw) / static_cast<double>(plan.amountInRaw);
    plan.priceImpactBps = margin > 0 ? std::max(0.0, (1 - average / margin) * 10'000) : 0;
    const Footprint footprint = footprintOf(plan.legs);
    plan.transactionBytes = footprint.transactionBytes;
    plan.computeUnits = footprint.computeUnits;
    plan.slot = network_->market().clock.slot;
    return plan;
}

}  // namespace oee::routing
