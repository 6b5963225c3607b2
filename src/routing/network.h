#pragma once
// The market as a graph for searching: tokens as dense numbers, one edge a pool and direction, and
// each edge's curve prepared so that "the input at which the marginal price has fallen to λ" is a
// binary search and a closed form, without allocation.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "amm/curve.h"
#include "amm/market_snapshot.h"
#include "domain/pubkey.h"

namespace oee::routing {

using TokenIndex = std::uint32_t;

// A piece of a curve, by what goes in gross of the pool's fee. At `dx` into the piece the marginal
// price is marginal / (1 + bend · dx)², and the piece has paid marginal · dx / (1 + bend · dx).
struct CurvePiece {
    double marginal = 0;  // output for one more input at its start, net of the pool's fees
    double bend = 0;
    double capacity = 0;  // finite
    // The bend with which the piece would end at the next one's marginal: a staircase's envelope.
    double bendToNext = 0;
    double inputBefore = 0;
    double outputBefore = 0;
};

struct Edge {
    std::size_t pool = 0;  // position in the snapshot
    amm::SwapDirection direction = amm::SwapDirection::aToB;
    TokenIndex from = 0;
    TokenIndex to = 0;
    std::vector<CurvePiece> pieces;  // marginals never rise; empty: no trade in this direction
    amm::Curve curve;                // as the pool states it, for the certificate
    double greatestMarginal = 0;     // of the curve's segments

    double bestMarginal() const { return pieces.empty() ? 0 : pieces.front().marginal; }
    double capacityIn() const {
        return pieces.empty() ? 0 : pieces.back().inputBefore + pieces.back().capacity;
    }
};

// What the edge's pieces pay for a whole amount, and take for one, transfer fees inside; of more
// than they can the rest is lost, or infinite. For ordering pools.
double outputOf(const Edge& edge, double input);
double inputFor(const Edge& edge, double output);

// Output for one more input after `input` has gone in, net of the pool's fees; 0 without pieces.
double marginalAt(std::span<const CurvePiece> pieces, double input);

std::vector<CurvePiece> piecesOf(const amm::Curve& curve);

class Network {
  public:
    explicit Network(amm::MarketSnapshotPtr market);

    // Takes another snapshot of the same pools; only what changed is computed again. Curves follow
    // time (fees decay, pools open), some slots: where these moved they are computed again.
    void update(amm::MarketSnapshotPtr market);

    // Becomes as `other`, a network of the same pools: copied, which costs a tenth of computing.
    void follow(const Network& other);

    const amm::MarketSnapshot& market() const { return *market_; }
    // Two a pool: 2 × position is A → B, 2 × position + 1 is B → A.
    std::span<const Edge> edges() const { return edges_; }
    std::size_t tokenCount() const { return mints_.size(); }
    std::optional<TokenIndex> tokenOf(const domain::Pubkey& mint) const;
    const domain::Pubkey& mintOf(TokenIndex token) const { return mints_[token]; }
    // Positions of the edges from one token to another.
    std::span<const std::uint32_t> edgesBetween(TokenIndex from, TokenIndex to) const;

  private:
    TokenIndex internToken(const domain::Pubkey& mint);
    void computeCurves(std::size_t pool);

    amm::MarketSnapshotPtr market_;
    std::vector<domain::Pubkey> mints_;
    std::unordered_map<domain::Pubkey, TokenIndex> tokens_;
    std::vector<Edge> edges_;
    std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> between_;
};

}  // namespace oee::routing
