#include "market/generator.h"

#include "market/generator_accounts.h"
#include "market/generator_dlmm.h"
#include "market/generator_raydium.h"

namespace oee::market {

std::string_view nameOf(GeneratorError error) {
    switch (error) {
        case GeneratorError::priceOutOfRange:
            return "priceOutOfRange";
        case GeneratorError::amountOutOfRange:
            return "amountOutOfRange";
    }
    return "unknown";
}

tl::expected<GeneratedPool, GeneratorFailure> generatePool(const MarketProfile& market,
                                                           const PoolProfile& profile,
                                                           std::uint64_t seed) {
    const PoolKey key{.seed = seed, .pool = profile.name};
    struct Generate {
        const MarketProfile& market;
        const PoolProfile& profile;
        const PoolKey& key;

        auto operator()(const AmmV4Shape& shape) const {
            return generateAmmV4(market, profile, shape, key);
        }
        auto operator()(const CpmmShape& shape) const {
            return generateCpmm(market, profile, shape, key);
        }
        auto operator()(const DlmmShape& shape) const {
            return generateDlmm(market, profile, shape, key);
        }
    };
    return std::visit(Generate{.market = market, .profile = profile, .key = key}, profile.shape);
}

}  // namespace oee::market
