#include "chain/chain_state.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "chain/fee_market.h"
#include "chain/price_process.h"

namespace oee::chain {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;

class Writer {
  public:
    void u64(std::uint64_t value) {
        for (unsigned shift = 0; shift < 64; shift += 8) {
            bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
        }
    }
    void u128(base::u128 value) {
        u64(static_cast<std::uint64_t>(value));
        u64(static_cast<std::uint64_t>(value >> 64));
    }
    void real(double value) { u64(std::bit_cast<std::uint64_t>(value)); }
    void reals(const std::vector<double>& values) {
        for (const double value : values) {
            real(value);
        }
    }
    std::vector<std::uint8_t> take() { return std::move(bytes_); }

  private:
    std::vector<std::uint8_t> bytes_;
};

// Reads zeros beyond the end and remembers it.
class Reader {
  public:
    explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    std::uint64_t u64() {
        if (bytes_.size() < 8) {
            isGood_ = false;
            return 0;
        }
        std::uint64_t value = 0;
        for (unsigned i = 0; i < 8; ++i) {
            value |= std::uint64_t{bytes_[i]} << (8 * i);
        }
        bytes_ = bytes_.subspan(8);
        return value;
    }
    base::u128 u128() {
        const base::u128 low = u64();
        return low | (static_cast<base::u128>(u64()) << 64);
    }
    double real() { return std::bit_cast<double>(u64()); }
    void reals(std::vector<double>& values, std::size_t count) {
        for (std::size_t i = 0; i < count && isGood_; ++i) {
            values.push_back(real());
        }
    }
    // A number of entries that the bytes can hold at all.
    std::size_t count() {
        const std::uint64_t value = u64();
        isGood_ = isGood_ && value <= bytes_.size();
        return isGood_ ? static_cast<std::size_t>(value) : 0;
    }
    bool isGood() const { return isGood_; }
    bool isDone() const { return isGood_ && bytes_.empty(); }

  private:
    std::span<const std::uint8_t> bytes_;
    bool isGood_ = true;
};

TrafficLedger emptyLedger(const MarketMap& map) {
    return {std::vector<base::i128>(map.mints.size()), std::vector<base::u128>(map.mints.size()),
            0};
}

void writeLedger(Writer& writer, const TrafficLedger& ledger) {
    for (const base::i128 amount : ledger.trafficRaw) {
        writer.u128(static_cast<base::u128>(amount));
    }
    for (const base::u128 amount : ledger.withheldRaw) {
        writer.u128(amount);
    }
    writer.u128(ledger.feesLamports);
}

void readLedger(Reader& reader, TrafficLedger& ledger) {
    for (base::i128& amount : ledger.trafficRaw) {
        amount = static_cast<base::i128>(reader.u128());
    }
    for (base::u128& amount : ledger.withheldRaw) {
        amount = reader.u128();
    }
    ledger.feesLamports = reader.u128();
}

bool readOpenSandwiches(Reader& reader, ChainState& state) {
    const std::size_t count = reader.count();
    for (std::size_t i = 0; i < count && reader.isGood(); ++i) {
        OpenSandwich sandwich;
        sandwich.pool = reader.u64();
        const std::uint64_t direction = reader.u64();
        sandwich.direction = direction == 0 ? amm::SwapDirection::aToB : amm::SwapDirection::bToA;
        sandwich.amountInRaw = reader.u64();
        sandwich.openedSlot = reader.u64();
        sandwich.victim.high = reader.u64();
        sandwich.victim.low = reader.u64();
        if (direction > 1 || sandwich.pool >= state.market->pools.size()) {
            return false;
        }
        state.openSandwiches.push_back(sandwich);
    }
    return true;
}

using TransactionKey = std::pair<domain::OrderId, std::uint64_t>;

void readPending(Reader& reader, RestoredState& restored,
                 std::span<const domain::Transaction> inFlight) {
    std::map<TransactionKey, const domain::Transaction*> waiting;
    for (const domain::Transaction& transaction : inFlight) {
        waiting.emplace(TransactionKey{transaction.orderId, transaction.attempt}, &transaction);
    }
    const std::size_t count = reader.count();
    for (std::size_t i = 0; i < count && reader.isGood(); ++i) {
        TransactionKey key;
        key.first.high = reader.u64();
        key.first.low = reader.u64();
        key.second = reader.u64();
        const std::uint64_t sinceSlot = reader.u64();
        const auto found = waiting.find(key);
        if (found != waiting.end()) {
            restored.state.pending.push_back(
                {std::make_shared<const domain::Transaction>(*found->second), sinceSlot});
            waiting.erase(found);
        }
    }
    for (const domain::Transaction& transaction : inFlight) {
        if (waiting.contains({transaction.orderId, transaction.attempt})) {
            restored.onTheWay.push_back(transaction);
        }
    }
}

}  // namespace

