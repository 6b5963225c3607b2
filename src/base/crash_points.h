#pragma once
// Named places at which a test may have the process end without warning, as a loss of power would
// end it.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace oee::base {

// In the order in which a start and an order come by. "after" is after the thing has happened and
// before anything else knows of it.
enum class CrashPoint : std::uint8_t {
    startBeforeStore,
    startBeforeMigration,
    startBeforeMigrationCommit,
    startAfterMigrationCommit,
    startBeforeGenesisCommit,
    startAfterGenesisCommit,
    startAfterStore,
    startAfterQueue,
    startAfterChain,
    startAfterWorkers,
    startResuming,
    startAfterResume,
    startAfterGateway,
    engineBeforeAdmit,
    engineAfterAdmit,
    storeAfterAdmit,
    storeAfterHandOut,
    storeAfterNote,
    storeAfterSubmit,
    storeAfterFail,
    storeAfterCancel,
    storeAfterSlot,
    storeBeforeBegin,
    storeAfterBegin,
    storeBeforeWrites,
    storeAfterOrders,
    storeAfterEvents,
    storeAfterReceipts,
    storeAfterTransactions,
    storeAfterOutbox,
    storeAfterWallet,
    storeAfterAccounts,
    storeAfterChainState,
    storeBeforeCommit,
    storeAfterCommit,
    storeBeforeAnswers,
    storeAfterAnswers,
    storeAfterTell,
    storeBeforeCheckpoint,
    storeAfterCheckpoint,
    dispatcherBeforeEnqueue,
    dispatcherAfterEnqueue,
    redisBeforeAdd,
    redisAfterAdd,
    redisAfterTake,
    redisBeforeAcknowledge,
    redisAfterAcknowledge,
    embeddedAfterAdd,
    embeddedAfterTake,
    embeddedBeforeAcknowledge,
    embeddedAfterAcknowledge,
    workerAfterTake,
    workerBeforePlan,
    workerAfterPlan,
    workerAfterPropose,
    workerBeforeSend,
    workerAfterSend,
    chainAfterArrival,
    chainBeforeStep,
    chainAfterStep,
    chainBeforeCommit,
    chainAfterCommit,
    chainAfterPublish,
    publisherBeforePublish,
    publisherAfterPublish,
    retentionBeforeArchive,
    retentionAfterArchive,
    retentionAfterDelete,
    retentionAfterPrune,
    // In a worker outside of the engine.
    remoteAfterTake,
    remoteBeforePlan,
    remoteAfterPlan,
    remoteAfterPropose,
};

struct NamedCrashPoint {
    CrashPoint point;
    std::string_view name;
};
inline constexpr std::size_t kCrashPointCount = 73;
// All of them, in the order of the enumeration.
extern const std::array<NamedCrashPoint, kCrashPointCount> kCrashPoints;

// A value, copied to wherever there are such places; thread-safe. One that was not told where to
// end the process does nothing.
class CrashPoints {
  public:
    CrashPoints() = default;
    // Ends the process (SIGKILL) when `point` is reached for the `count`-th time, from 1. The
    // thread that got there is held for `pause` before: what other threads know too early gets out.
    CrashPoints(CrashPoint point, std::uint64_t count, std::chrono::milliseconds pause = {});
    // From "name:count" or "name:count:milliseconds"; empty where it is neither.
    static std::optional<CrashPoints> parse(std::string_view text);

    void reach(CrashPoint point) const {
        if (armed_ && armed_->point == point) {
            countDown(*armed_);
        }
    }

  private:
    struct Armed {
        Armed(CrashPoint where, std::uint64_t count, std::chrono::milliseconds held)
            : point(where), left(count), pause(held) {}
        CrashPoint point;
        std::atomic<std::uint64_t> left;
        std::chrono::milliseconds pause;
    };
    static void countDown(Armed& armed);

    std::shared_ptr<Armed> armed_;
};

}  // namespace oee::base
