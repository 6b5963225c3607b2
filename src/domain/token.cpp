#include "domain/token.h"

#include <algorithm>
#include <utility>

namespace oee::domain {
namespace {

std::string upperCase(std::string_view text) {
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(), [](char character) {
        return character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A')
                                                    : character;
    });
    return upper;
}

}  // namespace

const Pubkey& solMint() {
    static const Pubkey mint = pubkeyLiteral("So11111111111111111111111111111111111111112");
    return mint;
}

const Pubkey& usdcMint() {
    static const Pubkey mint = pubkeyLiteral("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
    return mint;
}

const Pubkey& usdtMint() {
    static const Pubkey mint = pubkeyLiteral("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB");
    return mint;
}

void TokenRegistry::add(Token token) {
    if (byMint_.contains(token.mint)) {
        return;
    }
    if (token.symbol.empty() || bySymbol_.contains(upperCase(token.symbol))) {
        token.symbol = shortForm(token.mint);
    }
    if (bySymbol_.contains(upperCase(token.symbol))) {
        token.symbol = toBase58(token.mint);  // two short forms may be the same
    }
    bySymbol_.emplace(upperCase(token.symbol), token.mint);
    byMint_.emplace(token.mint, std::move(token));
}

const Token* TokenRegistry::find(const Pubkey& mint) const {
    const auto found = byMint_.find(mint);
    return found == byMint_.end() ? nullptr : &found->second;
}

const Token* TokenRegistry::resolve(std::string_view symbolOrMint) const {
    const auto found = bySymbol_.find(upperCase(symbolOrMint));
    if (found != bySymbol_.end()) {
        return find(found->second);
    }
    const auto mint = pubkeyFromBase58(symbolOrMint);
    return mint ? find(*mint) : nullptr;
}

std::string TokenRegistry::symbolOf(const Pubkey& mint) const {
    const Token* token = find(mint);
    return token != nullptr ? token->symbol : shortForm(mint);
}

std::vector<Token> TokenRegistry::all() const {
    std::vector<Token> tokens;
    tokens.reserve(byMint_.size());
    for (const auto& [symbol, mint] : bySymbol_) {
        tokens.push_back(byMint_.at(mint));
    }
    return tokens;
}

}  // namespace oee::domain
