#include "gateway/plan_json.h"

#include "gateway/json_values.h"

namespace oee::gateway {
namespace {

JsonObject legToJson(const domain::RouteLeg& leg, const domain::TokenRegistry& tokens) {
    JsonObject object;
    putPool(object, leg.pool, leg.program);
    putPair(object, leg.inputMint, leg.outputMint, tokens);
    putAmount(object, "amountIn", leg.amountInRaw, decimalsOf(leg.inputMint, tokens));
    putAmount(object, "amountOut", leg.amountOutRaw, decimalsOf(leg.outputMint, tokens));
    return object;
}

JsonObject legToJson(const routing::PlanLeg& leg, const domain::TokenRegistry& tokens) {
    JsonObject object =
        legToJson(domain::RouteLeg{leg.pool, leg.program, leg.inputMint, leg.outputMint,
                                   leg.swap.amountInRaw, leg.swap.amountOutRaw},
                  tokens);
    const domain::Pubkey& feeMint =
        leg.swap.feeSide == amm::FeeSide::input ? leg.inputMint : leg.outputMint;
    putAmount(object, "fee", leg.swap.feeRaw, decimalsOf(feeMint, tokens));
    object.insert("feeToken", text(tokens.symbolOf(feeMint)));
    object.insert("priceMoveBps", leg.priceBefore > 0
                                      ? rounded((leg.priceAfter / leg.priceBefore - 1) * 1e4)
                                      : JsonValue());
    return object;
}

JsonArray pathsToJson(const std::vector<routing::PlanPath>& paths) {
    JsonArray array;
    for (const routing::PlanPath& path : paths) {
        JsonArray legs;
        for (const std::uint32_t leg : path.legs) {
            legs.append(count(leg));
        }
        array.append(JsonObject{{"sharePercent", rounded(path.share * 100)}, {"legs", legs}});
    }
    return array;
}

JsonArray feesToJson(const std::vector<routing::PlanFee>& fees,
                     const domain::TokenRegistry& tokens) {
    JsonArray array;
    for (const routing::PlanFee& fee : fees) {
        JsonObject object{{"token", text(tokens.symbolOf(fee.mint))},
                          {"mint", text(toBase58(fee.mint))}};
        putAmount(object, "poolFees", fee.poolFeesRaw, decimalsOf(fee.mint, tokens));
        putAmount(object, "transferFees", fee.transferFeesRaw, decimalsOf(fee.mint, tokens));
        array.append(object);
    }
    return array;
}

JsonArray limitsToJson(const routing::LimitReport& limits) {
    JsonArray names;
    const std::pair<bool, const char*> all[] = {{limits.hops, "hops"},
                                                {limits.legs, "legs"},
                                                {limits.bytes, "bytes"},
                                                {limits.computeUnits, "computeUnits"}};
    for (const auto& [binds, name] : all) {
        if (binds) {
            names.append(name);
        }
    }
    return names;
}

}  // namespace

JsonObject toJson(const domain::RouteChoice& choice) {
    JsonArray excluded;
    for (const domain::Pubkey& pool : choice.excludedPools) {
        excluded.append(text(toBase58(pool)));
    }
    return {{"scope", text(nameOf(choice.scope))},
            {"venue", choice.venue ? JsonValue(text(nameOf(*choice.venue))) : JsonValue()},
            {"maxHops", count(choice.maxHops)},
            {"maxLegs", choice.maxLegs ? count(*choice.maxLegs) : JsonValue()},
            {"excludedPools", excluded}};
}

JsonObject toJson(const routing::Plan& plan, const domain::TokenRegistry& tokens) {
    const unsigned decimalsIn = decimalsOf(plan.inputMint, tokens);
    const unsigned decimalsOut = decimalsOf(plan.outputMint, tokens);
    // What is to be found is counted in one of the two.
    const unsigned decimalsBound =
        plan.mode == domain::RouteMode::exactIn ? decimalsOut : decimalsIn;
    JsonArray legs;
    for (const routing::PlanLeg& leg : plan.legs) {
        legs.append(legToJson(leg, tokens));
    }
    JsonObject object{{"mode", text(nameOf(plan.mode))},
                      {"gapPpb", count(plan.gapPpb)},
                      {"priceImpactBps", rounded(plan.priceImpactBps)},
                      {"legs", legs},
                      {"paths", pathsToJson(plan.paths)},
                      {"fees", feesToJson(plan.fees, tokens)},
                      {"limitedBy", limitsToJson(plan.limits)},
                      {"transactionBytes", count(plan.transactionBytes)},
                      {"computeUnits", count(plan.computeUnits)},
                      {"slot", count(plan.slot)},
                      {"tookMicros", count(plan.tookMicros)},
                      {"tree", text(routing::describe(plan, tokens))}};
    putAmount(object, "amountIn", plan.amountInRaw, decimalsIn);
    putAmount(object, "maxAmountIn", plan.maximumInRaw, decimalsIn);
    putAmount(object, "amountOut", plan.amountOutRaw, decimalsOut);
    putAmount(object, "minAmountOut", plan.minimumOutRaw, decimalsOut);
    putAmount(object, "networkCostOut", plan.networkCostOutRaw, decimalsOut);
    putAmount(object, "netAmountOut", plan.netOutRaw, decimalsOut);
    putAmount(object, "bound", plan.boundRaw, decimalsBound);
    putAmount(object, "unlimited", plan.limits.unlimitedRaw, decimalsBound);
    if (plan.boundWithinHopsRaw) {
        putAmount(object, "boundWithinHops", *plan.boundWithinHopsRaw, decimalsBound);
        object.insert("gapWithinHopsPpb", count(plan.gapWithinHopsPpb.value_or(0)));
    }
    return object;
}

JsonObject toJson(const domain::PlanSummary& plan, const domain::Order& order,
                  const domain::TokenRegistry& tokens) {
    const unsigned decimalsIn = decimalsOf(order.inputMint, tokens);
    const unsigned decimalsOut = decimalsOf(order.outputMint, tokens);
    JsonArray legs;
    for (const domain::RouteLeg& leg : plan.legs) {
        legs.append(legToJson(leg, tokens));
    }
    JsonObject object{{"legs", legs}, {"gapPpb", count(plan.gapPpb)}};
    // The first leg's pool also stands alone: most plans have one.
    putPool(object, plan.legs.front().pool, plan.legs.front().program);
    putAmount(object, "amountIn", plan.amountInRaw, decimalsIn);
    putAmount(object, "maxAmountIn", plan.maxAmountInRaw, decimalsIn);
    putAmount(object, "expectedOut", plan.expectedOutRaw, decimalsOut);
    putAmount(object, "minAmountOut", plan.minAmountOutRaw, decimalsOut);
    putAmount(object, "bound", plan.boundRaw,
              order.mode == domain::RouteMode::exactIn ? decimalsOut : decimalsIn);
    return object;
}

}  // namespace oee::gateway
