#include "routing/parallel.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace oee::routing {
namespace {

constexpr unsigned kMaxRounds = 200;
constexpr unsigned kPatience = 24;    // rounds, and then by halves
constexpr double kUlps = 1e-15;       // of a price: deep pools trade a lot for it
constexpr double kPrecision = 1e-14;  // of the amount: what doubles can tell apart

double keepOf(const Arc& arc) {
    return arc.transferIn.keep * arc.transferOut.keep;
}

// What an arc takes and pays down to a price, pieces at that very price left out.
ArcFlow flowAbove(const Arc& arc, std::span<const CurvePiece>::iterator after, double price) {
    if (after == arc.pieces.begin()) {
        return {};
    }
    const CurvePiece& piece = *(after - 1);
    double into = piece.capacity;
    double growth = 1 + piece.bend * into;
    if (piece.bend > 0) {
        const double root = std::sqrt(piece.marginal / price);
        if (root < growth) {
            growth = root;
            into = (root - 1) / piece.bend;
        }
    }
    return {(piece.inputBefore + into) / arc.transferIn.keep,
            (piece.outputBefore + piece.marginal * into / growth) * arc.transferOut.keep};
}

class PriceSearch {
  public:
    PriceSearch(const FlowProblem& problem, FlowSolution& solution)
        : problem_(problem), solution_(solution) {
        // Fixed fees on the free side change what is left, not where it goes.
        target_ = problem.amount;
        if (!problem.drain.empty()) {
            target_ +=
                problem.exactOut ? problem.drain[problem.sink] : -problem.drain[problem.source];
        }
    }

    void run() {
        double price = 0;
        for (const Arc& arc : problem_.arcs) {
            price = std::max(price, arc.best);
        }
        if (!(price > 0)) {
            finish(1, false);
            return;
        }
        for (unsigned round = 0; round < kMaxRounds; ++round) {
            evaluate(price);
            ++solution_.steps;
            if (above_ <= target_ && target_ <= upTo_) {
                finish(price, true);
                return;
            }
            (upTo_ < target_ ? high_ : low_) = price;
            double next = nextPrice(price, round);
            const bool isBracketed = low_ > 0 && std::isfinite(high_);
            if (isBracketed && (round > kPatience || !(next > low_ && next < high_))) {
                next = low_ + (high_ - low_) / 2;
            }
            if (!(next > low_ && next < high_) || !std::isfinite(next)) {
                break;  // no price between them, or nobody has more to sell
            }
            price = next;
        }
        finish(price, std::abs(above_ - target_) <= kEnough * target_);
    }

  private:
    static constexpr double kEnough = 1e-7;

    // All arcs at a price: what they trade above it, with what is for sale at it, and the corners
    // around.
    void evaluate(double price) {
        above_ = 0;
        upTo_ = 0;
        slope_ = 0;
        nextBelow_ = 0;
        nextAbove_ = std::numeric_limits<double>::infinity();
        for (const Arc& arc : problem_.arcs) {
            if (!(arc.best > 0)) {
                continue;
            }
            const double keep = keepOf(arc);
            const auto after = std::partition_point(
                arc.pieces.begin(), arc.pieces.end(),
                [&](const CurvePiece& piece) { return piece.marginal * keep > price; });
            evaluate(arc, after, price);
        }
        // What doubles cannot tell apart is enough.
        const double root = std::sqrt(price);
        const double perUlp = kUlps * slope_ * (problem_.exactOut ? root : 1 / root);
        above_ -= kPrecision * target_ + perUlp;
        upTo_ += kPrecision * target_ + perUlp;
    }

    void evaluate(const Arc& arc, std::span<const CurvePiece>::iterator after, double price) {
        const double keep = keepOf(arc);
        const ArcFlow flow = flowAbove(arc, after, price / keep);
        const double traded = problem_.exactOut ? flow.out : flow.in;
        above_ += traded;
        upTo_ += traded;
        auto next = after;
        if (after != arc.pieces.begin()) {
            const CurvePiece& piece = *(after - 1);
            nextAbove_ = std::min(nextAbove_, piece.marginal * keep);
            const double growth = 1 + piece.bend * piece.capacity;
            const double end = piece.marginal * keep / (growth * growth);
            if (piece.bend > 0 && end < price) {
                addSlope(arc, piece);
                nextBelow_ = std::max(nextBelow_, end);
            } else if (piece.bend > 0) {
                nextAbove_ = std::min(nextAbove_, end > price ? end : nextAbove_);
            }
        }
        for (; next != arc.pieces.end() && next->marginal * keep == price; ++next) {
            if (next->bend > 0) {
                addSlope(arc, *next);
                break;
            }
            upTo_ += problem_.exactOut ? next->capacity * next->marginal * arc.transferOut.keep
                                       : next->capacity / arc.transferIn.keep;
        }
        if (next != arc.pieces.end() && next->marginal * keep < price) {
            nextBelow_ = std::max(nextBelow_, next->marginal * keep);
        }
    }

