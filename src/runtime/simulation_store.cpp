#include "domain/token.h"
#include "execution/memory_store.h"
#include "runtime/virtual_engine.h"

namespace oee::runtime {

tl::expected<StorePtr, std::string> openMemoryStore(const StoreSetup& setup) {
    constexpr std::size_t kMostOpenOrders = 10'000;
    execution::Ledger::Settings settings;
    settings.seed = setup.options.scenario.seed;
    settings.clock = &setup.clock;
    settings.maxOpenOrders = kMostOpenOrders;
    settings.startBalances = setup.options.startBalances;
    settings.retries = setup.retries;
    execution::Ledger::Start start;
    start.wallet = execution::genesisWallet(setup.options.startBalances);
    start.slot = setup.options.market->clock.slot;
    return std::make_unique<execution::MemoryStore>(
        std::move(settings), *setup.options.market->tokens, std::move(start), setup.onCommitted);
}

}  // namespace oee::runtime
