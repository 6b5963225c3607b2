#include "runtime/market_codec.h"

#include <tuple>
#include <utility>

#include "base/byte_codec.h"

namespace oee::runtime {
namespace {

using base::ByteReader;
using base::ByteWriter;

// Of the layout below; another one is refused.
constexpr std::uint32_t kVersion = 1;

// Solana's own bound for an account is 10 MiB.
constexpr std::size_t kLongestAccount = 10 * 1024 * 1024;
constexpr std::size_t kLongestSymbol = 64;
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kSmallestToken = kKeySize + 4 + 1;
constexpr std::size_t kSmallestAccount = kKeySize + kKeySize + 8 + 4;
constexpr std::size_t kSmallestPool = kKeySize + 4;

domain::Pubkey readKey(ByteReader& reader) {
    domain::Pubkey key;
    reader.raw(key.bytes);
    return key;
}

void writeClock(ByteWriter& writer, const amm::ChainClock& clock, std::uint64_t blockHeight) {
    writer.u64(clock.slot);
    writer.i64(clock.unixTimestamp);
    writer.u64(clock.epoch);
    writer.u64(blockHeight);
}

void readClock(ByteReader& reader, amm::ChainClock& clock, std::uint64_t& blockHeight) {
    clock.slot = reader.u64();
    clock.unixTimestamp = reader.i64();
    clock.epoch = reader.u64();
    blockHeight = reader.u64();
}

void writeAccount(ByteWriter& writer, const domain::Pubkey& address, const amm::Account& account) {
    writer.raw(address.bytes);
    writer.raw(account.owner.bytes);
    writer.u64(account.lamports);
    writer.u32(static_cast<std::uint32_t>(account.data.size()));
    writer.raw(account.data);
}

std::pair<domain::Pubkey, amm::Account> readAccount(ByteReader& reader) {
    std::pair<domain::Pubkey, amm::Account> entry;
    entry.first = readKey(reader);
    entry.second.owner = readKey(reader);
    entry.second.lamports = reader.u64();
    const std::string_view data = reader.text(kLongestAccount);
    entry.second.data.assign(data.begin(), data.end());
    return entry;
}

void writeProfile(ByteWriter& writer, const chain::NetworkProfile& profile) {
    writer.text(profile.name);
    writer.u64(profile.baseFeeLamports);
    writer.u64(profile.computeUnitPriceMicroLamports);
    writer.u64(profile.tipLamports);
    writer.u32(profile.blockhashLifeBlocks);
}

chain::NetworkProfile readProfile(ByteReader& reader) {
    chain::NetworkProfile profile;
    profile.name = reader.text(kLongestName);
    profile.baseFeeLamports = reader.u64();
    profile.computeUnitPriceMicroLamports = reader.u64();
    profile.tipLamports = reader.u64();
    profile.blockhashLifeBlocks = reader.u32();
    return profile;
}

void readTokens(ByteReader& reader, MarketImage& image) {
    const std::size_t count = reader.count(kSmallestToken);
    for (std::size_t i = 0; i < count && reader.isGood(); ++i) {
        domain::Token token;
        token.mint = readKey(reader);
        token.symbol = reader.text(kLongestSymbol);
        token.decimals = reader.u8();
        image.tokens.push_back(std::move(token));
    }
}

void readPools(ByteReader& reader, MarketImage& image) {
    const std::size_t count = reader.count(kSmallestPool);
    for (std::size_t i = 0; i < count && reader.isGood(); ++i) {
        const auto [pool, isNew] = image.pools.try_emplace(readKey(reader));
        const std::size_t accounts = reader.count(kSmallestAccount);
        for (std::size_t j = 0; j < accounts && reader.isGood(); ++j) {
            if (!pool->second.insert(readAccount(reader)).second) {
                reader.fail();  // one address twice
            }
        }
        if (!isNew) {
            reader.fail();
        }
    }
}

}  // namespace

std::string encodeMarket(const MarketImage& image) {
    ByteWriter writer;
    writer.u32(kVersion);
    writeClock(writer, image.clock, image.blockHeight);
    writeProfile(writer, image.profile);
    writer.u32(static_cast<std::uint32_t>(image.tokens.size()));
    for (const domain::Token& token : image.tokens) {
        writer.raw(token.mint.bytes);
        writer.text(token.symbol);
        writer.u8(static_cast<std::uint8_t>(token.decimals));
    }
    writer.u32(static_cast<std::uint32_t>(image.pools.size()));
    for (const auto& [address, accounts] : image.pools) {
        writer.raw(address.bytes);
        writer.u32(static_cast<std::uint32_t>(accounts.size()));
        for (const auto& [account, content] : accounts) {
            writeAccount(writer, account, content);
        }
    }
    return writer.take();
}

std::string encodeDelta(const MarketDelta& delta) {
    ByteWriter writer;
    writer.u32(kVersion);
    writeClock(writer, delta.clock, delta.blockHeight);
    writer.u32(static_cast<std::uint32_t>(delta.accounts.size()));
    for (const execution::AccountWrite& write : delta.accounts) {
        writer.raw(write.pool.bytes);
        writeAccount(writer, write.address, write.account);
    }
    return writer.take();
}

tl::expected<MarketImage, MarketCodecError> decodeMarket(std::string_view bytes) {
    ByteReader reader(bytes);
    if (reader.u32() != kVersion) {
        return tl::make_unexpected(reader.isGood() ? MarketCodecError::anotherVersion
                                                   : MarketCodecError::malformed);
    }
    MarketImage image;
    readClock(reader, image.clock, image.blockHeight);
    image.profile = readProfile(reader);
    readTokens(reader, image);
    readPools(reader, image);
    if (!reader.isDone()) {
        return tl::make_unexpected(MarketCodecError::malformed);
    }
    return image;
}

tl::expected<MarketDelta, MarketCodecError> decodeDelta(std::string_view bytes) {
    ByteReader reader(bytes);
    if (reader.u32() != kVersion) {
        return tl::make_unexpected(reader.isGood() ? MarketCodecError::anotherVersion
                                                   : MarketCodecError::malformed);
    }
    MarketDelta delta;
    readClock(reader, delta.clock, delta.blockHeight);
    const std::size_t count = reader.count(kKeySize + kSmallestAccount);
    for (std::size_t i = 0; i < count && reader.isGood(); ++i) {
        execution::AccountWrite write;
        write.pool = readKey(reader);
        std::tie(write.address, write.account) = readAccount(reader);
        delta.accounts.push_back(std::move(write));
    }
    if (!reader.isDone()) {
        return tl::make_unexpected(MarketCodecError::malformed);
    }
    return delta;
}

}  // namespace oee::runtime
