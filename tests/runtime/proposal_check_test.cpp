// What remote workers propose is held against the stored order.

#include "runtime/proposal_check.h"

#include <QtTest>

#include "domain/amount.h"
#include "domain/token.h"
#include "execution/planner.h"
#include "runtime/network_profile_file.h"
#include "runtime/quote_desk.h"
#include "support/market_fixture.h"

using namespace oee;
using runtime::ProposalProblem;

namespace {

constexpr std::uint64_t kSol = 1'000'000'000;
constexpr base::UnixMicros kNow = 1'700'000'000'000'000;
constexpr std::uint64_t kSeed = 5;

struct Desk {
    Desk() : market(test::generatedMarket()), profile(*runtime::loadNetworkProfile("calm")) {}

    domain::Order order(std::uint64_t amountRaw = 200 * kSol) const {
        domain::Order order;
        order.id = domain::makeOrderId({1'000, 1, 7});
        order.inputMint = domain::solMint();
        order.outputMint = domain::usdcMint();
        order.amountInRaw = amountRaw;
        order.slippageBps = 50;
        order.fence = 3;
        order.reservedLamports = 100'000'000;
        return order;
    }
    execution::Plan plan(const domain::Order& of) const {
        auto plan = runtime::MarketPlanner(profile).on(market).plan(of);
        if (!plan) {
            qFatal("no plan");
        }
        return std::move(*plan);
    }
    domain::Transaction local(const domain::Order& of) const {
        return execution::buildTransaction(of, plan(of), *market, profile, {kSeed, kNow});
    }
    // As an honest worker makes it.
    jobs::PlannedTransaction planned(const domain::Order& of) const {
        const domain::Transaction made = local(of);
        const domain::PlanSummary summary = plan(of).summary;
        return {made.legs,
                made.expectedOutRaw,
                made.minAmountOutRaw,
                made.maxAmountInRaw,
                summary.amountInRaw,
                summary.boundRaw,
                summary.gapPpb,
                made.decisionOutRaw,
                made.computeUnitLimit,
                made.lastValidBlockHeight};
    }
    jobs::Proposal proposal(const domain::Order& of) const {
        jobs::Proposal proposal;
        proposal.orderId = of.id;
        proposal.attempt = of.attempt;
        proposal.fence = of.fence;
        proposal.snapshotSlot = market->clock.slot;
        return proposal;
    }
    auto check(const domain::Order& of, const jobs::PlannedTransaction& transaction) const {
        return runtime::submissionOf(of, proposal(of), transaction,
                                     {*market, profile, kSeed, kNow});
    }
    std::optional<ProposalProblem> problem(const domain::Order& of,
                                           const jobs::PlannedTransaction& transaction) const {
        const auto checked = check(of, transaction);
        return checked ? std::nullopt : std::optional(checked.error());
    }

    amm::MarketSnapshotPtr market;
    chain::NetworkProfile profile;
};

}  // namespace

class ProposalCheckTest : public QObject {
    Q_OBJECT

  private:
    const Desk desk_;

  private slots:
    // Every honest plan passes, and gives what a local worker would have sent.
    void honestPlansPass() {
        std::size_t legs = 0;
        for (const bool isExactOut : {false, true}) {
            for (const auto scope : {domain::RouteScope::single, domain::RouteScope::split,
                                     domain::RouteScope::full}) {
                for (const auto& [one, other] : desk_.market->pairs->pairs()) {
                    for (const std::uint64_t part : {100'000U, 1'000U, 50U}) {
                        auto order = desk_.order();
                        order.inputMint = one;
                        order.outputMint = other;
                        order.route.scope = scope;
                        order.amountInRaw = depthOf(one) / part;
                        if (isExactOut) {
                            order.mode = domain::RouteMode::exactOut;
                            order.amountOutRaw = depthOf(other) / part;
                            order.amountInRaw = UINT64_MAX / 4;
                        }
                        if (!runtime::MarketPlanner(desk_.profile).on(desk_.market).plan(order)) {
                            continue;
                        }
                        const auto checked = desk_.check(order, desk_.planned(order));
                        QVERIFY2(checked, checked ? "" : runtime::nameOf(checked.error()).data());
                        QVERIFY(checked->transaction == desk_.local(order));
                        QVERIFY(checked->plan == desk_.plan(order).summary);
                        legs += checked->transaction.legs.size();
                    }
                }
            }
        }
        QVERIFY2(legs > 100, "hardly anything was planned");
    }

