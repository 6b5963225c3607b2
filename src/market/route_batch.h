#pragma once
// Answers route requests, one JSON line each, from account dumps: `route --batch`.

#include <memory>

#include <QByteArray>
#include <QJsonObject>
#include <QString>
#include <tl/expected.hpp>

#include "amm/market_snapshot.h"
#include "market/account_files.h"
#include "routing/network.h"
#include "routing/plan.h"

namespace oee::market {

class RouteBatch {
  public:
    // Reads every pool below the folder. Pools that cannot be read or decoded are left out; only
    // a folder that cannot be read is an error. Of two dumps of one pool the first in order of path
    // holds. Curves are prepared at the newest of the dumps' clocks.
    static tl::expected<RouteBatch, DumpFailure> open(const QString& directory);

    // The answer to one request line, without a newline:
    //     {"id", "inputMint", "outputMint", "amount", "mode": "exactIn" | "exactOut",
    //      "routing": "single" | "split" | "full", optional "pools", "venue", "clock", "maxHops",
    //      "maxLegs", "maxBytes", "maxComputeUnits", "legCostOut"}
    //   → {"id", "amountIn", "amountOut", "bound", "gapPpb",
    //      "legs": [{"pool", "inputMint", "outputMint", "amountIn", "amountOut"}], "micros"}
    //     and "limitedBy": [names], "unlimited" where a limit binds, and "boundWithinHops",
    //     "gapWithinHopsPpb" where it is that of hops
    //   → {"id", "error": "<kind>", "message": "…", optional "workingAmount"}
    // Every request starts from the dumps. Unlimited where it sets no limits, but for 3 hops. With
    // a leg cost, bound is on amountOut less the legs' cost. micros: the planning alone, on curves
    // that are prepared; a request's own clock has them made again before.
    QByteArray answer(const QByteArray& line) const;

    std::size_t poolCount() const { return market_->pools.size(); }

  private:
    QJsonObject answerTo(const QJsonObject& request) const;

    amm::MarketSnapshotPtr market_;
    std::shared_ptr<const routing::Network> network_;
};

}  // namespace oee::market
