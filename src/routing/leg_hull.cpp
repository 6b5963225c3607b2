#include "routing/leg_hull.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace oee::routing {
namespace {

constexpr double kBeyond = 0.02;       // of the cost: how far past the tangent the line goes
constexpr double kNegligible = 1e-13;  // of all that the pieces pay

struct Touch {
    std::size_t piece = 0;
    double into = 0;
};

// Where the tangent through −cost touches: f(x) − x · f'(x) grows with x, and there it is the cost.
// Past all pieces where even all of them pay less.
Touch touchAt(std::span<const CurvePiece> pieces, double cost) {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const CurvePiece& piece = pieces[i];
        if (piece.outputBefore - piece.inputBefore * piece.marginal >= cost) {
            return {i, 0};
        }
        const double growth = 1 + piece.bend * piece.capacity;
        const double atEnd =
            piece.outputBefore + piece.marginal * piece.capacity / growth -
            (piece.inputBefore + piece.capacity) * piece.marginal / (growth * growth);
        if (piece.bend > 0 && atEnd > cost) {
            // In u = 1 + bend · dx: a · u² − 2h · u + h − marginal · inputBefore = 0.
            const double h = piece.marginal / piece.bend;
            const double a = piece.outputBefore - cost + h;
            const double rest = h - piece.marginal * piece.inputBefore;
            const double u = (h + std::sqrt(std::max(0.0, h * h - a * rest))) / a;
            return {i, std::clamp((u - 1) / piece.bend, 0.0, piece.capacity)};
        }
    }
    return {pieces.size(), 0};
}

}  // namespace

LegHull hullOf(std::span<const CurvePiece> pieces, double cost) {
    LegHull hull;
    if (pieces.empty()) {
        return hull;
    }
    const CurvePiece& last = pieces.back();
    const double most =
        last.outputBefore + last.marginal * last.capacity / (1 + last.bend * last.capacity);
    if (cost <= kNegligible * most) {
        hull.pieces.assign(pieces.begin(), pieces.end());
        return hull;
    }
    const Touch touch = touchAt(pieces, cost * (1 + kBeyond));
    const bool isInside = touch.piece < pieces.size();
    const CurvePiece& at = isInside ? pieces[touch.piece] : pieces.back();
    const double into = isInside ? touch.into : at.capacity;
    const double growth = 1 + at.bend * into;
    hull.wholeAt = at.inputBefore + into;
    const double paid = at.outputBefore + at.marginal * into / growth - cost;
    if (!(paid > 0) || !(hull.wholeAt > 0)) {
        return hull;
    }
    CurvePiece line;
    line.marginal = paid / hull.wholeAt;
    line.capacity = hull.wholeAt;
    line.bendToNext = std::numeric_limits<double>::infinity();
    hull.pieces.reserve(pieces.size() - std::min(touch.piece, pieces.size()) + 1);
    hull.pieces.push_back(line);
    if (!isInside) {
        return hull;
    }
    CurvePiece rest = at;
    rest.marginal = std::min(line.marginal, at.marginal / (growth * growth));
    rest.bend = at.bend / growth;
    rest.capacity = at.capacity - into;
    rest.inputBefore = hull.wholeAt;
    rest.outputBefore = paid;
    if (rest.capacity > 0) {
        hull.pieces.push_back(rest);
    }
    for (std::size_t i = touch.piece + 1; i < pieces.size(); ++i) {
        hull.pieces.push_back(pieces[i]);
        hull.pieces.back().outputBefore -= cost;
    }
    for (std::size_t i = 0; i + 1 < hull.pieces.size(); ++i) {
        CurvePiece& piece = hull.pieces[i];
        piece.bendToNext =
            (std::sqrt(piece.marginal / hull.pieces[i + 1].marginal) - 1) / piece.capacity;
    }
    return hull;
}

}  // namespace oee::routing
