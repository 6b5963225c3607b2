#pragma once
// What the benchmarks share: a timing harness, and the shape of their results.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <QJsonObject>
#include <QString>

namespace oee::bench {

// Each fills the object of its module with figures (see addFigure). A fault in the set-up ends the
// program with a message (see require): a benchmark that did not run has no figure.
void benchBase(QJsonObject& result);
void benchAmm(QJsonObject& result);
void benchRouting(QJsonObject& result);
void benchStorage(QJsonObject& result);
void benchJobs(QJsonObject& result);
void benchEndToEnd(QJsonObject& result);
void benchService(QJsonObject& result);
void benchSimulation(QJsonObject& result);
void benchRecovery(QJsonObject& result);
void benchScaling(QJsonObject& result);
void benchHistory(QJsonObject& result);      // a million orders
void benchFullHistory(QJsonObject& result);  // ten million

// Keeps a value, and with it the computation that made it, from being optimised away.
template <typename T>
inline void doNotOptimize(const T& value) {
    asm volatile("" : : "r"(&value) : "memory");
}

// Over repetitions of the same work; nanoseconds of the calling thread for one call.
struct Timing {
    double medianNanos = 0;
    double fastestNanos = 0;
    double slowestNanos = 0;
    std::uint64_t callsPerRepetition = 0;
    std::size_t repetitions = 0;
};

struct TimingOptions {
    std::uint64_t warmUpMillis = 200;
    std::uint64_t repetitionMillis = 100;  // aimed at: the number of calls is fixed beforehand
    std::size_t repetitions = 15;
};

// Warms up, finds how many calls fill one repetition, then times the repetitions one by one.
// `calls(n)` makes n calls in a row, so that the harness costs nothing inside the loop.
Timing timeCalls(const std::function<void(std::uint64_t)>& calls,
                 const TimingOptions& options = {});

// Of any samples, by the nearest rank: quantile(samples, 0.5) is the median. 0 where there is none.
double quantile(std::vector<double> samples, double fraction);

// One line of the table: `what` says what was measured, for people ("quote, CPMM, exact-in").
struct Figure {
    QString what;
    double value = 0;
    QString unit;  // "ns", "µs", "ms", "/s"
    QString note;  // how it was measured, where that is not obvious
};
void addFigure(QJsonObject& result, const QString& key, const Figure& figure);
// The median in ns as the figure, with the spread beside it.
void addTiming(QJsonObject& result, const QString& key, const QString& what, const Timing& timing);

// Ends the program with the message on stderr where the condition does not hold.
void require(bool condition, const QString& message);

}  // namespace oee::bench
