#include "routing/plan.h"

#include <cstdio>

#include "domain/amount.h"

namespace oee::routing {
namespace {

std::string amountOf(std::uint64_t raw, const domain::Pubkey& mint,
                     const domain::TokenRegistry& tokens) {
    const domain::Token* token = tokens.find(mint);
    return domain::formatAmount(raw, token != nullptr ? token->decimals : 0) + " " +
           tokens.symbolOf(mint);
}

std::string fixed(double value, int decimals) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

std::string limitsInWords(const LimitReport& limits) {
    std::string words;
    const auto add = [&](bool binds, const char* name) {
        if (binds) {
            words += (words.empty() ? "" : ", ") + std::string(name);
        }
    };
    add(limits.hops, "hops");
    add(limits.legs, "legs");
    add(limits.bytes, "bytes");
    add(limits.computeUnits, "compute units");
    return words;
}

std::string describeLeg(const PlanLeg& leg, const domain::TokenRegistry& tokens) {
    std::string line = std::string(domain::displayNameOf(leg.program)) + " " +
                       domain::shortForm(leg.pool) + ": " +
                       amountOf(leg.swap.amountInRaw, leg.inputMint, tokens) + " -> " +
                       amountOf(leg.swap.amountOutRaw, leg.outputMint, tokens);
    const bool onInput = leg.swap.feeSide == amm::FeeSide::input;
    line += ", fee " + amountOf(leg.swap.feeRaw, onInput ? leg.inputMint : leg.outputMint, tokens);
    if (leg.priceBefore > 0) {
        line += ", price -" + fixed((1 - leg.priceAfter / leg.priceBefore) * 10'000, 1) + " bps";
    }
    return line;
}

}  // namespace

std::string describe(const Plan& plan, const domain::TokenRegistry& tokens) {
    const bool exactIn = plan.mode == RouteMode::exactIn;
    std::string text = amountOf(plan.amountInRaw, plan.inputMint, tokens) + " -> " +
                       amountOf(plan.amountOutRaw, plan.outputMint, tokens);
    text += exactIn ? ", at least " + amountOf(plan.minimumOutRaw, plan.outputMint, tokens)
                    : ", at most " + amountOf(plan.maximumInRaw, plan.inputMint, tokens);
    text += "\n  bound " +
            amountOf(plan.boundRaw, exactIn ? plan.outputMint : plan.inputMint, tokens) + ", gap " +
            std::to_string(plan.gapPpb) + " ppb, impact " + fixed(plan.priceImpactBps, 1) +
            " bps, slot " + std::to_string(plan.slot);
    if (plan.networkCostOutRaw > 0) {
        text += "\n  network " + amountOf(plan.networkCostOutRaw, plan.outputMint, tokens);
    }
    if (plan.limits.any()) {
        text +=
            "\n  limited by " + limitsInWords(plan.limits) + "; without: " +
            amountOf(plan.limits.unlimitedRaw, exactIn ? plan.outputMint : plan.inputMint, tokens);
    }
    if (plan.boundWithinHopsRaw) {
        text +=
            "\n  bound within the hops " +
            amountOf(*plan.boundWithinHopsRaw, exactIn ? plan.outputMint : plan.inputMint, tokens) +
            ", gap " + std::to_string(*plan.gapWithinHopsPpb) + " ppb";
    }
    for (const PlanFee& fee : plan.fees) {
        text += "\n  fees " + amountOf(fee.poolFeesRaw, fee.mint, tokens);
        if (fee.transferFeesRaw > 0) {
            text += " and transfer fees " + amountOf(fee.transferFeesRaw, fee.mint, tokens);
        }
    }
    for (std::size_t i = 0; i < plan.paths.size(); ++i) {
        const PlanPath& path = plan.paths[i];
        text += "\n  path " + std::to_string(i + 1) + ": " + fixed(path.share * 100, 2) + " %";
        for (const std::uint32_t leg : path.legs) {
            text += "\n    " + std::to_string(leg + 1) + ". " + describeLeg(plan.legs[leg], tokens);
        }
    }
    return text + "\n";
}

std::string describe(const PlanFailure& failure, const PlanRequest& request,
                     const domain::TokenRegistry& tokens) {
    const domain::Pubkey& counted =
        request.mode == RouteMode::exactIn ? request.inputMint : request.outputMint;
    const std::string amount = amountOf(request.amountRaw, counted, tokens);
    const std::string pair =
        tokens.symbolOf(request.inputMint) + " to " + tokens.symbolOf(request.outputMint);
    std::string text;
    switch (failure.error) {
        case RoutingError::noPool:
            text = "no route from " + pair;
            break;
        case RoutingError::noLiquidity:
            text = amount + " is more than the pools from " + pair + " can take";
            break;
        case RoutingError::amountTooSmall:
            text = amount + " is too small to bring anything from " + pair;
            break;
        case RoutingError::noPlanFits:
            text = "no route from " + pair + " fits into the limits of hops, legs or transaction";
            break;
        case RoutingError::poolsDisabled:
            text = "every pool from " + pair + " is closed";
            break;
    }
    if (failure.workingAmountRaw) {
        text += "; " + amountOf(*failure.workingAmountRaw, counted, tokens) + " works";
    }
    return text;
}

}  // namespace oee::routing
