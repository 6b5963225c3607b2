#include "app/stress_report.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <utility>

namespace oee::app {
namespace {

constexpr double kMicrosPerMilli = 1e3;
constexpr double kMicrosPerSecond = 1e6;

using Counts = std::map<QString, std::uint64_t>;

std::uint64_t sumOf(const Counts& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
}

QJsonValue number(std::uint64_t value) {
    return static_cast<qint64>(value);
}

QJsonObject countsToJson(const Counts& counts) {
    QJsonObject object;
    for (const auto& [name, value] : counts) {
        object.insert(name, number(value));
    }
    return object;
}

// Nearest rank; null where nothing was measured.
QJsonObject percentiles(std::vector<std::int64_t> micros) {
    std::sort(micros.begin(), micros.end());
    constexpr std::array<std::pair<const char*, std::size_t>, 5> kRanks{
        {{"p50", 50}, {"p90", 90}, {"p95", 95}, {"p99", 99}, {"max", 100}}};
    QJsonObject object;
    for (const auto& [name, percent] : kRanks) {
        if (micros.empty()) {
            object.insert(QLatin1String(name), QJsonValue::Null);
            continue;
        }
        const std::size_t rank = (micros.size() * percent + 99) / 100;
        object.insert(QLatin1String(name), static_cast<double>(micros[rank - 1]) / kMicrosPerMilli);
    }
    return object;
}

double rate(std::uint64_t count, std::int64_t micros) {
    return micros > 0 ? static_cast<double>(count) * kMicrosPerSecond / static_cast<double>(micros)
                      : 0.0;
}

}  // namespace

std::uint64_t StressReport::refused() const {
    return sumOf(refusals);
}

std::uint64_t StressReport::unfinished() const {
    return accepted - confirmed - sumOf(failures);
}

QJsonObject toJson(const StressReport& report) {
    return {
        {"requested", number(report.requested)},
        {"accepted", number(report.accepted)},
        {"refused", number(report.refused())},
        {"refusals", countsToJson(report.refusals)},
        {"confirmed", number(report.confirmed)},
        {"failures", countsToJson(report.failures)},
        {"unfinished", number(report.unfinished())},
        {"acceptedPerSecond", rate(report.accepted, report.lastAcceptedAt - report.startedAt)},
        {"confirmedPerSecond", rate(report.confirmed, report.lastConfirmedAt - report.startedAt)},
        {"acceptMillis", percentiles(report.acceptMicros)},
        {"confirmMillis", percentiles(report.confirmMicros)}};
}

}  // namespace oee::app
