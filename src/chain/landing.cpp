#include "chain/landing.h"

#include <limits>
#include <tuple>

#include "base/integer.h"
#include "base/rng.h"
#include "chain/compute_units.h"
#include "chain/real.h"

namespace oee::chain {

std::uint64_t streamOf(const domain::OrderId& id) {
    // Any injective-enough mix: the generator folds it again.
    return id.high * 0x9E3779B97F4A7C15ULL + id.low;
}

std::uint64_t priorityOf(const domain::Transaction& transaction, const NetworkProfile& profile,
                         const Leader& leader) {
    const std::uint32_t limit = effectiveComputeUnitLimit(transaction);
    base::u128 reward = profile.baseFeeLamports / 2;
    reward += priorityFeeLamports(transaction.computeUnitPriceMicroLamports, limit);
    reward += leader.takesTips ? transaction.tipLamports : 0;
    const base::u128 priority = reward * kMillion / (std::uint64_t{limit} + 1);
    return base::fitsU64(priority) ? static_cast<std::uint64_t>(priority)
                                   : std::numeric_limits<std::uint64_t>::max();
}

bool isLost(const domain::Transaction& transaction, const NetworkProfile& profile,
            std::uint64_t seed) {
    base::CounterRng rng(seed, base::RngPurpose::loss, streamOf(transaction.orderId),
                         transaction.attempt);
    return drawChance(rng, profile.dropPpm);
}

bool isTaken(const domain::Transaction& transaction, const NetworkProfile& profile,
             const InclusionKey& key) {
    double chance = static_cast<double>(profile.inclusionPpm) / kMillion;
    if (key.cuPriceMicroLamports > 0) {
        const double r = static_cast<double>(key.priorityMicroLamports) / key.cuPriceMicroLamports;
        chance *= r * r / (1 + r * r);
    }
    constexpr std::uint64_t kAttemptStride = 0xD1B54A32D192ED03ULL;
    base::CounterRng rng(key.seed, base::RngPurpose::inclusion,
                         streamOf(transaction.orderId) + kAttemptStride * transaction.attempt,
                         static_cast<std::uint32_t>(key.slot));
    return rng.unit() < chance;
}

bool comesBefore(const Place& one, const Place& other) {
    return std::tie(other.priorityMicroLamports, one.arrivesAtMicros, one.orderId) <
           std::tie(one.priorityMicroLamports, other.arrivesAtMicros, other.orderId);
}

}  // namespace oee::chain
