#pragma once
// What a stress test measured.

#include <cstdint>
#include <map>
#include <vector>

#include <QJsonObject>
#include <QString>

namespace oee::app {

struct StressReport {
    std::uint64_t requested = 0;
    std::uint64_t accepted = 0;
    std::map<QString, std::uint64_t> refusals;  // by the code of the error; "connection"
    std::uint64_t confirmed = 0;
    std::map<QString, std::uint64_t> failures;  // accepted and not confirmed, by reason
    // Steady µs.
    std::int64_t startedAt = 0;
    std::int64_t lastAcceptedAt = 0;
    std::int64_t lastConfirmedAt = 0;
    // µs from sending the request to its answer, and to the news of the confirmation.
    std::vector<std::int64_t> acceptMicros;
    std::vector<std::int64_t> confirmMicros;

    std::uint64_t refused() const;
    // Accepted orders whose end is not known.
    std::uint64_t unfinished() const;
};

QJsonObject toJson(const StressReport& report);

}  // namespace oee::app
