#include "base/crash_points.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <thread>

#include <unistd.h>

namespace oee::base {

const std::array<NamedCrashPoint, kCrashPointCount> kCrashPoints{{
    {CrashPoint::startBeforeStore, "start.beforeStore"},
    {CrashPoint::startBeforeMigration, "start.beforeMigration"},
    {CrashPoint::startBeforeMigrationCommit, "start.beforeMigrationCommit"},
    {CrashPoint::startAfterMigrationCommit, "start.afterMigrationCommit"},
    {CrashPoint::startBeforeGenesisCommit, "start.beforeGenesisCommit"},
    {CrashPoint::startAfterGenesisCommit, "start.afterGenesisCommit"},
    {CrashPoint::startAfterStore, "start.afterStore"},
    {CrashPoint::startAfterQueue, "start.afterQueue"},
    {CrashPoint::startAfterChain, "start.afterChain"},
    {CrashPoint::startAfterWorkers, "start.afterWorkers"},
    {CrashPoint::startResuming, "start.resuming"},
    {CrashPoint::startAfterResume, "start.afterResume"},
    {CrashPoint::startAfterGateway, "start.afterGateway"},
    {CrashPoint::engineBeforeAdmit, "engine.beforeAdmit"},
    {CrashPoint::engineAfterAdmit, "engine.afterAdmit"},
    {CrashPoint::storeAfterAdmit, "store.afterAdmit"},
    {CrashPoint::storeAfterHandOut, "store.afterHandOut"},
    {CrashPoint::storeAfterNote, "store.afterNote"},
    {CrashPoint::storeAfterSubmit, "store.afterSubmit"},
    {CrashPoint::storeAfterFail, "store.afterFail"},
    {CrashPoint::storeAfterCancel, "store.afterCancel"},
    {CrashPoint::storeAfterSlot, "store.afterSlot"},
    {CrashPoint::storeBeforeBegin, "store.beforeBegin"},
    {CrashPoint::storeAfterBegin, "store.afterBegin"},
    {CrashPoint::storeBeforeWrites, "store.beforeWrites"},
    {CrashPoint::storeAfterOrders, "store.afterOrders"},
    {CrashPoint::storeAfterEvents, "store.afterEvents"},
    {CrashPoint::storeAfterReceipts, "store.afterReceipts"},
    {CrashPoint::storeAfterTransactions, "store.afterTransactions"},
    {CrashPoint::storeAfterOutbox, "store.afterOutbox"},
    {CrashPoint::storeAfterWallet, "store.afterWallet"},
    {CrashPoint::storeAfterAccounts, "store.afterAccounts"},
    {CrashPoint::storeAfterChainState, "store.afterChainState"},
    {CrashPoint::storeBeforeCommit, "store.beforeCommit"},
    {CrashPoint::storeAfterCommit, "store.afterCommit"},
    {CrashPoint::storeBeforeAnswers, "store.beforeAnswers"},
    {CrashPoint::storeAfterAnswers, "store.afterAnswers"},
    {CrashPoint::storeAfterTell, "store.afterTell"},
    {CrashPoint::storeBeforeCheckpoint, "store.beforeCheckpoint"},
    {CrashPoint::storeAfterCheckpoint, "store.afterCheckpoint"},
    {CrashPoint::dispatcherBeforeEnqueue, "dispatcher.beforeEnqueue"},
    {CrashPoint::dispatcherAfterEnqueue, "dispatcher.afterEnqueue"},
    {CrashPoint::redisBeforeAdd, "redis.beforeAdd"},
    {CrashPoint::redisAfterAdd, "redis.afterAdd"},
    {CrashPoint::redisAfterTake, "redis.afterTake"},
    {CrashPoint::redisBeforeAcknowledge, "redis.beforeAcknowledge"},
    {CrashPoint::redisAfterAcknowledge, "redis.afterAcknowledge"},
    {CrashPoint::embeddedAfterAdd, "embedded.afterAdd"},
    {CrashPoint::embeddedAfterTake, "embedded.afterTake"},
    {CrashPoint::embeddedBeforeAcknowledge, "embedded.beforeAcknowledge"},
    {CrashPoint::embeddedAfterAcknowledge, "embedded.afterAcknowledge"},
    {CrashPoint::workerAfterTake, "worker.afterTake"},
    {CrashPoint::workerBeforePlan, "worker.beforePlan"},
    {CrashPoint::workerAfterPlan, "worker.afterPlan"},
    {CrashPoint::workerAfterPropose, "worker.afterPropose"},
    {CrashPoint::workerBeforeSend, "worker.beforeSend"},
    {CrashPoint::workerAfterSend, "worker.afterSend"},
    {CrashPoint::chainAfterArrival, "chain.afterArrival"},
    {CrashPoint::chainBeforeStep, "chain.beforeStep"},
    {CrashPoint::chainAfterStep, "chain.afterStep"},
    {CrashPoint::chainBeforeCommit, "chain.beforeCommit"},
    {CrashPoint::chainAfterCommit, "chain.afterCommit"},
    {CrashPoint::chainAfterPublish, "chain.afterPublish"},
    {CrashPoint::publisherBeforePublish, "publisher.beforePublish"},
    {CrashPoint::publisherAfterPublish, "publisher.afterPublish"},
    {CrashPoint::retentionBeforeArchive, "retention.beforeArchive"},
    {CrashPoint::retentionAfterArchive, "retention.afterArchive"},
    {CrashPoint::retentionAfterDelete, "retention.afterDelete"},
    {CrashPoint::retentionAfterPrune, "retention.afterPrune"},
    {CrashPoint::remoteAfterTake, "remote.afterTake"},
    {CrashPoint::remoteBeforePlan, "remote.beforePlan"},
    {CrashPoint::remoteAfterPlan, "remote.afterPlan"},
    {CrashPoint::remoteAfterPropose, "remote.afterPropose"},
}};

namespace {

std::optional<std::uint64_t> wholeNumber(std::string_view digits) {
    std::uint64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, number);
    return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional(number) : std::nullopt;
}

constexpr std::uint64_t kLongestPauseMillis = 60'000;

}  // namespace

CrashPoints::CrashPoints(CrashPoint point, std::uint64_t count, std::chrono::milliseconds pause)
    : armed_(std::make_shared<Armed>(point, count, pause)) {}

std::optional<CrashPoints> CrashPoints::parse(std::string_view text) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const auto* const place = std::find_if(
        kCrashPoints.begin(), kCrashPoints.end(),
        [&](const NamedCrashPoint& known) { return known.name == text.substr(0, colon); });
    if (place == kCrashPoints.end() || colon == text.size()) {
        return std::nullopt;
    }
    std::string_view digits = text.substr(colon + 1);
    std::optional<std::uint64_t> pause = 0;
    if (const std::size_t second = digits.find(':'); second != std::string_view::npos) {
        pause = wholeNumber(digits.substr(second + 1));
        digits = digits.substr(0, second);
    }
    const auto count = wholeNumber(digits);
    if (!count || *count == 0 || !pause || *pause > kLongestPauseMillis) {
        return std::nullopt;
    }
    return CrashPoints(place->point, *count, std::chrono::milliseconds(*pause));
}

void CrashPoints::countDown(Armed& armed) {
    if (armed.left.fetch_sub(1) == 1) {
        std::this_thread::sleep_for(armed.pause);
        // Nothing is flushed, closed or told.
        ::kill(::getpid(), SIGKILL);
    }
}

}  // namespace oee::base
