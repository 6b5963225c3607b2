#include "amm/meteora/damm_v1/stable_segments.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace oee::amm::meteora::damm_v1 {
namespace {

// With g = 1 / √(marginal price) a hyperbola is a straight line. Before the first knot the price
// hardly moves; then they lie so closely that the curve's g is nearly straight between them.
constexpr double kFirstKnot = 1e-6;  // of the reserve
constexpr double kKnotRatio = 2;
constexpr double kBend = 5e-7;  // of the output, by what g is off the straight line
constexpr int kMostHalves = 20;
constexpr int kHalvings = 60;
constexpr double kShorter = 64;
constexpr double kLift = 2e-7;  // of the price, over what may still be below there

// A hyperbola that touches the curve at a knot, and is above on both sides: its g is above the
// curve's before the knot and below behind it.
struct Touching {
    double in = 0;   // the knot
    double out = 0;  // the curve there
    double g = 0;
    double slope = 0;  // of g: the curve's own, then the hyperbola's

    double gAt(double x) const { return g + slope * (x - in); }
    double outputAt(double x) const { return out + (x - in) / (g * gAt(x)); }
};

Touching touchingAt(const RealStableCurve& curve, double in) {
    const auto [price, fall] = curve.priceAt(in);
    const double g = 1 / std::sqrt(price);
    return {in, curve.outputOf(in), g, g * fall / (2 * price)};
}

class Knots {
  public:
    explicit Knots(const RealStableCurve& curve) : curve_(curve) {}

    // Goes on to `end`, by halves where g bends.
    void to(double end) { to(at(end), kMostHalves); }
    std::vector<Touching> take() { return std::move(knots_); }

  private:
    Touching at(double in) const { return touchingAt(curve_, in); }
    void to(const Touching& end, int mostHalves) {
        const Touching& start = knots_.back();
        const double way = end.in - start.in;
        const double chord = (end.g - start.g) / way;
        const Touching middle = at(start.in > 0 ? std::sqrt(start.in * end.in) : end.in / 2);
        const double bend = std::max({std::abs(middle.g - start.g - chord * (middle.in - start.in)),
                                      std::abs(start.slope - chord) * way / 8,
                                      std::abs(end.slope - chord) * way / 8});
        // The price is off by twice as much, of what the way pays. Where g bends both ways, the
        // hyperbolas may be below the curve; as good as not on short ways.
        const bool bothWays = (start.slope < middle.slope) != (middle.slope < end.slope);
        const double bound = kBend * end.out / (bothWays ? kShorter : 1);
        if (mostHalves > 0 && bend * way / (middle.g * middle.g * middle.g) > bound) {
            to(middle, mostHalves - 1);
            to(end, mostHalves - 1);
        } else {
            knots_.push_back(end);
        }
    }

    const RealStableCurve& curve_;
    std::vector<Touching> knots_{at(0)};
};

double chordOf(const Touching& one, const Touching& other) {
    return (other.g - one.g) / (other.in - one.in);
}

std::vector<Touching> touchingsOf(const StableTrade& trade) {
    Knots builder(trade.curve);
    for (double in = trade.reserveIn * kFirstKnot; in < trade.capacityIn; in *= kKnotRatio) {
        builder.to(in);
    }
    builder.to(trade.capacityIn);
    std::vector<Touching> knots = builder.take();
    for (std::size_t i = 0; i < knots.size(); ++i) {
        const double before = i > 0 ? chordOf(knots[i - 1], knots[i]) : 0;
        const double behind = i + 1 < knots.size() ? chordOf(knots[i], knots[i + 1]) : before;
        knots[i].slope = std::max(0.0, std::min({before, knots[i].slope, behind}));
    }
    return knots;
}

// Where the hyperbola of one knot meets that of the next, between the knots.
double meetingOf(const Touching& one, const Touching& next) {
    double low = one.in;
    double high = next.in;
    for (int i = 0; i < kHalvings; ++i) {
        const double middle = low + (high - low) / 2;
        (one.outputAt(middle) < next.outputAt(middle) ? low : high) = middle;
    }
    return low;
}

}  // namespace

std::vector<CurveSegment> stableSegments(const StableTrade& trade) {
    const std::vector<Touching> knots = touchingsOf(trade);
    std::vector<CurveSegment> segments;
    double start = 0;
    for (std::size_t i = 0; i < knots.size(); ++i) {
        const bool last = i + 1 == knots.size();
        const double end = last ? trade.capacityIn : meetingOf(knots[i], knots[i + 1]);
        if (end > start) {
            const double g = knots[i].gAt(start);
            CurveSegment segment;
            segment.price = (1 + kLift) / (g * g);
            segment.curvature = knots[i].slope / g;
            segment.capacityIn = end - start;
            segments.push_back(segment);
            start = end;
        }
    }
    return segments;
}

}  // namespace oee::amm::meteora::damm_v1
