// The least concave curve above segments that are concave each, but not where they meet.

#include <algorithm>
#include <cmath>

#include "amm/curve.h"

namespace oee::amm {
namespace {

// What doubles make of two marginal prices that are equal.
constexpr double kPrecision = 1e-12;
constexpr int kHalvings = 100;

double startOf(const CurveSegment& segment) {
    return marginalOf(segment, 0);
}
double endOf(const CurveSegment& segment) {
    return marginalOf(segment, segment.capacityIn);
}
double outputOf(const CurveSegment& segment) {
    return outputOf(segment, segment.capacityIn);
}

// The input at which the segment's marginal price has fallen to `slope`.
double inputAt(const CurveSegment& segment, double slope) {
    const double curvature = segment.curvature * segment.keepIn;
    if (curvature == 0) {
        return startOf(segment) > slope ? segment.capacityIn : 0;
    }
    const double input = (std::sqrt(startOf(segment) / slope) - 1) / curvature;
    return std::clamp(input, 0.0, segment.capacityIn);
}

struct Way {
    double in = 0;
    double out = 0;
};

// The last part of a segment, from where its marginal price is `slope`.
Way wayBack(const CurveSegment& segment, double slope) {
    const CurveSegment rest = restOf(segment, inputAt(segment, slope));
    return {rest.capacityIn, outputOf(rest)};
}

// The first part, up to there.
Way wayOn(const CurveSegment& segment, double slope) {
    const double input = inputAt(segment, slope);
    return {input, outputOf(segment, input)};
}

// The straight line that touches both segments from above, with a gap between them, as its slope.
// The line's height over the end of `left` grows with the slope where it touches `left` and falls
// where it touches `right`.
double commonTangent(const CurveSegment& left, const Way& gap, const CurveSegment& right) {
    double low = 0;
    double high = std::max(startOf(right), gap.in > 0 ? gap.out / gap.in : 0.0);
    for (int i = 0; i < kHalvings && low < high; ++i) {
        const double slope = low + (high - low) / 2;
        if (slope <= low || slope >= high) {
            break;
        }
        const Way back = wayBack(left, slope);
        const Way on = wayOn(right, slope);
        const bool tooSteep =
            slope * back.in - back.out > gap.out + on.out - slope * (gap.in + on.in);
        (tooSteep ? high : low) = slope;
    }
    return high;
}

class Hull {
  public:
    void add(const CurveSegment& segment) {
        Way gap;  // the segments that disappear under the line
        while (true) {
            const bool atOrigin = pieces_.empty();
            if (gap.in == 0 &&
                (atOrigin || endOf(pieces_.back()) >= startOf(segment) * (1 - kPrecision))) {
                pieces_.push_back(segment);
                return;
            }
            const CurveSegment left = atOrigin ? kOrigin : pieces_.back();
            const double slope = commonTangent(left, gap, segment);
            const Way back = wayBack(left, slope);
            if (!atOrigin && back.in >= left.capacityIn) {
                gap = {gap.in + left.capacityIn, gap.out + outputOf(left)};
                pieces_.pop_back();
                continue;
            }
            if (!atOrigin) {
                pieces_.back().capacityIn -= back.in;
            }
            const Way on = wayOn(segment, slope);
            bridge({back.in + gap.in + on.in, back.out + gap.out + on.out}, slope);
            if (on.in < segment.capacityIn) {
                pieces_.push_back(restOf(segment, on.in));
            }
            return;
        }
    }

    std::vector<CurveSegment> take() { return std::move(pieces_); }

  private:
    static constexpr CurveSegment kOrigin{.capacityIn = 0};

    // Before a far longer segment doubles cannot tell the slope from that one's: then not below it.
    void bridge(const Way& way, double slope) {
        CurveSegment line;
        line.price = std::max(way.out / way.in, slope);
        line.capacityIn = way.in;
        line.isBridge = true;
        pieces_.push_back(line);
    }

    std::vector<CurveSegment> pieces_;
};

}  // namespace

std::vector<CurveSegment> concaveHull(const std::vector<CurveSegment>& segments) {
    Hull hull;
    for (const CurveSegment& segment : segments) {
        hull.add(segment);
    }
    return hull.take();
}

}  // namespace oee::amm
