#include "market/genesis.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include <QByteArray>
#include <QCryptographicHash>

#include "amm/pool.h"
#include "market/account_files.h"
#include "market/generator.h"

namespace oee::market {
namespace {

class Digest {
  public:
    void add(const domain::Pubkey& key) { addBytes(key.bytes.data(), key.bytes.size()); }
    // Eight bytes, little-endian on every machine.
    void add(std::uint64_t value) {
        std::array<std::uint8_t, sizeof value> bytes{};
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
        }
        addBytes(bytes.data(), bytes.size());
    }
    // With its length before it, so that no two sequences of accounts give the same bytes.
    void add(const std::vector<std::uint8_t>& data) {
        add(std::uint64_t{data.size()});
        addBytes(data.data(), data.size());
    }
    std::string hex() const { return hash_.result().toHex().toStdString(); }

  private:
    void addBytes(const std::uint8_t* data, std::size_t size) {
        hash_.addData(
            QByteArrayView(reinterpret_cast<const char*>(data), static_cast<qsizetype>(size)));
    }

    QCryptographicHash hash_{QCryptographicHash::Sha256};
};

std::string identityOf(const GenesisMarket& market) {
    Digest digest;
    digest.add(market.clock.slot);
    digest.add(static_cast<std::uint64_t>(market.clock.unixTimestamp));
    digest.add(market.clock.epoch);
    for (const auto& [pool, accounts] : market.pools) {
        digest.add(pool);
        digest.add(std::uint64_t{accounts.size()});
        for (const auto& [address, account] : accounts) {
            digest.add(address);
            digest.add(account.owner);
            digest.add(account.lamports);
            digest.add(account.data);
        }
    }
    return digest.hex();
}

tl::unexpected<GenesisFailure> failure(GenesisError error, std::string where, std::string what) {
    return tl::make_unexpected(
        GenesisFailure{.error = error, .where = std::move(where), .what = std::move(what)});
}

std::string reasonOf(const DumpFailure& dumpFailure) {
    const std::string cause(nameOf(dumpFailure.error));
    return dumpFailure.field.empty() ? cause : cause + ": " + dumpFailure.field;
}

std::string reasonOf(const amm::DecodeFailure& decodeFailure) {
    return std::string(amm::nameOf(decodeFailure.error)) + ": " + decodeFailure.where;
}

// Symbols that must not go to an impostor that comes earlier in the dumps.
domain::TokenRegistry registryWithWellKnown() {
    domain::TokenRegistry tokens;
    tokens.add({.mint = domain::solMint(), .symbol = "SOL", .decimals = domain::kSolDecimals});
    tokens.add({.mint = domain::usdcMint(), .symbol = "USDC", .decimals = 6});
    return tokens;
}

struct TakenPool {
    amm::Pool pool;
    std::vector<domain::Token> tokens;  // as pool.json names them
};

// The pool's tokens with their symbols first, then those that nothing names.
void addTokens(const std::map<domain::Pubkey, TakenPool>& taken, domain::TokenRegistry& tokens) {
    std::map<domain::Pubkey, unsigned> decimals;
    for (const auto& [address, entry] : taken) {
        for (const amm::MintInfo& mint : entry.pool.mints) {
            decimals.emplace(mint.mint, mint.decimals);
        }
    }
    if (const auto usdt = decimals.find(domain::usdtMint()); usdt != decimals.end()) {
        tokens.add({.mint = usdt->first, .symbol = "USDT", .decimals = usdt->second});
    }
    for (const auto& [address, entry] : taken) {
        for (const domain::Token& token : entry.tokens) {
            const auto known = decimals.find(token.mint);
            // The short form is what the reader puts where a dump has no symbol; another dump may
            // have one.
            const bool named =
                !token.symbol.empty() && token.symbol != domain::shortForm(token.mint);
            if (known != decimals.end() && named) {
                tokens.add({.mint = token.mint, .symbol = token.symbol, .decimals = known->second});
            }
        }
    }
    for (const auto& [mint, places] : decimals) {
        tokens.add({.mint = mint, .symbol = {}, .decimals = places});
    }
}

bool isLater(const amm::ChainClock& one, const amm::ChainClock& other) {
    return std::tie(one.unixTimestamp, one.slot) > std::tie(other.unixTimestamp, other.slot);
}

std::string pluralOf(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " pool" : " pools");
}

}  // namespace

