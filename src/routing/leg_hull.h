#pragma once
// A pool whose leg costs something, relaxed: the concave hull of nothing and its curve less the
// cost. A part of a leg may then be paid for, and what flows through such pools is again a convex
// problem. At any prices the hull earns max(0, the curve's profit − cost): the certificate's term.

#include <vector>

#include "routing/flow.h"

namespace oee::routing {

struct LegHull {
    std::vector<CurvePiece> pieces;  // empty: the curve never pays for the leg
    double wholeAt = 0;              // the input at which all of the leg is paid for; 0: any
};

// `cost` in what the pieces pay. The straight line is a little short of the tangent, so that prices
// on which all depends are not all one.
LegHull hullOf(std::span<const CurvePiece> pieces, double cost);

}  // namespace oee::routing
