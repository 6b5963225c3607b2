#include "ui/token_book.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "domain/amount.h"
#include "domain/route.h"
#include "runtime/engine.h"

namespace oee::ui {
namespace {

constexpr unsigned kMaxShownDecimals = 6;
// The last shown decimal is worth a hundredth of a cent or less.
constexpr double kShownResolutionUsd = 0.0001;
constexpr unsigned kPriceDigits = 7;

int quoteRank(const domain::Pubkey& mint) {
    if (mint == domain::usdcMint()) {
        return 3;
    }
    if (mint == domain::usdtMint()) {
        return 2;
    }
    return mint == domain::solMint() ? 1 : 0;
}

// Tokens of `quote` for one of `base` at the top of the book; for scale only.
std::optional<double> topPrice(const runtime::Engine& engine, const domain::Token& base,
                               const domain::Token& quote) {
    const auto book = engine.orderBook(domain::toBase58(base.mint), domain::toBase58(quote.mint));
    if (!book || book->bids.empty() || book->bids.front().amountBaseRaw == 0) {
        return std::nullopt;
    }
    const routing::BookLevel& top = book->bids.front();
    const double price =
        static_cast<double>(top.amountQuoteRaw) / static_cast<double>(top.amountBaseRaw) *
        std::pow(10.0, static_cast<double>(base.decimals) - static_cast<double>(quote.decimals));
    return price > 0 && std::isfinite(price) ? std::optional(price) : std::nullopt;
}

std::optional<double> usdPrice(const runtime::Engine& engine, const domain::TokenRegistry& tokens,
                               const domain::Token& token) {
    const domain::Token* usdc = tokens.find(domain::usdcMint());
    const domain::Token* sol = tokens.find(domain::solMint());
    if (token.mint == domain::usdcMint() || token.mint == domain::usdtMint()) {
        return 1.0;
    }
    if (usdc != nullptr) {
        if (const auto direct = topPrice(engine, token, *usdc)) {
            return direct;
        }
    }
    if (usdc != nullptr && sol != nullptr && token.mint != sol->mint) {
        const auto inSol = topPrice(engine, token, *sol);
        const auto solPrice = topPrice(engine, *sol, *usdc);
        if (inSol && solPrice) {
            return *inSol * *solPrice;
        }
    }
    return std::nullopt;
}

unsigned shownDecimals(const domain::Token& token, std::optional<double> usd) {
    const double wanted =
        usd ? std::ceil(std::log10(*usd / kShownResolutionUsd)) : double{kMaxShownDecimals};
    const double bounded = std::clamp(wanted, 0.0, double{kMaxShownDecimals});
    return std::min(token.decimals, static_cast<unsigned>(bounded));
}

}  // namespace

TokenBook::TokenBook(const runtime::Engine& engine)
    : market_(engine.market()), registry_(market_->tokens) {
    std::set<domain::Pubkey> mints;
    for (const auto& [one, other] : market_->pairs->pairs()) {
        mints.insert({one, other});
        neighbours_[one].push_back(other);
        neighbours_[other].push_back(one);
    }
    for (const domain::Token& token : registry_->all()) {
        scales_[token.mint] = {token.decimals,
                               shownDecimals(token, usdPrice(engine, *registry_, token))};
        if (mints.contains(token.mint)) {
            traded_.push_back(token);
        }
    }
}

QString TokenBook::symbol(const domain::Pubkey& mint) const {
    return fromStd(registry_->symbolOf(mint));
}

std::vector<domain::Token> TokenBook::partners(const domain::Pubkey& mint) const {
    std::vector<domain::Token> found;
    const std::set<domain::Pubkey> reachable = reachableFrom(mint);
    for (const domain::Token& token : traded_) {
        if (token.mint != mint && reachable.contains(token.mint)) {
            found.push_back(token);
        }
    }
    const auto rank = [&](const domain::Token& token) {
        return std::pair(quoteRank(token.mint), trades({mint, token.mint}));
    };
    std::stable_sort(found.begin(), found.end(),
                     [&](const auto& one, const auto& other) { return rank(one) > rank(other); });
    return found;
}

std::set<domain::Pubkey> TokenBook::reachableFrom(const domain::Pubkey& mint) const {
    std::set<domain::Pubkey> reached{mint};
    std::vector<domain::Pubkey> edge{mint};
    for (std::uint32_t hop = 0; hop < domain::kMostHops && !edge.empty(); ++hop) {
        std::vector<domain::Pubkey> next;
        for (const domain::Pubkey& from : edge) {
            const auto found = neighbours_.find(from);
            if (found == neighbours_.end()) {
                continue;
            }
            for (const domain::Pubkey& to : found->second) {
                if (reached.insert(to).second) {
                    next.push_back(to);
                }
            }
        }
        edge = std::move(next);
    }
    return reached;
}

bool TokenBook::connects(const Pair& pair) const {
    return pair.base != pair.quote && reachableFrom(pair.base).contains(pair.quote);
}

bool TokenBook::trades(const Pair& pair) const {
    return pair.base != pair.quote && !market_->pairs->poolsOf(pair.base, pair.quote).empty();
}

Pair TokenBook::oriented(const domain::Pubkey& one, const domain::Pubkey& other) {
    const int oneRank = quoteRank(one);
    const int otherRank = quoteRank(other);
    const bool oneIsQuote = oneRank != otherRank ? oneRank > otherRank : other < one;
    return oneIsQuote ? Pair{other, one} : Pair{one, other};
}

TokenBook::Scale TokenBook::scaleOf(const domain::Pubkey& mint) const {
    const auto found = scales_.find(mint);
    return found == scales_.end() ? Scale{} : found->second;
}

QString TokenBook::shown(std::uint64_t amountRaw, const domain::Pubkey& mint,
                         Rounding rounding) const {
    const Scale scale = scaleOf(mint);
    return roundedAmount(amountRaw, scale.decimals, scale.shown, rounding);
}

QString TokenBook::exact(std::uint64_t amountRaw, const domain::Pubkey& mint) const {
    return exactAmount(amountRaw, scaleOf(mint).decimals) + u' ' + symbol(mint);
}

QString TokenBook::price(const Pair& pair, std::uint64_t baseRaw, std::uint64_t quoteRaw) const {
    if (baseRaw == 0 || quoteRaw == 0) {
        return unknownText();
    }
    const domain::PriceOf trade{baseRaw, scaleOf(pair.base).decimals, quoteRaw,
                                scaleOf(pair.quote).decimals};
    return grouped(fromStd(domain::formatPrice(trade, kPriceDigits)));
}

}  // namespace oee::ui
