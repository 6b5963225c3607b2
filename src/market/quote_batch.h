#pragma once
// Answers swap requests, one JSON line each, from account dumps: `quote --batch`, and the judge's
// counterpart in shared/tools/compare_vectors.py.

#include <map>
#include <memory>

#include <QByteArray>
#include <QJsonObject>
#include <QString>
#include <tl/expected.hpp>

#include "amm/pool.h"
#include "market/account_files.h"

namespace oee::market {

class QuoteBatch {
  public:
    // Reads every pool below the folder. A pool that cannot be read or decoded fails the requests
    // that name it, and no others; only a folder that cannot be read is an error. Of two dumps of
    // one pool the first in order of path holds.
    static tl::expected<QuoteBatch, DumpFailure> open(const QString& directory);

    // The answer to one request line, without a newline:
    //     {"id", "result": {"amountIn", "amountOut"}}             and "after" for Meteora's
    //     {"id", "result": {"error": "<kind>", "message": "…"}}
    //     {"id", "results": […], "final": {…}}                    to a request with "sequence"
    // Every request starts from the dumps; steps of a sequence follow one another, and a step that
    // fails leaves the state as it is. A clock that is not given is the dump's. Traders of Raydium
    // and DLMM pools hold 9·10^18 base units of each token (4·10^18 of wrapped SOL), as those of
    // the recorded swaps did; others are not limited.
    QByteArray answer(const QByteArray& line) const;

  private:
    struct Entry {
        std::shared_ptr<const amm::Pool> pool;
        amm::ChainClock clock;
        QString problem;  // not empty: why there is no pool
    };

    QJsonObject answerTo(const QJsonObject& request) const;

    std::map<domain::Pubkey, Entry> pools_;
};

}  // namespace oee::market
