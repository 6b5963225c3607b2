#pragma once
// A market as bytes, for workers on other machines: whole, and what a slot changed.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "chain/network_profile.h"
#include "domain/token.h"
#include "execution/order_store.h"

namespace oee::runtime {

// Everything that planning needs.
struct MarketImage {
    amm::ChainClock clock;
    std::uint64_t blockHeight = 0;
    std::vector<domain::Token> tokens;
    std::map<domain::Pubkey, amm::AccountSet> pools;
    // What planning reads of it: name, fees, the life of a blockhash. The rest stays at its
    // default: what becomes of a transaction is the engine's to decide.
    chain::NetworkProfile profile;
};

// What changed since the image or delta before it.
struct MarketDelta {
    amm::ChainClock clock;
    std::uint64_t blockHeight = 0;
    std::vector<execution::AccountWrite> accounts;
};

enum class MarketCodecError {
    anotherVersion,  // of the program that wrote it
    malformed,
};

std::string encodeMarket(const MarketImage& image);
std::string encodeDelta(const MarketDelta& delta);

// Nothing of the bytes is trusted: lengths are checked against what is there. Whether the accounts
// are pools is amm::decodePool's to say. decode(encode(x)) equals x.
tl::expected<MarketImage, MarketCodecError> decodeMarket(std::string_view bytes);
tl::expected<MarketDelta, MarketCodecError> decodeDelta(std::string_view bytes);

}  // namespace oee::runtime
