#include "execution/admission.h"

#include <algorithm>
#include <array>

#include "amm/swap_footprint.h"
#include "chain/chain.h"
#include "execution/retry.h"

namespace oee::execution {
namespace {

// More than any transaction holds: refuses typing errors, not plans.
constexpr std::int64_t kMostLegs = 100;

Refusal refusalOf(domain::AmountError error, Field field, const std::string& given,
                  const domain::Token& token) {
    switch (error) {
        case domain::AmountError::empty:
            return {RefusalReason::missing, field, {}, {}};
        case domain::AmountError::notANumber:
            return {RefusalReason::notANumber, field, given, {}};
        case domain::AmountError::tooManyDecimals:
            return {RefusalReason::tooManyDecimals, field, given, std::to_string(token.decimals)};
        case domain::AmountError::tooLarge:
            return {RefusalReason::tooLarge, field, given, {}};
    }
    return {RefusalReason::notANumber, field, given, {}};
}

tl::expected<const domain::Token*, Refusal> resolveToken(const std::string& text, Field field,
                                                         const domain::TokenRegistry& tokens) {
    if (text.empty()) {
        return tl::unexpected(Refusal{RefusalReason::missing, field, {}, {}});
    }
    const domain::Token* token = tokens.resolve(text);
    if (token == nullptr) {
        return tl::unexpected(Refusal{RefusalReason::unknownToken, field, text, {}});
    }
    return token;
}

}  // namespace

std::string_view nameOf(Field field) {
    switch (field) {
        case Field::none:
            return "";
        case Field::tokenIn:
            return "tokenIn";
        case Field::tokenOut:
            return "tokenOut";
        case Field::amountIn:
            return "amountIn";
        case Field::amountInRaw:
            return "amountInRaw";
        case Field::amountOut:
            return "amountOut";
        case Field::amountOutRaw:
            return "amountOutRaw";
        case Field::slippageBps:
            return "slippageBps";
        case Field::routing:
            return "routing";
        case Field::venue:
            return "venue";
        case Field::maxHops:
            return "maxHops";
        case Field::maxLegs:
            return "maxLegs";
        case Field::excludedPools:
            return "excludedPools";
        case Field::deadlineMs:
            return "deadlineMs";
        case Field::idempotencyKey:
            return "idempotencyKey";
    }
    return "";
}

std::string_view nameOf(RefusalReason reason) {
    switch (reason) {
        case RefusalReason::missing:
            return "missing";
        case RefusalReason::unknownToken:
            return "unknownToken";
        case RefusalReason::sameToken:
            return "sameToken";
        case RefusalReason::notANumber:
            return "notANumber";
        case RefusalReason::tooManyDecimals:
            return "tooManyDecimals";
        case RefusalReason::tooLarge:
            return "tooLarge";
        case RefusalReason::notPositive:
            return "notPositive";
        case RefusalReason::bothAmounts:
            return "bothAmounts";
        case RefusalReason::unknownValue:
            return "unknownValue";
        case RefusalReason::noRoute:
            return "noRoute";
        case RefusalReason::outOfRange:
            return "outOfRange";
        case RefusalReason::tooLong:
            return "tooLong";
        case RefusalReason::noPool:
            return "noPool";
        case RefusalReason::insufficientBalance:
            return "insufficientBalance";
        case RefusalReason::insufficientSolForFees:
            return "insufficientSolForFees";
        case RefusalReason::orderTooLarge:
            return "orderTooLarge";
        case RefusalReason::tooManyOrders:
            return "tooManyOrders";
        case RefusalReason::tooManyOpenOrders:
            return "tooManyOpenOrders";
        case RefusalReason::idempotencyConflict:
            return "idempotencyConflict";
        case RefusalReason::tooFast:
            return "tooFast";
        case RefusalReason::busy:
            return "busy";
        case RefusalReason::storageFailed:
            return "storageFailed";
        case RefusalReason::shuttingDown:
            return "shuttingDown";
    }
    return "";
}

tl::expected<unsigned, Refusal> parseSlippage(std::int64_t slippageBps) {
    if (slippageBps < 0 || slippageBps > domain::kMaxSlippageBps) {
        return tl::unexpected(Refusal{RefusalReason::outOfRange, Field::slippageBps,
                                      std::to_string(slippageBps), "0 – 10,000"});
    }
    return static_cast<unsigned>(slippageBps);
}

tl::expected<ResolvedPair, Refusal> resolvePair(const PairRequest& request,
                                                const domain::TokenRegistry& tokens) {
    const auto input = resolveToken(request.tokenIn, Field::tokenIn, tokens);
    if (!input) {
        return tl::unexpected(input.error());
    }
    const auto output = resolveToken(request.tokenOut, Field::tokenOut, tokens);
    if (!output) {
        return tl::unexpected(output.error());
    }
    if ((*input)->mint == (*output)->mint) {
        return tl::unexpected(
            Refusal{RefusalReason::sameToken, Field::tokenOut, request.tokenOut, {}});
    }
    return ResolvedPair{**input, **output};
}

tl::expected<ParsedAmount, Refusal> parseAmounts(const AmountTexts& texts,
                                                 const ResolvedPair& pair) {
    struct Given {
        const std::optional<std::string>& text;
        Field field;
    };
    const std::array<Given, 4> all{{{texts.in, Field::amountIn},
                                    {texts.inRaw, Field::amountInRaw},
                                    {texts.out, Field::amountOut},
                                    {texts.outRaw, Field::amountOutRaw}}};
    const auto count = std::count_if(all.begin(), all.end(),
                                     [](const Given& given) { return given.text.has_value(); });
    if (count != 1) {
        return tl::unexpected(
            Refusal{count == 0 ? RefusalReason::missing : RefusalReason::bothAmounts,
                    Field::amountIn,
                    {},
                    {}});
    }
    const Given& given = *std::find_if(all.begin(), all.end(),
                                       [](const Given& one) { return one.text.has_value(); });
    const bool isIn = given.field == Field::amountIn || given.field == Field::amountInRaw;
    const bool isRaw = given.field == Field::amountInRaw || given.field == Field::amountOutRaw;
    const domain::Token& token = isIn ? pair.input : pair.output;
    const auto amount =
        isRaw ? domain::parseRaw(*given.text) : domain::parseAmount(*given.text, token.decimals);
    if (!amount) {
        return tl::unexpected(refusalOf(amount.error(), given.field, *given.text, token));
    }
    if (*amount == 0) {
        return tl::unexpected(Refusal{RefusalReason::notPositive, given.field, *given.text, {}});
    }
    return ParsedAmount{isIn ? domain::RouteMode::exactIn : domain::RouteMode::exactOut,
                        given.field, *amount};
}

tl::expected<domain::RouteChoice, Refusal> parseRoute(const RouteRequest& request) {
    domain::RouteChoice choice;
    if (request.scope) {
        const auto scope = domain::routeScopeFromName(*request.scope);
        if (!scope) {
            return tl::unexpected(Refusal{RefusalReason::unknownValue, Field::routing,
                                          *request.scope, "single, split, full"});
        }
        choice.scope = *scope;
    }
    if (request.venue) {
        choice.venue = domain::venueFromName(*request.venue);
        if (!choice.venue) {
            return tl::unexpected(Refusal{RefusalReason::unknownValue, Field::venue, *request.venue,
                                          "raydium, meteora"});
        }
    }
    const auto outside = [](Field field, std::int64_t value, const char* range) {
        return tl::unexpected(
            Refusal{RefusalReason::outOfRange, field, std::to_string(value), range});
    };
    if (request.maxHops) {
        if (*request.maxHops < 1 || *request.maxHops > domain::kMostHops) {
            return outside(Field::maxHops, *request.maxHops, "1 – 3");
        }
        choice.maxHops = static_cast<std::uint32_t>(*request.maxHops);
    }
    if (request.maxLegs) {
        if (*request.maxLegs < 1 || *request.maxLegs > kMostLegs) {
            return outside(Field::maxLegs, *request.maxLegs, "1 – 100");
        }
        choice.maxLegs = static_cast<std::uint32_t>(*request.maxLegs);
    }
    for (const std::string& address : request.excludedPools) {
        const auto pool = domain::pubkeyFromBase58(address);
        if (!pool) {
            return tl::unexpected(Refusal{RefusalReason::unknownValue, Field::excludedPools,
                                          address, "addresses of pools"});
        }
        choice.excludedPools.push_back(*pool);
    }
    return choice;
}

tl::expected<OrderDraft, Refusal> validate(const OrderRequest& request,
                                           const domain::TokenRegistry& tokens,
                                           const chain::NetworkProfile& profile,
                                           const RiskLimits& limits) {
    const auto pair = resolvePair({request.tokenIn, request.tokenOut}, tokens);
    if (!pair) {
        return tl::unexpected(pair.error());
    }
    const auto amount = parseAmounts(
        {request.amountIn, request.amountInRaw, request.amountOut, request.amountOutRaw}, *pair);
    if (!amount) {
        return tl::unexpected(amount.error());
    }
    auto route = parseRoute(request.route);
    if (!route) {
        return tl::unexpected(route.error());
    }
    const auto slippageBps = parseSlippage(request.slippageBps);
    if (!slippageBps) {
        return tl::unexpected(slippageBps.error());
    }
    if (request.deadlineMs && (*request.deadlineMs < 1 || *request.deadlineMs > kMaxDeadlineMs)) {
        return tl::unexpected(Refusal{RefusalReason::outOfRange, Field::deadlineMs,
                                      std::to_string(*request.deadlineMs), "1 – 86,400,000"});
    }
    if (request.idempotencyKey.size() > kMaxIdempotencyKeyLength) {
        return tl::unexpected(Refusal{RefusalReason::tooLong, Field::idempotencyKey,
                                      std::to_string(request.idempotencyKey.size()),
                                      std::to_string(kMaxIdempotencyKeyLength)});
    }
    const auto largest = limits.largestOrderRaw.find(pair->input.mint);
    const bool exactIn = amount->mode == domain::RouteMode::exactIn;
    if (exactIn && largest != limits.largestOrderRaw.end() && amount->amountRaw > largest->second) {
        const auto text = [&](std::uint64_t amountRaw) {
            return domain::formatAmount(amountRaw, pair->input.decimals) + " " + pair->input.symbol;
        };
        return tl::unexpected(Refusal{RefusalReason::orderTooLarge, amount->field,
                                      text(amount->amountRaw), text(largest->second)});
    }
    OrderDraft draft;
    draft.side = request.side.value_or(domain::Side::sell);
    draft.inputMint = pair->input.mint;
    draft.outputMint = pair->output.mint;
    draft.mode = amount->mode;
    (exactIn ? draft.amountInRaw : draft.amountOutRaw) = amount->amountRaw;
    draft.slippageBps = *slippageBps;
    draft.route = std::move(*route);
    draft.onRevert = request.onRevert;
    draft.deadlineMs = request.deadlineMs;
    draft.reservedLamports = worstCaseFeeLamports(profile);
    draft.idempotencyKey = request.idempotencyKey;
    return draft;
}

std::uint64_t worstCaseFeeLamports(const chain::NetworkProfile& profile) {
    const std::uint64_t dearest = chain::networkFeeLamports(profile, amm::kMaxComputeUnits);
    std::uint64_t total = 0;
    return __builtin_mul_overflow(dearest, std::uint64_t{kMaxAttempts}, &total) ? dearest : total;
}

}  // namespace oee::execution