ChainState genesisState(amm::MarketSnapshotPtr market, const NetworkProfile& profile) {
    ChainState state;
    const auto map = std::make_shared<const MarketMap>(mapOf(*market));
    state.map = map;
    state.startMicros = market->clock.unixTimestamp * kMicrosPerSecond;
    state.timeMicros = state.startMicros;
    state.logCuPrice = startLogCuPrice(profile.feeMarket);
    state.logValues = logValuesOf(*map, *market);
    state.logAnchors = state.logValues;
    state.ledger = emptyLedger(*map);
    state.market = std::move(market);
    return state;
}

std::vector<std::uint8_t> encodeState(const ChainState& state) {
    Writer writer;
    writer.u64(kVersion);
    writer.u64(state.market->clock.slot);
    writer.u64(state.map->mints.size());
    writer.u64(static_cast<std::uint64_t>(state.startMicros));
    writer.u64(static_cast<std::uint64_t>(state.timeMicros));
    writer.real(state.logCuPrice);
    writer.reals(state.logValues);
    writer.reals(state.logAnchors);
    writeLedger(writer, state.ledger);
    writer.u64(state.openSandwiches.size());
    for (const OpenSandwich& sandwich : state.openSandwiches) {
        writer.u64(sandwich.pool);
        writer.u64(sandwich.direction == amm::SwapDirection::aToB ? 0 : 1);
        writer.u64(sandwich.amountInRaw);
        writer.u64(sandwich.openedSlot);
        writer.u64(sandwich.victim.high);
        writer.u64(sandwich.victim.low);
    }
    writer.u64(state.pending.size());
    for (const PendingTransaction& entry : state.pending) {
        writer.u64(entry.transaction->orderId.high);
        writer.u64(entry.transaction->orderId.low);
        writer.u64(entry.transaction->attempt);
        writer.u64(entry.sinceSlot);
    }
    return writer.take();
}

tl::expected<RestoredState, StateError> decodeState(std::span<const std::uint8_t> bytes,
                                                    amm::MarketSnapshotPtr market,
                                                    std::span<const domain::Transaction> inFlight) {
    Reader reader(bytes);
    if (reader.u64() != kVersion) {
        return tl::make_unexpected(reader.isGood() ? StateError::anotherVersion
                                                   : StateError::malformed);
    }
    const auto map = std::make_shared<const MarketMap>(mapOf(*market));
    const std::size_t mints = map->mints.size();
    const std::uint64_t slot = reader.u64();
    const std::uint64_t storedMints = reader.u64();
    if (reader.isGood() && (slot != market->clock.slot || storedMints != mints)) {
        return tl::make_unexpected(StateError::anotherMarket);
    }
    RestoredState restored;
    ChainState& state = restored.state;
    state.market = std::move(market);
    state.map = map;
    state.startMicros = static_cast<base::UnixMicros>(reader.u64());
    state.timeMicros = static_cast<base::UnixMicros>(reader.u64());
    state.logCuPrice = reader.real();
    reader.reals(state.logValues, mints);
    reader.reals(state.logAnchors, mints);
    state.ledger = emptyLedger(*map);
    readLedger(reader, state.ledger);
    if (!readOpenSandwiches(reader, state)) {
        return tl::make_unexpected(StateError::malformed);
    }
    readPending(reader, restored, inFlight);
    if (!reader.isDone()) {
        return tl::make_unexpected(StateError::malformed);
    }
    return restored;
}

}  // namespace oee::chain
