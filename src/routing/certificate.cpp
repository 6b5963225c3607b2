#include "routing/certificate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace oee::routing {
namespace {

// Each term is a handful of double operations and there may be thousands of terms: this is far over
// their error, and far under a part in 10^9.
constexpr double kErrorMargin = 1e-13;
// By which a segment may begin above the end of the one before: far over what rounding does.
constexpr double kOrderError = 1e-9;
// A pool's last base units, by which its curve may be short.
constexpr double kCapacityError = 1e-9;
constexpr double kCapacityUnits = 16;
constexpr double kMostOfAToken = 18'446'744'073'709'551'616.0;

// A transfer leaves max(amount · (1 − rate), amount − maximum): two straight lines.
// Without a fee the second is none.
struct Line {
    double keep = 0;
    double fixed = 0;
};
std::array<Line, 2> linesOf(const amm::spl::TransferFee& fee) {
    if (fee.basisPoints == 0) {
        return {Line{1, 0}, Line{}};
    }
    const double rate = static_cast<double>(fee.basisPoints) / amm::spl::kBasisPoints;
    return {Line{1 - rate, 0}, Line{1, static_cast<double>(fee.maximumRaw)}};
}

struct Profit {
    double made = 0;
    double turnover = 0;  // in value; errors are a part of it
};

// What the first unit of the segment is worth, at this price of the output.
double firstWorth(const amm::CurveSegment& segment, double priceOut) {
    return segment.keepOut * segment.price * segment.keepIn * priceOut;
}

// max over x of priceOut · out(x) − priceIn · x on one segment by itself. Segments with any jumps
// between them can only make less together than each one alone.
Profit segmentProfit(const amm::CurveSegment& segment, double priceIn, double priceOut) {
    const double first = firstWorth(segment, priceOut);
    if (!(first > priceIn)) {
        return {};
    }
    double input = std::min(segment.capacityIn, kMostOfAToken);
    if (segment.curvature > 0) {
        // first / (1 + curvature · keepIn · x)² = priceIn
        input = std::min(input,
                         (std::sqrt(first / priceIn) - 1) / (segment.curvature * segment.keepIn));
    }
    const double paid = first * input / (1 + segment.curvature * segment.keepIn * input);
    return {paid - priceIn * input, paid};
}

// Of the concave hull where a transfer fee is capped: the best of the straight lines' profits.
Profit curveProfit(const amm::Curve& curve, double priceIn, double priceOut) {
    Profit best;
    for (const Line& in : linesOf(curve.transferFeeIn)) {
        for (const Line& out : linesOf(curve.transferFeeOut)) {
            if (!(in.keep > 0) || !(out.keep > 0)) {
                continue;
            }
            Profit profit;
            profit.made = -priceIn * in.fixed / in.keep - priceOut * out.fixed;
            const double paid = priceIn / in.keep;
            const double got = priceOut * out.keep;
            for (const amm::CurveSegment& segment : curve.segments) {
                // Those that follow begin no higher (amm::Curve).
                if (firstWorth(segment, got) < paid * (1 - kOrderError)) {
                    break;
                }
                const Profit more = segmentProfit(segment, paid, got);
                profit.made += more.made;
                profit.turnover += more.turnover;
            }
            best.made = std::max(best.made, profit.made);
            best.turnover = std::max(best.turnover, profit.turnover);
        }
    }
    return best;
}

Profit profitOfAll(const CertificateRequest& request, double legCost) {
    Profit sum;
    for (const PricedEdge& priced : request.edges) {
        const Edge& edge = request.network->edges()[priced.edge];
        const double priceIn = priced.priceIn;
        const double priceOut = priced.priceOut;
        if (!(priceIn >= 0) || !(priceOut >= 0)) {
            sum.made = std::numeric_limits<double>::infinity();
            break;
        }
        const bool isRequired = priced.use == EdgeUse::required;
        if (priced.charged != nullptr) {
            const Profit profit = curveProfit(priced.charged->curve, priceIn, priceOut);
            const double charge = priced.charged->chargeRaw * priceIn;
            sum.made +=
                (isRequired ? profit.made - legCost : std::max(0.0, profit.made - legCost)) -
                charge;
            sum.turnover += profit.turnover + charge;
            continue;
        }
        if (!(edge.greatestMarginal * priceOut > priceIn)) {
            sum.made -= isRequired ? legCost : 0;
            continue;
        }
        const Profit profit = curveProfit(edge.curve, priceIn, priceOut);
        sum.made += isRequired ? profit.made - legCost : std::max(0.0, profit.made - legCost);
        sum.turnover += profit.turnover;
    }
    return sum;
}

}  // namespace

double greatestProfit(const amm::Curve& curve, double priceIn, double priceOut) {
    return curveProfit(curve, priceIn, priceOut).made;
}

double greatestOutput(const CertificateRequest& request, double amountIn, double legCost) {
    const double unit = request.outputPrice;
    const Profit pools = profitOfAll(request, legCost * unit);
    const double paid = request.inputPrice * amountIn;
    return (paid + pools.made + kErrorMargin * (paid + pools.turnover)) / unit;
}

double leastInput(const CertificateRequest& request, double amountOut, double legCost) {
    const Profit pools = profitOfAll(request, legCost * request.inputPrice);
    const double wanted = request.outputPrice * amountOut;
    const double bound = wanted - pools.made - kErrorMargin * (wanted + pools.turnover);
    return std::max(0.0, bound / request.inputPrice);
}

double greatestOutput(const amm::Curve& curve, double amountIn) {
    double capacity = 0;
    for (const amm::CurveSegment& segment : curve.segments) {
        capacity += segment.capacityIn;
    }
    const double net = amm::afterTransfer(curve.transferFeeIn, amountIn);
    if (net > capacity * (1 + kCapacityError) + kCapacityUnits) {
        return 0;
    }
    return amm::outputOf(curve, amountIn) * (1 + kErrorMargin);
}

double leastInput(const amm::Curve& curve, double amountOut) {
    double left = amm::beforeTransfer(curve.transferFeeOut, amountOut);
    double input = 0;
    for (const amm::CurveSegment& segment : curve.segments) {
        // left = first · x / (1 + bend · x)
        const double first = segment.keepOut * segment.price * segment.keepIn;
        const double slope = first - segment.curvature * segment.keepIn * left;
        if (slope > 0 && left / slope <= segment.capacityIn) {
            input = amm::beforeTransfer(curve.transferFeeIn, input + left / slope);
            return input * (1 - kErrorMargin);
        }
        input += segment.capacityIn;
        left -= amm::outputOf(segment, segment.capacityIn);
    }
    return std::numeric_limits<double>::infinity();
}

}  // namespace oee::routing
