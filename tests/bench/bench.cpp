#include "bench/bench.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace oee::bench {
namespace {

// What the calling thread has computed so far: other processes do not count.
double threadNanos() {
    timespec now{};
    require(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0,
            QStringLiteral("the thread's clock cannot be read"));
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double nanosOf(const std::function<void(std::uint64_t)>& calls, std::uint64_t count) {
    const double start = threadNanos();
    calls(count);
    return threadNanos() - start;
}

// Warms up with growing runs; the last of them says how many calls fill one repetition.
std::uint64_t callsFilling(const std::function<void(std::uint64_t)>& calls,
                           const TimingOptions& options) {
    const double warmUpNanos = static_cast<double>(options.warmUpMillis) * 1e6;
    const double wantedNanos = static_cast<double>(options.repetitionMillis) * 1e6;
    double spent = 0;
    double last = 0;
    std::uint64_t count = 1;
    while (true) {
        last = nanosOf(calls, count);
        spent += last;
        if (spent >= warmUpNanos) {
            break;
        }
        if (last < wantedNanos) {
            count *= 2;
        }
    }
    const double perCall = std::max(last / static_cast<double>(count), 1e-3);
    return static_cast<std::uint64_t>(std::max(1.0, std::round(wantedNanos / perCall)));
}

}  // namespace

Timing timeCalls(const std::function<void(std::uint64_t)>& calls, const TimingOptions& options) {
    const std::uint64_t count = callsFilling(calls, options);
    std::vector<double> samples(std::max<std::size_t>(1, options.repetitions));
    for (double& sample : samples) {
        sample = nanosOf(calls, count) / static_cast<double>(count);
    }
    return {.medianNanos = quantile(samples, 0.5),
            .fastestNanos = *std::min_element(samples.begin(), samples.end()),
            .slowestNanos = *std::max_element(samples.begin(), samples.end()),
            .callsPerRepetition = count,
            .repetitions = samples.size()};
}

double quantile(std::vector<double> samples, double fraction) {
    if (samples.empty()) {
        return 0;
    }
    std::sort(samples.begin(), samples.end());
    const double rank = std::ceil(fraction * static_cast<double>(samples.size()));
    const auto index = static_cast<std::size_t>(std::max(1.0, rank)) - 1;
    return samples[std::min(index, samples.size() - 1)];
}

void addFigure(QJsonObject& result, const QString& key, const Figure& figure) {
    require(!result.contains(key), QStringLiteral("two figures are called ") + key);
    QJsonObject json{{QStringLiteral("what"), figure.what},
                     {QStringLiteral("value"), figure.value},
                     {QStringLiteral("unit"), figure.unit}};
    if (!figure.note.isEmpty()) {
        json.insert(QStringLiteral("note"), figure.note);
    }
    result.insert(key, json);
}

void addTiming(QJsonObject& result, const QString& key, const QString& what, const Timing& timing) {
    addFigure(result, key, {what, timing.medianNanos, QStringLiteral("ns"), {}});
    QJsonObject json = result.value(key).toObject();
    json.insert(QStringLiteral("fastest"), timing.fastestNanos);
    json.insert(QStringLiteral("slowest"), timing.slowestNanos);
    json.insert(QStringLiteral("calls"), static_cast<qint64>(timing.callsPerRepetition));
    json.insert(QStringLiteral("repetitions"), static_cast<qint64>(timing.repetitions));
    result.insert(key, json);
}

void require(bool condition, const QString& message) {
    if (!condition) {
        std::fprintf(stderr, "oee_bench: %s\n", qUtf8Printable(message));
        std::exit(EXIT_FAILURE);
    }
}

}  // namespace oee::bench
