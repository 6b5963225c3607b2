#include "routing/network.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace oee::routing {
namespace {

// More than any token account holds: a limit where a pool states none.
constexpr double kMaxAmount = 18'446'744'073'709'551'616.0;

std::uint64_t keyOf(TokenIndex from, TokenIndex to) {
    return static_cast<std::uint64_t>(from) << 32 | to;
}

double marginalAtEnd(const CurvePiece& piece) {
    const double growth = 1 + piece.bend * piece.capacity;
    return piece.marginal / (growth * growth);
}

}  // namespace

std::vector<CurvePiece> piecesOf(const amm::Curve& curve) {
    std::vector<CurvePiece> pieces;
    pieces.reserve(curve.segments.size());
    double input = 0;
    double output = 0;
    for (const amm::CurveSegment& segment : curve.segments) {
        CurvePiece piece;
        piece.marginal = segment.price * segment.keepIn * segment.keepOut;
        piece.bend = segment.curvature * segment.keepIn;
        piece.capacity = std::min(segment.capacityIn, kMaxAmount);
        if (!(piece.marginal > 0) || !(piece.capacity > 0) || !std::isfinite(piece.marginal)) {
            continue;
        }
        if (!pieces.empty()) {
            // Programs' roundings may lift a piece above the end of the one before; for the search
            // (not for the certificate) it starts where that ended.
            const double end = marginalAtEnd(pieces.back());
            piece.marginal = std::min(piece.marginal, end);
            pieces.back().bendToNext =
                (std::sqrt(pieces.back().marginal / piece.marginal) - 1) / pieces.back().capacity;
        }
        piece.inputBefore = input;
        piece.outputBefore = output;
        piece.bendToNext = std::numeric_limits<double>::infinity();
        input += piece.capacity;
        output += piece.marginal * piece.capacity / (1 + piece.bend * piece.capacity);
        pieces.push_back(piece);
    }
    return pieces;
}

double marginalAt(std::span<const CurvePiece> pieces, double input) {
    const auto after =
        std::partition_point(pieces.begin(), pieces.end(),
                             [&](const CurvePiece& piece) { return piece.inputBefore <= input; });
    if (after == pieces.begin()) {
        return 0;
    }
    const CurvePiece& piece = *(after - 1);
    const double growth = 1 + piece.bend * std::min(input - piece.inputBefore, piece.capacity);
    return piece.marginal / (growth * growth);
}

double outputOf(const Edge& edge, double input) {
    const double net = amm::afterTransfer(edge.curve.transferFeeIn, input);
    const auto after =
        std::partition_point(edge.pieces.begin(), edge.pieces.end(),
                             [&](const CurvePiece& piece) { return piece.inputBefore < net; });
    if (after == edge.pieces.begin()) {
        return 0;
    }
    const CurvePiece& piece = *(after - 1);
    const double into = std::min(net - piece.inputBefore, piece.capacity);
    return amm::afterTransfer(edge.curve.transferFeeOut,
                              piece.outputBefore + piece.marginal * into / (1 + piece.bend * into));
}

double inputFor(const Edge& edge, double output) {
    const double gross = amm::beforeTransfer(edge.curve.transferFeeOut, output);
    const auto after =
        std::partition_point(edge.pieces.begin(), edge.pieces.end(),
                             [&](const CurvePiece& piece) { return piece.outputBefore < gross; });
    if (after == edge.pieces.begin()) {
        return 0;
    }
    const CurvePiece& piece = *(after - 1);
    const double wanted = gross - piece.outputBefore;
    const double slope = piece.marginal - piece.bend * wanted;
    const double into = slope > 0 ? wanted / slope : std::numeric_limits<double>::infinity();
    if (into > piece.capacity * (1 + 1e-9)) {
        return std::numeric_limits<double>::infinity();
    }
    return amm::beforeTransfer(edge.curve.transferFeeIn, piece.inputBefore + into);
}

Network::Network(amm::MarketSnapshotPtr market) : market_(std::move(market)) {
    edges_.resize(market_->pools.size() * 2);
    for (std::size_t pool = 0; pool < market_->pools.size(); ++pool) {
        const amm::Pool& state = *market_->pools[pool];
        const TokenIndex a = internToken(state.mints[0].mint);
        const TokenIndex b = internToken(state.mints[1].mint);
        for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
            Edge& edge = edges_[pool * 2 + side];
            edge.pool = pool;
            edge.direction = side == 0 ? amm::SwapDirection::aToB : amm::SwapDirection::bToA;
            edge.from = side == 0 ? a : b;
            edge.to = side == 0 ? b : a;
            between_[keyOf(edge.from, edge.to)].push_back(
                static_cast<std::uint32_t>(pool * 2 + side));
        }
        computeCurves(pool);
    }
}

void Network::update(amm::MarketSnapshotPtr market) {
    const auto before = std::exchange(market_, std::move(market));
    const amm::ChainClock& then = before->clock;
    const amm::ChainClock& now = market_->clock;
    const bool sameTime = now.unixTimestamp == then.unixTimestamp && now.epoch == then.epoch;
    for (std::size_t pool = 0; pool < market_->pools.size(); ++pool) {
        const bool isLater =
            !sameTime || (now.slot != then.slot && amm::followsSlot(*market_->pools[pool]));
        if (isLater || market_->pools[pool] != before->pools[pool]) {
            computeCurves(pool);
        }
    }
}

void Network::follow(const Network& other) {
    market_ = other.market_;
    edges_ = other.edges_;  // the memory of the curves is used again
}

std::optional<TokenIndex> Network::tokenOf(const domain::Pubkey& mint) const {
    const auto found = tokens_.find(mint);
    return found == tokens_.end() ? std::nullopt : std::optional(found->second);
}

std::span<const std::uint32_t> Network::edgesBetween(TokenIndex from, TokenIndex to) const {
    const auto found = between_.find(keyOf(from, to));
    return found == between_.end() ? std::span<const std::uint32_t>{} : std::span(found->second);
}

TokenIndex Network::internToken(const domain::Pubkey& mint) {
    const auto [found, isNew] = tokens_.emplace(mint, static_cast<TokenIndex>(mints_.size()));
    if (isNew) {
        mints_.push_back(mint);
    }
    return found->second;
}

void Network::computeCurves(std::size_t pool) {
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
        Edge& edge = edges_[pool * 2 + side];
        edge.curve = amm::curveOf(*market_->pools[pool], edge.direction, market_->clock);
        edge.pieces = piecesOf(edge.curve);
        edge.greatestMarginal = 0;
        for (const amm::CurveSegment& segment : edge.curve.segments) {
            edge.greatestMarginal = std::max(edge.greatestMarginal, amm::marginalOf(segment, 0));
        }
    }
}

}  // namespace oee::routing
