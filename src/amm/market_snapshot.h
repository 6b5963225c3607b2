#pragma once
// The market at one slot: immutable, shared between threads, cheap to succeed.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "amm/account.h"
#include "amm/pool.h"
#include "domain/token.h"

namespace oee::amm {

// Which pools trade which pair; built once for a set of pools and shared by all its snapshots.
class PairIndex {
  public:
    explicit PairIndex(const std::vector<std::shared_ptr<const Pool>>& pools);

    // Positions in MarketSnapshot::pools of the pools that trade the two mints, in either order.
    std::span<const std::size_t> poolsOf(const domain::Pubkey& one,
                                         const domain::Pubkey& other) const;
    std::size_t positionOf(const domain::Pubkey& pool) const;  // pools.size() where unknown
    std::vector<std::pair<domain::Pubkey, domain::Pubkey>> pairs() const;  // lower mint first

  private:
    std::map<std::pair<domain::Pubkey, domain::Pubkey>, std::vector<std::size_t>> byPair_;
    std::map<domain::Pubkey, std::size_t> byAddress_;
    std::size_t count_ = 0;
};

struct MarketSnapshot {
    ChainClock clock;
    std::uint64_t blockHeight = 0;
    std::vector<std::shared_ptr<const Pool>> pools;  // positions never change
    std::shared_ptr<const PairIndex> pairs;
    std::shared_ptr<const domain::TokenRegistry> tokens;

    const Pool* find(const domain::Pubkey& pool) const;
};

using MarketSnapshotPtr = std::shared_ptr<const MarketSnapshot>;

}  // namespace oee::amm