    void otherLimitsAreRefused() {
        const auto order = desk_.order();
        auto lower = desk_.planned(order);
        --lower.minAmountOutRaw;
        QVERIFY(desk_.problem(order, lower) == ProposalProblem::limits);
        auto less = desk_.planned(order);
        less.maxAmountInRaw += 1;
        QVERIFY(desk_.problem(order, less) == ProposalProblem::limits);
        // Planned with another slippage than the stored order's: somebody changed the job.
        auto tampered = order;
        tampered.slippageBps = 9'000;
        QVERIFY(desk_.problem(order, desk_.planned(tampered)) == ProposalProblem::limits);
        auto exactOut = order;
        exactOut.mode = domain::RouteMode::exactOut;
        exactOut.amountOutRaw = 1'000'000;
        exactOut.amountInRaw = 10 * kSol;
        auto wrong = desk_.planned(exactOut);
        QVERIFY(!desk_.problem(exactOut, wrong));
        wrong.minAmountOutRaw -= 1;
        QVERIFY(desk_.problem(exactOut, wrong) == ProposalProblem::limits);
    }

    void otherAmountsAreRefused() {
        const auto order = desk_.order();
        QVERIFY(desk_.problem(order, desk_.planned(desk_.order(201 * kSol))) ==
                ProposalProblem::amounts);
        QVERIFY(desk_.problem(order, desk_.planned(desk_.order(199 * kSol))) ==
                ProposalProblem::amounts);
        for (int change = 0; change < 5; ++change) {
            auto planned = desk_.planned(order);
            switch (change) {
                case 0:
                    planned.legs.front().amountInRaw += 1;
                    break;
                case 1:
                    planned.legs.front().amountInRaw = 0;
                    break;
                case 2:
                    planned.legs.back().amountOutRaw -= 1;
                    break;
                case 3:
                    planned.amountInRaw += 1;
                    break;
                default:
                    planned.expectedOutRaw += 1;
                    planned.minAmountOutRaw =
                        domain::minimumOut(planned.expectedOutRaw, order.slippageBps);
            }
            QVERIFY(desk_.problem(order, planned) == ProposalProblem::amounts);
        }
        auto empty = desk_.planned(order);
        empty.legs.push_back(empty.legs.front());
        empty.legs.back().amountInRaw = empty.legs.back().amountOutRaw = 0;
        QVERIFY(desk_.problem(order, empty) == ProposalProblem::amounts);
        // Sums that would run over 64 bits.
        auto huge = desk_.planned(order);
        huge.legs.push_back(huge.legs.front());
        huge.legs.front().amountInRaw = UINT64_MAX;
        huge.legs.back().amountInRaw = order.amountInRaw + 1;
        QVERIFY(desk_.problem(order, huge) == ProposalProblem::amounts);
    }

    void anExactOutputHasItsOwnBounds() {
        auto order = desk_.order(10 * kSol);
        order.mode = domain::RouteMode::exactOut;
        order.amountOutRaw = 1'000'000;
        const auto planned = desk_.planned(order);
        QVERIFY(!desk_.problem(order, planned));
        // It costs more than was reserved.
        auto poorer = order;
        auto dear = planned;
        poorer.amountInRaw = dear.maxAmountInRaw = planned.amountInRaw - 1;
        QVERIFY(desk_.problem(poorer, dear) == ProposalProblem::amounts);
        poorer.amountInRaw = dear.maxAmountInRaw = planned.amountInRaw;
        QVERIFY(!desk_.problem(poorer, dear));
        // It would not bring what was asked for.
        auto less = planned;
        less.legs.back().amountOutRaw -= planned.expectedOutRaw - order.amountOutRaw + 1;
        less.expectedOutRaw = order.amountOutRaw - 1;
        QVERIFY(desk_.problem(order, less) == ProposalProblem::limits);
    }

