#include "app/simulate_json.h"

#include <string_view>

#include <QByteArray>
#include <QString>

namespace oee::app {
namespace {

QString textOf(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

// Counts stay far below 2^53.
qint64 number(std::uint64_t count) {
    return static_cast<qint64>(count);
}

double share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

QJsonObject distributionJson(const runtime::Samples& samples) {
    constexpr double kCenti = 100;
    const runtime::Distribution distribution = samples.distribution();
    return {{"count", static_cast<qint64>(samples.count())},
            {"mean", distribution.meanCentiBps / kCenti},
            {"p50", static_cast<double>(distribution.medianCentiBps) / kCenti},
            {"p95", static_cast<double>(distribution.p95CentiBps) / kCenti}};
}

QJsonObject ordersJson(const runtime::SimulationReport& report) {
    QJsonObject orders{{"requested", number(report.drawn)}, {"refused", number(report.refused)}};
    for (const domain::OrderStatus status : domain::kOrderStatuses) {
        const auto found = report.orders.find(status);
        orders[textOf(domain::nameOf(status))] =
            number(found == report.orders.end() ? 0 : found->second);
    }
    return orders;
}

}  // namespace

QJsonObject simulationJson(const runtime::SimulationReport& report, double seconds) {
    QJsonObject failures;
    for (const auto& [reason, count] : report.failures) {
        failures[textOf(domain::nameOf(reason))] = number(count);
    }
    QJsonObject shortfall;
    for (const runtime::ReceiptPart part : runtime::kReceiptParts) {
        const auto found = report.parts.find(part);
        shortfall[textOf(runtime::nameOf(part))] =
            distributionJson(found == report.parts.end() ? runtime::Samples{} : found->second);
    }
    QJsonObject markouts;
    for (const auto& [afterSeconds, samples] : report.markouts) {
        markouts[QString::number(afterSeconds)] = distributionJson(samples);
    }
    QJsonObject json{
        {"orders", ordersJson(report)},
        {"failures", failures},
        {"transactions", QJsonObject{{"sent", number(report.sent)},
                                     {"landed", number(report.landed)},
                                     {"reverted", number(report.reverted)},
                                     {"expired", number(report.expired)},
                                     {"dropped", number(report.dropped)},
                                     {"retries", number(report.retries)},
                                     {"sandwiched", number(report.sandwiched)}}},
        {"landingRate", share(report.landed, report.sent)},
        {"revertRate", share(report.reverted, report.sent)},
        {"shortfallBps", shortfall},
        {"markoutsBps", markouts},
        {"slots", number(report.slotCount)},
        {"virtualSeconds", static_cast<double>(report.virtualMicros) / 1e6},
        {"events", number(report.events)},
        {"traceSha256",
         QString::fromLatin1(QByteArray(reinterpret_cast<const char*>(report.traceSha256.data()),
                                        static_cast<qsizetype>(report.traceSha256.size()))
                                 .toHex())},
        {"seconds", seconds},
        {"ordersPerSecond", seconds > 0 ? static_cast<double>(report.drawn) / seconds : 0.0},
    };
    if (!report.counterfactuals.empty()) {
        QJsonObject others;
        for (const auto& [which, samples] : report.counterfactuals) {
            others[textOf(runtime::nameOf(which))] = distributionJson(samples);
        }
        json["counterfactualsBps"] = others;
    }
    return json;
}

}  // namespace oee::app
