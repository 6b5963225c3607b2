#pragma once
// One swap of a batch request, read from JSON with every field checked.

#include <optional>

#include <QJsonObject>
#include <QString>
#include <tl/expected.hpp>

#include "amm/pool.h"

namespace oee::market {

// What is wrong with a request; the text names the field.
struct BadRequest {
    QString message;
};

// `clock {slot, unixTimestamp, epoch}`, or `fallback` where there is none; a `unixTimestamp` beside
// it changes that alone.
tl::expected<amm::ChainClock, BadRequest> clockFromJson(const QJsonObject& request,
                                                        const amm::ChainClock& fallback);

// mode, inputMint, outputMint, amount; optional minAmountOut (exactIn, partialFill), maxAmountIn
// (exactOut), sqrtPriceLimitX64, referral. Amounts are strings of digits, or JSON integers.
tl::expected<amm::SwapRequest, BadRequest> swapFromJson(const QJsonObject& request,
                                                        const amm::Pool& pool);

// A base-unit amount of the request; empty where the field is absent.
tl::expected<std::optional<std::uint64_t>, BadRequest> rawFromJson(const QJsonObject& request,
                                                                   const char* field);

// A mint address, which the request must have.
tl::expected<domain::Pubkey, BadRequest> pubkeyFromJson(const QJsonObject& request,
                                                        const char* field);

}  // namespace oee::market