    // By 1/√price what comes in grows, by √price what goes out falls.
    void addSlope(const Arc& arc, const CurvePiece& piece) {
        const double root = std::sqrt(piece.marginal * keepOf(arc));
        slope_ += problem_.exactOut ? piece.marginal / piece.bend / root * arc.transferOut.keep
                                    : root / piece.bend / arc.transferIn.keep;
    }

    // Where the present pieces would take the amount, unless a corner comes first.
    double nextPrice(double price, unsigned round) const {
        const bool goDown = high_ == price;
        const double missing = target_ - (goDown ? upTo_ : above_);
        double next = goDown ? 0 : std::numeric_limits<double>::infinity();
        if (slope_ > 0 && problem_.exactOut) {
            const double root = std::sqrt(price) - missing / slope_;
            next = root > 0 ? root * root : 0;
        } else if (slope_ > 0) {
            const double root = 1 / std::sqrt(price) + missing / slope_;
            next = root > 0 ? 1 / (root * root) : next;
        }
        const double corner = goDown ? nextBelow_ : nextAbove_;
        const bool isBeyond = goDown ? next < corner : next > corner;
        if (!isBeyond) {
            return next;
        }
        if (goDown && corner == 0) {
            return 0;  // nobody has more to sell
        }
        if (low_ == 0) {
            // Corners ever farther away, so that their number does not matter.
            return std::min(corner, std::max(next, price * (1 - 1e-6 * std::exp2(round))));
        }
        const double middle = std::sqrt(low_ * high_);
        const bool isInside = next > low_ && next < high_;
        return round % 3 == 0 ? corner : round % 3 == 1 && isInside ? next : middle;
    }

    void finish(double price, bool balanced) {
        double left = target_;
        for (std::size_t i = 0; i < problem_.arcs.size(); ++i) {
            const Arc& arc = problem_.arcs[i];
            if (arc.best > 0) {
                const double keep = keepOf(arc);
                const auto after = std::partition_point(
                    arc.pieces.begin(), arc.pieces.end(),
                    [&](const CurvePiece& piece) { return piece.marginal * keep > price; });
                solution_.flows[i] = flowAbove(arc, after, price / keep);
                left -= problem_.exactOut ? solution_.flows[i].out : solution_.flows[i].in;
            }
        }
        for (std::size_t i = 0; i < problem_.arcs.size() && left > kPrecision * target_; ++i) {
            left -= takeAt(price, problem_.arcs[i], left, solution_.flows[i]);
        }
        solution_.balanced = balanced;
        const TokenIndex priced = problem_.exactOut ? problem_.sink : problem_.source;
        solution_.prices[problem_.exactOut ? problem_.source : problem_.sink] = 1;
        solution_.prices[priced] = problem_.exactOut ? 1 / price : price;
    }

    // Of what an arc sells at exactly the price, as much as is left.
    double takeAt(double price, const Arc& arc, double left, ArcFlow& flow) const {
        const double keep = keepOf(arc);
        double taken = 0;
        for (const CurvePiece& piece : arc.pieces) {
            if (piece.marginal * keep < price || !(arc.best > 0)) {
                break;
            }
            if (piece.marginal * keep > price || piece.bend > 0) {
                continue;
            }
            const double in = piece.capacity / arc.transferIn.keep;
            const double out = in * price;
            const double part = std::min(1.0, (left - taken) / (problem_.exactOut ? out : in));
            flow.in += in * part;
            flow.out += out * part;
            taken += (problem_.exactOut ? out : in) * part;
        }
        return taken;
    }

    const FlowProblem& problem_;
    FlowSolution& solution_;
    double target_ = 0;  // in, or out on exactOut
    double low_ = 0;     // brackets the price; 0: not yet
    double high_ = std::numeric_limits<double>::infinity();
    double above_ = 0;
    double upTo_ = 0;
    double slope_ = 0;
    double nextBelow_ = 0;
    double nextAbove_ = 0;
};

}  // namespace

bool isParallel(const FlowProblem& problem) {
    return std::all_of(problem.arcs.begin(), problem.arcs.end(), [&](const Arc& arc) {
        return arc.from == problem.source && arc.to == problem.sink;
    });
}

void solveParallel(const FlowProblem& problem, FlowSolution& solution) {
    solution.prices.assign(problem.tokens, 0);
    solution.flows.assign(problem.arcs.size(), {});
    solution.steps = 0;
    PriceSearch(problem, solution).run();
}

}  // namespace oee::routing
