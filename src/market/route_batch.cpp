#include "market/route_batch.h"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include <QJsonArray>
#include <QJsonDocument>

#include "market/pool_state.h"
#include "market/swap_request_json.h"
#include "routing/planner.h"

namespace oee::market {
namespace {

QString textOf(const domain::Pubkey& key) {
    return QString::fromStdString(domain::toBase58(key));
}

template <typename T>
using Read = tl::expected<T, BadRequest>;

tl::unexpected<BadRequest> bad(const char* name, const char* needed) {
    return tl::make_unexpected(BadRequest{
        QStringLiteral("%1: %2 is needed.").arg(QLatin1String(name), QLatin1String(needed))});
}

Read<std::optional<std::uint32_t>> limitOf(const QJsonObject& request, const char* name) {
    const QJsonValue value = request[QLatin1String(name)];
    if (value.isUndefined() || value.isNull()) {
        return std::optional<std::uint32_t>();
    }
    constexpr int kMost = 1'000'000'000;
    const int number = value.toInt(-1);
    if (!value.isDouble() || number < 1 || number > kMost) {
        return bad(name, "a whole number from 1 on");
    }
    return std::optional(static_cast<std::uint32_t>(number));
}

Read<void> readChoices(const QJsonObject& request, routing::PlanRequest& plan) {
    const QString mode = request["mode"].toString(QStringLiteral("exactIn"));
    const QString scope = request["routing"].toString(QStringLiteral("full"));
    if (mode != QStringLiteral("exactIn") && mode != QStringLiteral("exactOut")) {
        return bad("mode", "exactIn or exactOut");
    }
    plan.mode = mode == QStringLiteral("exactIn") ? routing::RouteMode::exactIn
                                                  : routing::RouteMode::exactOut;
    if (scope == QStringLiteral("single")) {
        plan.scope = routing::RouteScope::single;
    } else if (scope == QStringLiteral("split")) {
        plan.scope = routing::RouteScope::split;
    } else if (scope == QStringLiteral("full")) {
        plan.scope = routing::RouteScope::full;
    } else {
        return bad("routing", "single, split or full");
    }
    if (request.contains("venue")) {
        plan.venue = domain::venueFromName(request["venue"].toString().toStdString());
        if (!plan.venue) {
            return bad("venue", "raydium or meteora");
        }
    }
    const QJsonValue pools = request["pools"];
    if (!pools.isUndefined() && !pools.isNull() && !pools.isArray()) {
        return bad("pools", "a list of addresses");
    }
    for (const QJsonValue& value : pools.toArray()) {
        const auto pool = domain::pubkeyFromBase58(value.toString().toStdString());
        if (!pool) {
            return bad("pools", "a list of addresses");
        }
        plan.onlyPools.push_back(*pool);
    }
    return {};
}

Read<void> readLimits(const QJsonObject& request, routing::PlanRequest& plan) {
    const auto hops = limitOf(request, "maxHops");
    const auto legs = limitOf(request, "maxLegs");
    const auto bytes = limitOf(request, "maxBytes");
    const auto units = limitOf(request, "maxComputeUnits");
    for (const auto* limit : {&hops, &legs, &bytes, &units}) {
        if (!*limit) {
            return tl::make_unexpected(limit->error());
        }
    }
    plan.limits.maxHops = hops->value_or(plan.limits.maxHops);
    plan.limits.maxLegs = *legs;
    plan.limits.maxTransactionBytes = *bytes;
    plan.limits.maxComputeUnits = *units;
    return {};
}

Read<routing::PlanRequest> planRequestFrom(const QJsonObject& request) {
    routing::PlanRequest plan;
    const auto input = pubkeyFromJson(request, "inputMint");
    const auto output = pubkeyFromJson(request, "outputMint");
    for (const auto* mint : {&input, &output}) {
        if (!*mint) {
            return tl::make_unexpected(mint->error());
        }
    }
    plan.inputMint = *input;
    plan.outputMint = *output;
    const auto amount = rawFromJson(request, "amount");
    const auto legCost = rawFromJson(request, "legCostOut");
    for (const auto* raw : {&amount, &legCost}) {
        if (!*raw) {
            return tl::make_unexpected(raw->error());
        }
    }
    if (!*amount) {
        return bad("amount", "a string of digits");
    }
    plan.amountRaw = **amount;
    plan.legCostOutRaw = legCost->value_or(0);
    if (auto read = readChoices(request, plan); !read) {
        return tl::make_unexpected(read.error());
    }
    if (auto read = readLimits(request, plan); !read) {
        return tl::make_unexpected(read.error());
    }
    return plan;
}

QJsonObject errorOf(const QString& kind, const QString& message) {
    return {{"error", kind}, {"message", message}};
}

QString kindOf(routing::RoutingError error) {
    switch (error) {
        case routing::RoutingError::noPool:
            return QStringLiteral("NoRoute");
        case routing::RoutingError::noLiquidity:
            return QStringLiteral("NoLiquidity");
        case routing::RoutingError::amountTooSmall:
            return QStringLiteral("AmountTooSmall");
        case routing::RoutingError::noPlanFits:
            return QStringLiteral("NoPlanFits");
        case routing::RoutingError::poolsDisabled:
            return QStringLiteral("PoolsDisabled");
    }
    return {};
}

QJsonObject jsonOf(const routing::Plan& plan) {
    QJsonArray legs;
    for (const routing::PlanLeg& leg : plan.legs) {
        legs.append(QJsonObject{{"pool", textOf(leg.pool)},
                                {"inputMint", textOf(leg.inputMint)},
                                {"outputMint", textOf(leg.outputMint)},
                                {"amountIn", digitsOf(leg.swap.amountInRaw)},
                                {"amountOut", digitsOf(leg.swap.amountOutRaw)}});
    }
    QJsonObject json{{"amountIn", digitsOf(plan.amountInRaw)},
                     {"amountOut", digitsOf(plan.amountOutRaw)},
                     {"bound", digitsOf(plan.boundRaw)},
                     {"gapPpb", static_cast<qint64>(plan.gapPpb)},
                     {"legs", legs},
                     {"micros", static_cast<qint64>(plan.tookMicros)}};
    if (plan.boundWithinHopsRaw) {
        json["boundWithinHops"] = digitsOf(*plan.boundWithinHopsRaw);
        json["gapWithinHopsPpb"] = static_cast<qint64>(*plan.gapWithinHopsPpb);
    }
    if (plan.limits.any()) {
        QJsonArray names;
        const std::pair<bool, const char*> limits[] = {{plan.limits.hops, "hops"},
                                                       {plan.limits.legs, "legs"},
                                                       {plan.limits.bytes, "bytes"},
                                                       {plan.limits.computeUnits, "computeUnits"}};
        for (const auto& [binds, name] : limits) {
            if (binds) {
                names.append(QLatin1String(name));
            }
        }
        json["limitedBy"] = names;
        json["unlimited"] = digitsOf(plan.limits.unlimitedRaw);
    }
    return json;
}

}  // namespace

tl::expected<RouteBatch, DumpFailure> RouteBatch::open(const QString& directory) {
    const auto folders = poolFolders(directory);
    if (!folders) {
        return tl::make_unexpected(folders.error());
    }
    auto market = std::make_shared<amm::MarketSnapshot>();
    std::set<domain::Pubkey> seen;
    for (const QString& folder : *folders) {
        const auto dump = readPoolDump(folder);
        if (!dump || seen.contains(dump->pool)) {
            continue;
        }
        auto pool = amm::decodePool(dump->pool, dump->accounts);
        if (!pool) {
            continue;
        }
        seen.insert(dump->pool);
        market->pools.push_back(std::make_shared<const amm::Pool>(std::move(*pool)));
        if (std::tie(dump->clock.unixTimestamp, dump->clock.slot) >
            std::tie(market->clock.unixTimestamp, market->clock.slot)) {
            market->clock = dump->clock;
        }
    }
    market->pairs = std::make_shared<const amm::PairIndex>(market->pools);
    market->tokens = std::make_shared<const domain::TokenRegistry>();
    RouteBatch batch;
    batch.market_ = std::move(market);
    batch.network_ = std::make_shared<const routing::Network>(batch.market_);
    return batch;
}

QByteArray RouteBatch::answer(const QByteArray& line) const {
    const QJsonDocument document = QJsonDocument::fromJson(line);
    QJsonObject answer =
        document.isObject()
            ? answerTo(document.object())
            : errorOf(QStringLiteral("BadRequest"), QStringLiteral("The line is no JSON object."));
    answer["id"] = document.isObject() ? document.object()["id"] : QJsonValue();
    return QJsonDocument(answer).toJson(QJsonDocument::Compact);
}

QJsonObject RouteBatch::answerTo(const QJsonObject& request) const {
    const auto plan = planRequestFrom(request);
    if (!plan) {
        return errorOf(QStringLiteral("BadRequest"), plan.error().message);
    }
    const auto clock = clockFromJson(request, market_->clock);
    if (!clock) {
        return errorOf(QStringLiteral("BadRequest"), clock.error().message);
    }
    auto network = network_;
    if (*clock != market_->clock) {
        auto market = std::make_shared<amm::MarketSnapshot>(*market_);
        market->clock = *clock;
        network = std::make_shared<const routing::Network>(std::move(market));
    }
    routing::Planner planner(*network);
    const auto begun = std::chrono::steady_clock::now();
    auto planned = planner.plan(*plan);
    const auto took = std::chrono::steady_clock::now() - begun;
    if (!planned) {
        QJsonObject answer = errorOf(kindOf(planned.error().error),
                                     QString::fromStdString(routing::describe(
                                         planned.error(), *plan, *network->market().tokens)));
        if (planned.error().workingAmountRaw) {
            answer["workingAmount"] = digitsOf(*planned.error().workingAmountRaw);
        }
        return answer;
    }
    planned->tookMicros = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    return jsonOf(*planned);
}

}  // namespace oee::market
