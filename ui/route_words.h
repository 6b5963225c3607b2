#pragma once
// What is said of a route in words.

#include <optional>

#include <QString>

#include "domain/route.h"
#include "domain/venue.h"
#include "routing/plan.h"
#include "ui/token_book.h"

namespace oee::ui {

// "12 ppb", "1.3 ppm", "2.5 bps": rounded up, so that it never claims to be closer than it is.
QString gapText(std::uint64_t gapPpb);

// What the bound of a plan is the best of: "the best possible", "the best single pool on Raydium".
QString bestWords(domain::RouteScope scope, std::optional<domain::Venue> venue);
// "Within 12 ppb of the best possible"; without a gap: "The best possible".
QString gapSentence(const routing::Plan& plan, const QString& best);
// The same of a stored plan, whose hop limit is not known.
QString gapSentence(std::uint64_t gapPpb, const QString& best);
// "No plan of this routing brings more than 149.82 USDC after network fees, this one 149.81": all
// digits of what the gap lies between.
QString boundText(const routing::Plan& plan, const TokenBook& tokens);

// Which limits keep the plan from the best one and what that costs; empty where none does.
QString limitsText(const routing::Plan& plan, const TokenBook& tokens);

// "Raydium CPMM"; "3 legs" where there are more.
QString routeText(const routing::Plan& plan);
// "SOL → BONK → USDC".
QString pathText(const routing::Plan& plan, const routing::PlanPath& path, const TokenBook& tokens);

}  // namespace oee::ui