    void routesThatTheOrderForbidsAreRefused() {
        const auto free = desk_.order(20'000 * kSol);
        const auto planned = desk_.planned(free);
        QVERIFY(planned.legs.size() > 1);
        auto order = free;
        order.route.scope = domain::RouteScope::single;
        QVERIFY(desk_.problem(order, planned) == ProposalProblem::route);
        order = free;
        order.route.maxLegs = 1;
        QVERIFY(desk_.problem(order, planned) == ProposalProblem::route);
        order = free;
        order.route.excludedPools = {planned.legs.back().pool};
        QVERIFY(desk_.problem(order, planned) == ProposalProblem::route);
        order = free;
        order.route.venue = domain::venueOf(planned.legs.front().program) == domain::Venue::raydium
                                ? domain::Venue::meteora
                                : domain::Venue::raydium;
        QVERIFY(desk_.problem(order, planned) == ProposalProblem::route);
        order = free;
        order.outputMint = domain::usdtMint();
        QVERIFY(desk_.problem(order, planned) == ProposalProblem::route);
        auto nothing = planned;
        nothing.legs.clear();
        QVERIFY(desk_.problem(free, nothing) == ProposalProblem::route);
        auto many = planned;
        many.legs.assign(1'000, planned.legs.front());
        QVERIFY(desk_.problem(free, many) == ProposalProblem::route);
    }

    void detoursThatTheOrderForbidsAreRefused() {
        // RAY → USDC has no pool of its own.
        auto order = desk_.order();
        order.inputMint = desk_.market->tokens->resolve("RAY")->mint;
        QVERIFY(desk_.market->pairs->poolsOf(order.inputMint, order.outputMint).empty());
        order.amountInRaw = 100'000'000;
        const auto planned = desk_.planned(order);
        QVERIFY(!desk_.problem(order, planned));
        auto direct = order;
        direct.route.scope = domain::RouteScope::split;
        QVERIFY(desk_.problem(direct, planned) == ProposalProblem::route);
        auto narrow = order;
        narrow.route.maxHops = 1;
        QVERIFY(desk_.problem(narrow, planned) == ProposalProblem::route);
        // More is spent on the way than arrived.
        auto greedy = planned;
        greedy.legs.back().amountInRaw += 1;
        QVERIFY(desk_.problem(order, greedy) == ProposalProblem::amounts);
        auto backwards = planned;
        std::reverse(backwards.legs.begin(), backwards.legs.end());
        QVERIFY(desk_.problem(order, backwards) == ProposalProblem::route);
    }

    void foreignPoolsAreRefused() {
        const auto order = desk_.order();
        auto unknown = desk_.planned(order);
        unknown.legs.front().pool = {};
        QVERIFY(desk_.problem(order, unknown) == ProposalProblem::pool);
        auto misnamed = desk_.planned(order);
        misnamed.legs.front().program =
            misnamed.legs.front().program == domain::Program::raydiumCpmm
                ? domain::Program::raydiumClmm
                : domain::Program::raydiumCpmm;
        QVERIFY(desk_.problem(order, misnamed) == ProposalProblem::pool);
        // A pool of another pair under the tokens of this one.
        auto disguised = desk_.planned(order);
        const auto& jup = desk_.market->tokens->resolve("JUP")->mint;
        const auto pools = desk_.market->pairs->poolsOf(jup, domain::usdcMint());
        disguised.legs.front().pool = desk_.market->pools[pools[0]]->address;
        disguised.legs.front().program = desk_.market->pools[pools[0]]->program;
        QVERIFY(desk_.problem(order, disguised) == ProposalProblem::pool);
        // One of its tokens is right.
        const auto& ray = desk_.market->tokens->resolve("RAY")->mint;
        const auto& half =
            *desk_.market->pools[desk_.market->pairs->poolsOf(ray, order.inputMint)[0]];
        disguised.legs.front().pool = half.address;
        disguised.legs.front().program = half.program;
        QVERIFY(desk_.problem(order, disguised) == ProposalProblem::pool);
    }

    void anotherTimesPlansAreRefused() {
        const auto order = desk_.order();
        auto planned = desk_.planned(order);
        const auto newest = planned.lastValidBlockHeight;
        planned.lastValidBlockHeight = newest + 1;
        QVERIFY(desk_.problem(order, planned) == ProposalProblem::stale);
        planned.lastValidBlockHeight = desk_.market->blockHeight;
        QVERIFY(desk_.problem(order, planned) == ProposalProblem::stale);
        planned.lastValidBlockHeight = desk_.market->blockHeight + 1;
        QVERIFY(!desk_.problem(order, planned));
        auto future = desk_.proposal(order);
        ++future.snapshotSlot;
        const auto checked = runtime::submissionOf(order, future, planned,
                                                   {*desk_.market, desk_.profile, kSeed, kNow});
        QVERIFY(!checked && checked.error() == ProposalProblem::stale);
    }

    void feesBeyondTheReservedAreRefused() {
        auto order = desk_.order();
        auto planned = desk_.planned(order);
        const std::uint64_t fee = desk_.local(order).networkFeeLamports;
        order.reservedLamports = fee;
        QVERIFY(!desk_.problem(order, planned));
        order.spentLamports = 1;
        QVERIFY(desk_.problem(order, planned) == ProposalProblem::fees);
        order.spentLamports = fee + 1;
        QVERIFY(desk_.problem(order, planned) == ProposalProblem::fees);
        order = desk_.order();
        planned.computeUnitLimit = 1'400'001;
        QVERIFY(desk_.problem(order, planned) == ProposalProblem::fees);
    }

  private:
    // What the deepest pool holds of a token.
    std::uint64_t depthOf(const domain::Pubkey& mint) const {
        std::uint64_t depth = 0;
        for (const auto& pool : desk_.market->pools) {
            for (std::size_t side = 0; side < 2; ++side) {
                if (pool->mints[side].mint == mint) {
                    depth = std::max(depth, amm::depthOf(*pool)[side]);
                }
            }
        }
        return depth;
    }
};

QTEST_GUILESS_MAIN(ProposalCheckTest)
#include "proposal_check_test.moc"
