#include "market/swap_request_json.h"

#include <limits>
#include <string>

#include <QJsonValue>

#include "domain/amount.h"

namespace oee::market {
namespace {

constexpr std::uint64_t kLatestSeconds = std::numeric_limits<std::int64_t>::max();

tl::unexpected<BadRequest> bad(const char* field, const QString& what) {
    return tl::make_unexpected(BadRequest{QLatin1String(field) + QStringLiteral(": ") + what});
}

// 0 … 2^128 − 1; empty where the text is something else.
std::optional<base::u128> u128Of(const QString& digits) {
    base::u128 value = 0;
    for (const QChar character : digits) {
        const char16_t code = character.unicode();
        base::u128 scaled = 0;
        if (code < u'0' || code > u'9' || __builtin_mul_overflow(value, base::u128{10}, &scaled) ||
            __builtin_add_overflow(scaled, base::u128{code} - u'0', &value)) {
            return std::nullopt;
        }
    }
    return digits.isEmpty() ? std::nullopt : std::optional(value);
}

tl::expected<amm::SwapMode, BadRequest> modeOf(const QJsonObject& request) {
    const QString mode = request["mode"].toString();
    if (mode == QLatin1String("exactIn")) {
        return amm::SwapMode::exactIn;
    }
    if (mode == QLatin1String("exactOut")) {
        return amm::SwapMode::exactOut;
    }
    if (mode == QLatin1String("partialFill")) {
        return amm::SwapMode::partialFill;
    }
    return bad("mode", QStringLiteral("exactIn, exactOut or partialFill is needed."));
}

tl::expected<amm::SwapDirection, BadRequest> directionOf(const QJsonObject& request,
                                                         const amm::Pool& pool) {
    const auto input = pubkeyFromJson(request, "inputMint");
    if (!input) {
        return tl::make_unexpected(input.error());
    }
    const auto output = pubkeyFromJson(request, "outputMint");
    if (!output) {
        return tl::make_unexpected(output.error());
    }
    const auto direction = pool.directionFrom(*input);
    if (!direction) {
        return bad("inputMint", QStringLiteral("the pool does not trade this mint."));
    }
    if (pool.outputOf(*direction).mint != *output) {
        return bad("outputMint", QStringLiteral("not the pool's other mint."));
    }
    return *direction;
}

}  // namespace

tl::expected<std::optional<std::uint64_t>, BadRequest> rawFromJson(const QJsonObject& request,
                                                                   const char* field) {
    const QJsonValue value = request[QLatin1String(field)];
    if (value.isUndefined() || value.isNull()) {
        return std::optional<std::uint64_t>{};
    }
    if (value.isDouble()) {
        // Integers of JSON are exact up to 2^63 − 1; the fallback is the mark of any other number.
        if (const qint64 number = value.toInteger(-1); number >= 0) {
            return static_cast<std::uint64_t>(number);
        }
    } else if (const auto raw = domain::parseRaw(value.toString().toStdString())) {
        return *raw;
    }
    return bad(field, QStringLiteral("a whole number from 0 to 2^64 - 1 is needed, in digits."));
}

tl::expected<domain::Pubkey, BadRequest> pubkeyFromJson(const QJsonObject& request,
                                                        const char* field) {
    const auto key =
        domain::pubkeyFromBase58(request[QLatin1String(field)].toString().toStdString());
    if (!key) {
        return bad(field, QStringLiteral("an address in base58 is needed."));
    }
    return *key;
}

tl::expected<amm::ChainClock, BadRequest> clockFromJson(const QJsonObject& request,
                                                        const amm::ChainClock& fallback) {
    amm::ChainClock clock = fallback;
    if (const QJsonValue given = request["clock"]; !given.isUndefined()) {
        const QJsonObject fields = given.toObject();
        const auto slot = rawFromJson(fields, "slot");
        const auto epoch = rawFromJson(fields, "epoch");
        const auto seconds = rawFromJson(fields, "unixTimestamp");
        if (!slot || !epoch || !seconds || !*slot || !*epoch || !*seconds ||
            **seconds > kLatestSeconds) {
            return bad("clock", QStringLiteral("slot, unixTimestamp and epoch are needed."));
        }
        clock = {.slot = **slot,
                 .unixTimestamp = static_cast<std::int64_t>(**seconds),
                 .epoch = **epoch};
    }
    const auto seconds = rawFromJson(request, "unixTimestamp");
    if (!seconds) {
        return tl::make_unexpected(seconds.error());
    }
    if (*seconds) {
        if (**seconds > kLatestSeconds) {
            return bad("unixTimestamp", QStringLiteral("at most 2^63 - 1."));
        }
        clock.unixTimestamp = static_cast<std::int64_t>(**seconds);
    }
    return clock;
}

tl::expected<amm::SwapRequest, BadRequest> swapFromJson(const QJsonObject& request,
                                                        const amm::Pool& pool) {
    const auto mode = modeOf(request);
    if (!mode) {
        return tl::make_unexpected(mode.error());
    }
    const auto direction = directionOf(request, pool);
    if (!direction) {
        return tl::make_unexpected(direction.error());
    }
    const auto amount = rawFromJson(request, "amount");
    if (!amount) {
        return tl::make_unexpected(amount.error());
    }
    if (!*amount) {
        return bad("amount", QStringLiteral("missing."));
    }
    const char* const limitField =
        *mode == amm::SwapMode::exactOut ? "maxAmountIn" : "minAmountOut";
    const auto limit = rawFromJson(request, limitField);
    if (!limit) {
        return tl::make_unexpected(limit.error());
    }
    amm::SwapRequest swap;
    swap.mode = *mode;
    swap.direction = *direction;
    swap.amountRaw = **amount;
    swap.slippageLimitRaw = *limit;
    if (const QJsonValue priceLimit = request["sqrtPriceLimitX64"]; !priceLimit.isUndefined()) {
        swap.sqrtPriceLimitQ64 = u128Of(priceLimit.toString());
        if (!swap.sqrtPriceLimitQ64) {
            return bad("sqrtPriceLimitX64", QStringLiteral("digits of up to 128 bits are needed."));
        }
    }
    const QJsonValue referral = request["referral"];
    swap.withReferral = referral.toBool() || referral.isString();
    return swap;
}

}  // namespace oee::market
