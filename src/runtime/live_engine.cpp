#include "runtime/live_engine.h"

#include <utility>

#include <QLoggingCategory>

#include "market/start_balances.h"
#include "runtime/event_json.h"
#include "runtime/queue_choice.h"

namespace oee::runtime {
namespace {

// How orders end. Their other steps, which the database has anyway, are off unless
// QT_LOGGING_RULES says oee.order.debug=true.
Q_LOGGING_CATEGORY(orderLog, "oee.order", QtInfoMsg)
Q_LOGGING_CATEGORY(engineLog, "oee.engine")

using base::CrashPoint;

// The pools of a genesis decode: market::GenesisMarket promises it. Stored ones are checked.
tl::expected<std::vector<std::shared_ptr<const amm::Pool>>, EngineFailure> decodeAll(
    const std::map<domain::Pubkey, amm::AccountSet>& stored) {
    std::vector<std::shared_ptr<const amm::Pool>> pools;
    for (const auto& [address, accounts] : stored) {
        auto pool = amm::decodePool(address, accounts);
        if (!pool) {
            return tl::unexpected(EngineFailure{
                EngineError::storedPool, "The pool " + domain::toBase58(address) +
                                             " cannot be read (" + pool.error().where + ")."});
        }
        pools.push_back(std::make_shared<const amm::Pool>(std::move(*pool)));
    }
    return pools;
}

tl::expected<execution::Genesis, EngineFailure> storeGenesis(const market::GenesisMarket& market) {
    const auto pools = decodeAll(market.pools);
    if (!pools) {
        return tl::unexpected(pools.error());
    }
    execution::Genesis genesis;
    genesis.identity = market.identity;
    genesis.description = market.description;
    genesis.clock = market.clock;
    // Only differences of heights count; they fall behind the slots with each that is skipped.
    genesis.blockHeight = market.clock.slot;
    genesis.pools = market.pools;
    genesis.startBalances = market::startBalances(*pools);
    return genesis;
}

}  // namespace

LiveEngine::LiveEngine(EngineOptions options)
    : options_(std::move(options)), scenario_{options_.seed, {}}, desk_(options_.profile, curves_) {
    qRegisterMetaType<UpdatePtr>();
    options_.retries.seed = options_.seed;
    tokens_ = std::make_shared<const domain::TokenRegistry>(options_.genesis.tokens);
    limits_.store(std::make_shared<const execution::RiskLimits>(options_.limits));
    connect(this, &Engine::notice,
            [](const QString& text) { qCWarning(engineLog).noquote() << text; });
}

tl::expected<std::unique_ptr<LiveEngine>, EngineFailure> LiveEngine::start(EngineOptions options) {
    std::unique_ptr<LiveEngine> engine(new LiveEngine(std::move(options)));
    const auto state = engine->openStore();
    if (!state) {
        return tl::unexpected(state.error());
    }
    if (const auto queue = engine->openQueue(); !queue) {
        return tl::unexpected(queue.error());
    }
    // Before the chain: from its first commit on, another thread reads the dispatcher.
    engine->startDispatcher();
    if (const auto chain = engine->startChain(*state); !chain) {
        return tl::unexpected(chain.error());
    }
    engine->startRemote(*state);
    engine->options_.crashPoints.reach(CrashPoint::startAfterChain);
    engine->startWorkers();
    engine->options_.crashPoints.reach(CrashPoint::startAfterWorkers);
    engine->resume(state->openOrders);
    engine->options_.crashPoints.reach(CrashPoint::startAfterResume);
    engine->startRetention();
    return engine;
}

LiveEngine::~LiveEngine() {
    stopping_ = true;
    if (queue_) {
        queue_->close();
    }
    // Workers wait for the store's answers, so the store outlives them; its answers reach chain
    // and dispatcher, so these outlive the store.
    for (const auto& thread : workerThreads_) {
        thread->wait();
    }
    if (hub_) {
        hub_->stop();
    }
    retention_.reset();
    check_.reset();
    history_.reset();
    if (chain_ && chainThread_.isRunning()) {
        QMetaObject::invokeMethod(
            chain_.get(), [this] { chain_->end(); }, Qt::BlockingQueuedConnection);
    }
    if (dispatcher_ && dispatcherThread_.isRunning()) {
        QMetaObject::invokeMethod(
            dispatcher_.get(), [this] { dispatcher_->end(); }, Qt::BlockingQueuedConnection);
    }
    store_.reset();
    if (dispatcher_ && dispatcherThread_.isRunning()) {
        // What the store told last is in the log, too.
        QMetaObject::invokeMethod(
            dispatcher_.get(), [] {}, Qt::BlockingQueuedConnection);
    }
    for (QThread* thread : {&chainThread_, &dispatcherThread_}) {
        thread->quit();
        thread->wait();
    }
}

tl::expected<execution::StoredState, EngineFailure> LiveEngine::openStore() {
    storage::OpenOptions open;
    open.path = options_.databasePath;
    open.seed = options_.seed;
    open.clock = options_.clock;
    open.tokens = tokens_.get();
    open.retries = options_.retries;
    open.maxOpenOrders = options_.maxOpenOrders;
    open.crashPoints = options_.crashPoints;
    options_.crashPoints.reach(CrashPoint::startBeforeStore);
    const auto genesis = storeGenesis(options_.genesis);
    if (!genesis) {
        return tl::unexpected(genesis.error());
    }
    auto opened = storage::SqliteStore::open(
        open, *genesis,
        {.committed = [this](const execution::Committed& committed) { onCommitted(committed); },
         .decided = [this] { onDecided(); },
         .answered = [this] { answers_.send(); }});
    if (!opened) {
        return tl::unexpected(EngineFailure{EngineError::storage, opened.error().detail});
    }
    auto history = storage::HistoryReader::open(options_.databasePath);
    if (!history) {
        return tl::unexpected(EngineFailure{EngineError::storage, history.error().detail});
    }
    if (!opened->isChecked) {
        startCheck();
    }
    store_ = std::move(opened->store);
    history_ = std::move(*history);
    instanceId_ = opened->instanceId;
    wallet_.store(opened->state.wallet);
    lastSequence_ = opened->state.lastEventSequence;
    openOrders_ = opened->state.openOrders.size() + opened->state.inFlight.size();
    store_->setLimits(options_.limits);
    options_.crashPoints.reach(CrashPoint::startAfterStore);
    return std::move(opened->state);
}

tl::expected<void, EngineFailure> LiveEngine::openQueue() {
    auto choice = chooseQueue(
        {.setting = options_.redis,
         .instanceId = instanceId_,
         .capacity = options_.maxOpenOrders,
         .crashPoints = options_.crashPoints,
         .notice = [this](const std::string& text) { emit notice(QString::fromStdString(text)); }});
    if (!choice) {
        return tl::unexpected(EngineFailure{EngineError::redis, choice.error()});
    }
    queue_ = std::move(choice->queue);
    queueRemarks_ = std::move(choice->remarks);
    for (const std::string& remark : remarks()) {
        qCWarning(engineLog).noquote() << QString::fromStdString(remark);
    }
    publisher_ = std::move(choice->publisher);
    if (choice->redis) {
        prepareRemote(*choice->redis);
    }
    options_.crashPoints.reach(CrashPoint::startAfterQueue);
    return {};
}

tl::expected<void, EngineFailure> LiveEngine::startChain(const execution::StoredState& state) {
    auto market = std::make_shared<amm::MarketSnapshot>();
    market->clock = state.clock;
    market->blockHeight = state.blockHeight;
    market->tokens = tokens_;
    auto pools = decodeAll(state.pools);
    if (!pools) {
        return tl::unexpected(pools.error());
    }
    market->pools = std::move(*pools);
    market->pairs = std::make_shared<const amm::PairIndex>(market->pools);

    market_.store(market);
    ChainStart start = chainStart(state, market, options_.profile, options_.counterfactuals);
    start.record.curves = curves_;
    chain_ = std::make_unique<ChainRunner>(
        ChainRunner::Environment{options_.profile, *options_.clock, *store_, market_, scenario_,
                                 options_.crashPoints},
        std::move(start));
    chain_->moveToThread(&chainThread_);
    connect(chain_.get(), &ChainRunner::slotPublished, this, &Engine::slotPublished,
            Qt::DirectConnection);
    chainThread_.setObjectName(QStringLiteral("chain"));
    chainThread_.start();
    QMetaObject::invokeMethod(
        chain_.get(), [this] { chain_->begin(); }, Qt::QueuedConnection);
    return {};
}

void LiveEngine::startDispatcher() {
    dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::Environment{
        *options_.clock, *store_, *queue_, market_, options_.retries, options_.crashPoints});
    dispatcher_->moveToThread(&dispatcherThread_);
    connect(dispatcher_.get(), &Dispatcher::notice, this, &Engine::notice, Qt::DirectConnection);
    // Orders wait for the store's thread, not for this one.
    connect(this, &Engine::updated, dispatcher_.get(), [](const UpdatePtr& update) {
        for (const OrderEventPtr& event : update->events) {
            if (domain::isTerminal(event->status)) {
                qCInfo(orderLog, "%s", describe(*event).c_str());
            } else {
                qCDebug(orderLog, "%s", describe(*event).c_str());
            }
        }
    });
    dispatcherThread_.setObjectName(QStringLiteral("dispatcher"));
    dispatcherThread_.start();
    QMetaObject::invokeMethod(
        dispatcher_.get(), [this] { dispatcher_->begin(); }, Qt::QueuedConnection);
}

