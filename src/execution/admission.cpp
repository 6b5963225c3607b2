#include "execution/admission.h"

#include <algorithm>

#include "chain/chain.h"
#include "execution/retry.h"

namespace oee::execution {
namespace {

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
        case Field::slippageBps:
            return "slippageBps";
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
        case RefusalReason::busy:
            return "busy";
        case RefusalReason::storageFailed:
            return "storageFailed";
        case RefusalReason::shuttingDown:
            return "shuttingDown";
    }
    return "";
}

tl::expected<std::uint64_t, Refusal> parseAmountField(const std::optional<std::string>& amountIn,
                                                      const std::optional<std::string>& amountInRaw,
                                                      const domain::Token& token) {
    if (amountIn && amountInRaw) {
        return tl::unexpected(Refusal{RefusalReason::bothAmounts, Field::amountIn, {}, {}});
    }
    if (!amountIn && !amountInRaw) {
        return tl::unexpected(Refusal{RefusalReason::missing, Field::amountIn, {}, {}});
    }
    const Field field = amountIn ? Field::amountIn : Field::amountInRaw;
    const std::string& text = amountIn ? *amountIn : *amountInRaw;
    const auto amount =
        amountIn ? domain::parseAmount(text, token.decimals) : domain::parseRaw(text);
    if (!amount) {
        return tl::unexpected(refusalOf(amount.error(), field, text, token));
    }
    if (*amount == 0) {
        return tl::unexpected(Refusal{RefusalReason::notPositive, field, text, {}});
    }
    return *amount;
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

tl::expected<OrderDraft, Refusal> validate(const OrderRequest& request,
                                           const domain::TokenRegistry& tokens,
                                           const chain::NetworkProfile& profile,
                                           const RiskLimits& limits) {
    const auto pair = resolvePair({request.tokenIn, request.tokenOut}, tokens);
    if (!pair) {
        return tl::unexpected(pair.error());
    }
    const auto amount = parseAmountField(request.amountIn, request.amountInRaw, pair->input);
    if (!amount) {
        return tl::unexpected(amount.error());
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
    if (largest != limits.largestOrderRaw.end() && *amount > largest->second) {
        const auto text = [&](std::uint64_t amountRaw) {
            return domain::formatAmount(amountRaw, pair->input.decimals) + " " + pair->input.symbol;
        };
        return tl::unexpected(Refusal{RefusalReason::orderTooLarge,
                                      request.amountIn ? Field::amountIn : Field::amountInRaw,
                                      text(*amount), text(largest->second)});
    }
    OrderDraft draft;
    draft.side = request.side.value_or(domain::Side::sell);
    draft.inputMint = pair->input.mint;
    draft.outputMint = pair->output.mint;
    draft.amountInRaw = *amount;
    draft.slippageBps = *slippageBps;
    draft.onRevert = request.onRevert;
    draft.deadlineMs = request.deadlineMs;
    draft.reservedLamports = worstCaseFeeLamports(profile);
    draft.idempotencyKey = request.idempotencyKey;
    return draft;
}

std::uint64_t worstCaseFeeLamports(const chain::NetworkProfile& profile) {
    std::uint64_t dearest = 0;
    for (const domain::Program program : domain::kPrograms) {
        dearest =
            std::max(dearest, chain::networkFeeLamports(profile, chain::computeUnitsOf(program)));
    }
    std::uint64_t total = 0;
    return __builtin_mul_overflow(dearest, std::uint64_t{kMaxAttempts}, &total) ? dearest : total;
}

}  // namespace oee::execution
