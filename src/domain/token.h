#pragma once
// Tokens by mint and by symbol.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/pubkey.h"

namespace oee::domain {

struct Token {
    Pubkey mint;
    std::string symbol;  // the short form of the mint where no symbol is known
    unsigned decimals = 0;

    friend bool operator==(const Token&, const Token&) = default;
};

// Wrapped SOL; native and wrapped SOL are one balance here.
const Pubkey& solMint();
const Pubkey& usdcMint();
const Pubkey& usdtMint();
inline constexpr unsigned kSolDecimals = 9;

// The tokens of a market. A value: built once, then shared as const.
class TokenRegistry {
  public:
    // The first token with a symbol keeps it; later ones with the same symbol (other mints) are
    // shown by the short form of their address, so that a symbol never means two mints.
    void add(Token token);

    const Token* find(const Pubkey& mint) const;
    // By symbol (any case) or by full base58 address.
    const Token* resolve(std::string_view symbolOrMint) const;
    // Symbol, or the short form of an unknown mint.
    std::string symbolOf(const Pubkey& mint) const;
    // In order of symbol.
    std::vector<Token> all() const;
    std::size_t size() const { return byMint_.size(); }

  private:
    std::map<Pubkey, Token> byMint_;
    std::map<std::string, Pubkey> bySymbol_;  // upper case
};

}  // namespace oee::domain
