#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include <QString>

#include "amm/market_snapshot.h"
#include "domain/pubkey.h"
#include "domain/token.h"
#include "ui/format.h"

namespace oee::runtime {
class Engine;
}

namespace oee::ui {

// A pair as people name it: "SOL/USDC", priced in the quote token.
struct Pair {
    domain::Pubkey base;
    domain::Pubkey quote;

    friend bool operator==(const Pair&, const Pair&) = default;
};

// The tokens of a market for display: symbols, how many decimals say something, and who trades
// with whom. Built once; tokens and pairs of a market do not change.
class TokenBook {
  public:
    explicit TokenBook(const runtime::Engine& engine);

    const domain::Token* find(const domain::Pubkey& mint) const { return registry_->find(mint); }
    // By symbol in any case, or by address.
    const domain::Token* resolve(std::string_view symbolOrMint) const {
        return registry_->resolve(symbolOrMint);
    }
    QString symbol(const domain::Pubkey& mint) const;
    const domain::TokenRegistry& registry() const { return *registry_; }

    // Tokens that some pool trades: by symbol.
    const std::vector<domain::Token>& traded() const { return traded_; }
    // What a token can be traded for, if need be through others: the usual quote tokens first, then
    // those that share a pool with it.
    std::vector<domain::Token> partners(const domain::Pubkey& mint) const;
    // Some pool holds both.
    bool trades(const Pair& pair) const;
    // A route may lead from one to the other: through at most domain::kMostHops pools.
    bool connects(const Pair& pair) const;
    // The pair the way round that people quote it: dollars last, then SOL.
    static Pair oriented(const domain::Pubkey& one, const domain::Pubkey& other);

    // "1,498.2135"; all decimals in exact(). An unknown mint's amount is in base units.
    QString shown(std::uint64_t amountRaw, const domain::Pubkey& mint,
                  Rounding rounding = Rounding::nearest) const;
    QString exact(std::uint64_t amountRaw, const domain::Pubkey& mint) const;  // with symbol
    // Quote tokens for one base token, or – where nothing was traded.
    QString price(const Pair& pair, std::uint64_t baseRaw, std::uint64_t quoteRaw) const;

  private:
    struct Scale {
        unsigned decimals = 0;
        unsigned shown = 0;
    };
    Scale scaleOf(const domain::Pubkey& mint) const;
    std::set<domain::Pubkey> reachableFrom(const domain::Pubkey& mint) const;

    amm::MarketSnapshotPtr market_;  // keeps the registry and the index alive
    std::shared_ptr<const domain::TokenRegistry> registry_;
    std::vector<domain::Token> traded_;
    std::map<domain::Pubkey, Scale> scales_;
    std::map<domain::Pubkey, std::vector<domain::Pubkey>> neighbours_;  // that share a pool
};

}  // namespace oee::ui
