#pragma once
// The keys that an engine and its remote workers share, beside the stream of jobs.

#include <string>

namespace oee::jobs {

struct RemoteKeys {
    explicit RemoteKeys(const std::string& instanceId)
        : jobs("oee:" + instanceId + ":jobs"),
          engine("oee:" + instanceId + ":engine"),
          market("oee:" + instanceId + ":market"),
          slotChanges("oee:" + instanceId + ":slots"),
          proposals("oee:" + instanceId + ":proposals"),
          workers("oee:" + instanceId + ":workers") {}

    std::string heartbeatOf(const std::string& worker) const { return workers + ":" + worker; }

    std::string jobs;         // stream
    std::string engine;       // the engine's own sign of life; goes away by itself
    std::string market;       // the whole market
    std::string slotChanges;  // stream: what changed since
    std::string proposals;    // stream: what workers propose
    std::string workers;      // set of names; each has a heartbeat that goes away by itself
};

}  // namespace oee::jobs
