// The hull of a pool and its leg's cost, compared with what the pool earns.

#include <QtTest>

#include <cmath>
#include <vector>

#include "random_market.h"
#include "routing/leg_hull.h"
#include "routing/network.h"

using namespace oee;
using routing::CurvePiece;

namespace {

// The most that pieces make where a unit of input costs `price`: every piece as far as it pays.
double profitOf(const std::vector<CurvePiece>& pieces, double price) {
    double best = 0;
    for (const CurvePiece& piece : pieces) {
        double into = piece.marginal > price ? piece.capacity : 0;
        if (piece.bend > 0 && piece.marginal > price) {
            into = std::min(into, (std::sqrt(piece.marginal / price) - 1) / piece.bend);
        }
        const double paid = piece.outputBefore + piece.marginal * into / (1 + piece.bend * into);
        best = std::max(best, paid - price * (piece.inputBefore + into));
    }
    return best;
}

}  // namespace

class LegHullTest : public QObject {
    Q_OBJECT

  private slots:
    void earnsWhatThePoolEarnsAboveTheCost() {
        const auto market = test::randomMarket({.seed = 5, .tokens = 6, .pools = 60});
        const routing::Network network(market);
        std::uint64_t paying = 0;
        std::uint64_t idle = 0;
        for (const routing::Edge& edge : network.edges()) {
            if (edge.pieces.empty()) {
                continue;
            }
            const double best = edge.bestMarginal();
            const double most = routing::outputOf(edge, edge.capacityIn());
            for (const double share : {1e-9, 1e-6, 1e-3, 0.2}) {
                const double cost = share * most;
                const routing::LegHull hull = routing::hullOf(edge.pieces, cost);
                for (std::size_t i = 1; i < hull.pieces.size(); ++i) {
                    QVERIFY(hull.pieces[i].marginal <= hull.pieces[i - 1].marginal * (1 + 1e-12));
                }
                for (const double fall : {1e-6, 1e-4, 1e-2, 0.1, 0.5, 0.9}) {
                    const double price = best * (1 - fall);
                    const double earned = std::max(0.0, profitOf(edge.pieces, price) - cost);
                    const double hulls = profitOf(hull.pieces, price);
                    const double error = 1e-10 * most;  // of doubles, on what is traded
                    QVERIFY(hulls <= earned + error);
                    // Its line is as far below the tangent as the header says.
                    QVERIFY(hulls >= earned - 0.02 * cost - error);
                    (earned > 0 ? paying : idle) += 1;
                }
            }
        }
        QVERIFY(paying > 100);
        QVERIFY(idle > 100);
    }

    void aCurveThatNeverPaysTheCostHasNoPieces() {
        const CurvePiece piece{2, 0, 10, 0, 0, 0};
        QVERIFY(routing::hullOf(std::vector{piece}, 20).pieces.empty());
        QVERIFY(routing::hullOf({}, 1).pieces.empty());
        const auto hull = routing::hullOf(std::vector{piece}, 5);
        QCOMPARE(hull.wholeAt, 10.0);
        QCOMPARE(hull.pieces.size(), std::size_t{1});
        QCOMPARE(hull.pieces.front().marginal, 1.5);
    }

    void withoutCostThePiecesAreAsTheyAre() {
        const CurvePiece piece{2, 0.1, 10, 0, 0, 0};
        const auto hull = routing::hullOf(std::vector{piece}, 0);
        QCOMPARE(hull.wholeAt, 0.0);
        QCOMPARE(hull.pieces.size(), std::size_t{1});
        QCOMPARE(hull.pieces.front().marginal, 2.0);
    }
};

QTEST_APPLESS_MAIN(LegHullTest)
#include "leg_hull_test.moc"
