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

double marginalAt(std::span<const CurvePiece> pieces, double input) {
    const auto after =
        std::partition_point(pieces.begin(), pieces.end(),
                             [&](const CurvePiece& piece) { return piece.inputBefore <= input; });
    if (after == pieces.begin()) {
        return 0;
    }
    const CurvePiece& piece = *(after - 1);
    const double growth = 1 + piece.bend * std::min(input - piece.inputBefore, piece.capacity);
    return piece.marginal / (growth * growth);
}

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

// Reads the legs as ways from the input to the output: each time the way with the most left, until
// nothing of the input is.
std::vector<PlanPath> pathsOf(const Plan& plan) {
    std::vector<double> left(plan.legs.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
        left[i] = static_cast<double>(plan.legs[i].swap.amountInRaw);
    }
    const auto amount = static_cast<double>(plan.amountInRaw);
    std::vector<PlanPath> paths;
    for (std::size_t round = 0; round < plan.legs.size(); ++round) {
        PlanPath path;
        std::vector<double> perInput;  // each leg's input for one of the path's
        domain::Pubkey mint = plan.inputMint;
        double rate = 1;
        double most = std::numeric_limits<double>::infinity();
        while (path.legs.empty() || mint != plan.outputMint) {
            std::optional<std::uint32_t> widest;
            for (std::uint32_t i = 0; i < plan.legs.size(); ++i) {
                const bool isNew =
                    std::find(path.legs.begin(), path.legs.end(), i) == path.legs.end();
                if (plan.legs[i].inputMint == mint && isNew && left[i] > 0 &&
                    (!widest || left[i] > left[*widest])) {
                    widest = i;
                }
            }
            if (!widest) {
                break;
            }
            const PlanLeg& leg = plan.legs[*widest];
            path.legs.push_back(*widest);
            perInput.push_back(rate);
            most = std::min(most, left[*widest] / rate);
            rate *= static_cast<double>(leg.swap.amountOutRaw) /
                    static_cast<double>(leg.swap.amountInRaw);
            mint = leg.outputMint;
        }
        if (path.legs.empty() || mint != plan.outputMint) {
            break;
        }
        for (std::size_t i = 0; i < path.legs.size(); ++i) {
            double& rest = left[path.legs[i]];
            rest -= most * perInput[i];
            rest = rest < 1e-9 * amount * perInput[i] ? 0 : rest;
        }
        path.share = most / amount;
        paths.push_back(std::move(path));
    }
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
    plan.boundRaw = bound_;
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
    const auto gapTo = [&](std::uint64_t bound) {
        const std::uint64_t more = exactIn ? bound : plan.amountInRaw;
        const std::uint64_t less = exactIn ? plan.netOutRaw : bound;
        return ppbOf(more - std::min(less, more), more);
    };
    plan.gapPpb = gapTo(bound_);
    if (report_.hops && boundWithinHops_ != 0) {
        plan.boundWithinHopsRaw = boundWithinHops_;
        plan.gapWithinHopsPpb = gapTo(boundWithinHops_);
    }
    for (const PlanLeg& leg : plan.legs) {
        addFees(plan.fees, leg);
    }
    plan.paths = pathsOf(plan);
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
