// The fuzz target of one program (OEE_FUZZ_PROGRAM, its name): whatever the bytes of its accounts
// are, decoding refuses them or gives a pool that keeps its promises.

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "amm/pool.h"
#include "domain/venue.h"
#include "fuzz/frame.h"

using namespace oee;

namespace {

// A finding: libFuzzer keeps the input.
void promise(bool kept, const char* what) {
    if (!kept) {
        std::fprintf(stderr, "promise broken: %s\n", what);
        std::abort();
    }
}

void checkAmounts(const amm::Pool& before, const amm::Pool& after, const amm::SwapRequest& request,
                  const amm::SwapResult& result) {
    const std::size_t in = request.direction == amm::SwapDirection::aToB ? 0 : 1;
    const auto was = amm::vaultBalances(before);
    const auto is = amm::vaultBalances(after);
    const base::u128 sent = base::u128{result.amountOutRaw} + result.transferFeeOutRaw;
    promise(sent <= was[1 - in], "the output is not more than the vault holds");
    promise(result.transferFeeInRaw <= result.amountInRaw, "the transfer fee is part of the input");
    if (!request.withReferral) {  // which is paid from either vault
        promise(is[1 - in] == was[1 - in] - sent, "the output leaves the vault");
        promise(is[in] == base::u128{was[in]} + result.amountInRaw - result.transferFeeInRaw,
                "the input arrives in the vault");
    }
    if (request.slippageLimitRaw) {
        promise(request.mode == amm::SwapMode::exactOut
                    ? result.amountInRaw <= *request.slippageLimitRaw
                    : result.amountOutRaw >= *request.slippageLimitRaw,
                "the slippage limit holds");
    }
}

void checkEncoding(const amm::Pool& pool, amm::AccountSet accounts) {
    amm::encodePool(pool, accounts);
    const auto decoded = amm::decodePool(pool.address, accounts);
    promise(decoded.has_value(), "an encoded pool can be decoded");
    promise(decoded->state == pool.state, "decode(encode(s)) == s");
}

// Quotes and applies; the pool afterwards, or the same where the swap fails.
amm::Pool swapped(const amm::Pool& pool, const amm::SwapRequest& request,
                  const amm::ChainClock& clock) {
    const auto quoted = amm::quote(pool, request, clock);
    const auto applied = amm::apply(pool, request, clock);
    promise(quoted.has_value() == applied.has_value(), "quote and apply both succeed or both fail");
    if (!applied) {
        promise(quoted.error() == applied.error(), "quote and apply fail alike");
        return pool;
    }
    promise(*quoted == applied->result, "quote and apply give the same");
    checkAmounts(pool, *applied->pool, request, applied->result);
    return *applied->pool;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const domain::Pubkey program =
        domain::programIdOf(*domain::programFromName(OEE_FUZZ_PROGRAM));
    const fuzz::Frame frame = fuzz::readFrame({data, size}, program);
    const auto pool = amm::decodePool(frame.pool, frame.accounts);
    if (!pool) {
        promise(!pool.error().where.empty(), "a failure says where");
        return 0;
    }
    amm::AccountSet same = frame.accounts;
    promise(amm::encodePool(*pool, same).empty() && same == frame.accounts,
            "encoding what was decoded changes nothing");
    for (const auto direction : {amm::SwapDirection::aToB, amm::SwapDirection::bToA}) {
        promise(amm::marginalPrice(*pool, direction) >= 0, "a price is not negative");
        for (const amm::CurveSegment& segment :
             amm::curveOf(*pool, direction, frame.clock).segments) {
            promise(segment.capacityIn >= 0 && segment.price >= 0, "a segment is not negative");
        }
        for (const auto mode :
             {amm::SwapMode::exactIn, amm::SwapMode::exactOut, amm::SwapMode::partialFill}) {
            amm::SwapRequest request = frame.request;
            request.direction = direction;
            request.mode = mode;
            static_cast<void>(amm::quote(*pool, request, frame.clock));
        }
    }
    const amm::Pool once = swapped(*pool, frame.request, frame.clock);
    amm::SwapRequest back = frame.request;
    back.direction = opposite(back.direction);
    const amm::Pool twice = swapped(once, back, frame.clock);
    checkEncoding(twice, frame.accounts);
    return 0;
}