void LiveEngine::startWorkers() {
    for (unsigned i = 0; i < options_.workers; ++i) {
        const std::string name = "worker-" + std::to_string(i + 1);
        auto worker = std::make_shared<Worker>(Worker::Environment{
            name, options_.seed, options_.profile, *options_.clock, market_, *store_, *chain_,
            *queue_, stopping_, options_.crashPoints, curves_});
        std::unique_ptr<QThread> thread(QThread::create([worker] { worker->run(); }));
        thread->setObjectName(QString::fromStdString(name));
        thread->start();
        workerThreads_.push_back(std::move(thread));
    }
}

void LiveEngine::resume(const std::vector<domain::OrderPtr>& openOrders) {
    for (const domain::OrderPtr& order : openOrders) {
        options_.crashPoints.reach(CrashPoint::startResuming);
        store_->handOut(order->id, [this, order](const auto& handedOut) {
            if (handedOut) {
                dispatcher_->dispatch(*handedOut);
            } else if (handedOut.error() == execution::StoreError::parked) {
                dispatcher_->park(order);
            }
        });
    }
}

// On a thread of the store's: what was decided left its orders and transactions for these two.
void LiveEngine::onDecided() {
    dispatcher_->wake();
    chain_->wake();
}

// On the store's thread.
void LiveEngine::onCommitted(const execution::Committed& committed) {
    if (committed.wallet) {
        wallet_.store(committed.wallet);
    }
    for (const OrderEventPtr& event : committed.events) {
        lastSequence_ = event->sequence;
        if (event->status == domain::OrderStatus::pending) {
            ++openOrders_;
        } else if (domain::isTerminal(event->status)) {
            --openOrders_;
        }
        if (hub_) {
            hub_->observe(event->order);
        }
    }
    if (dispatcher_) {
        dispatcher_->observe(committed.events);
    }
    publish(committed.events);
    emit updated(std::make_shared<const Update>(
        Update{committed.events, committed.fills, committed.wallet}));
}

// On the store's thread.
void LiveEngine::publish(const std::vector<OrderEventPtr>& events) {
    if (!publisher_ || events.empty()) {
        return;
    }
    std::vector<jobs::MessageMaker> messages;
    messages.reserve(events.size());
    for (const OrderEventPtr& event : events) {
        messages.emplace_back(
            [event, tokens = tokens_.get()] { return eventJson(*event, *tokens); });
    }
    publisher_->publish(std::move(messages));
}

}  // namespace oee::runtime