std::string_view nameOf(GenesisError error) {
    switch (error) {
        case GenesisError::profile:
            return "profile";
        case GenesisError::dump:
            return "dump";
        case GenesisError::undecodable:
            return "undecodable";
        case GenesisError::duplicatePool:
            return "duplicatePool";
        case GenesisError::noPools:
            return "noPools";
    }
    return "unknown";
}

tl::expected<GenesisMarket, GenesisFailure> genesisFromProfile(const MarketProfile& profile,
                                                               std::uint64_t seed) {
    GenesisMarket market;
    market.kind = MarketKind::generated;
    market.clock = profile.clock;
    market.tokens = registryWithWellKnown();
    for (const TokenProfile& token : profile.tokens) {
        market.tokens.add(token.token);
    }
    for (const PoolProfile& poolProfile : profile.pools) {
        auto generated = generatePool(profile, poolProfile, seed);
        if (!generated) {
            return failure(GenesisError::profile, generated.error().pool,
                           std::string(nameOf(generated.error().error)));
        }
        const auto pool = amm::decodePool(generated->address, generated->accounts);
        if (!pool) {
            return failure(GenesisError::undecodable, generated->name, reasonOf(pool.error()));
        }
        const bool isNew =
            market.pools.emplace(generated->address, std::move(generated->accounts)).second;
        if (!isNew) {
            return failure(GenesisError::duplicatePool, generated->name,
                           domain::toBase58(generated->address));
        }
    }
    if (market.pools.empty()) {
        return failure(GenesisError::noPools, profile.name,
                       std::string(nameOf(GenesisError::noPools)));
    }
    market.description = "Generated market \"" + profile.name + "\", seed " + std::to_string(seed) +
                         ", " + pluralOf(market.pools.size());
    market.identity = identityOf(market);
    return market;
}

tl::expected<GenesisMarket, GenesisFailure> genesisFromDumps(const QString& directory) {
    const std::string folder = directory.toStdString();
    auto dumps = readPoolDumps(directory);
    if (!dumps) {
        const DumpFailure& cause = dumps.error();
        return failure(GenesisError::dump, cause.path.empty() ? folder : cause.path,
                       reasonOf(cause));
    }
    GenesisMarket market;
    market.kind = MarketKind::recorded;
    std::map<domain::Pubkey, TakenPool> taken;
    std::set<domain::Pubkey> seen;
    for (PoolDump& dump : *dumps) {
        if (!seen.insert(dump.pool).second) {
            return failure(GenesisError::duplicatePool, folder, domain::toBase58(dump.pool));
        }
        auto pool = amm::decodePool(dump.pool, dump.accounts);
        if (!pool && pool.error().error == amm::DecodeError::unsupported) {
            market.skipped.push_back(
                {.pool = dump.pool, .program = dump.program, .reason = reasonOf(pool.error())});
            continue;
        }
        if (!pool) {
            return failure(GenesisError::undecodable, domain::toBase58(dump.pool),
                           reasonOf(pool.error()));
        }
        if (market.pools.empty() || isLater(dump.clock, market.clock)) {
            market.clock = dump.clock;
        }
        market.pools.emplace(dump.pool, std::move(dump.accounts));
        taken.emplace(dump.pool,
                      TakenPool{.pool = std::move(*pool), .tokens = std::move(dump.tokens)});
    }
    if (market.pools.empty()) {
        return failure(GenesisError::noPools, folder, std::string(nameOf(GenesisError::noPools)));
    }
    market.tokens = registryWithWellKnown();
    addTokens(taken, market.tokens);
    market.description = "Recorded market, " + pluralOf(market.pools.size()) + " from " + folder;
    market.identity = identityOf(market);
    return market;
}

}  // namespace oee::market
