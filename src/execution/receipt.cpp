#include "execution/receipt.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "domain/amount.h"
#include "routing/routing.h"

namespace oee::execution {
namespace {

using base::i128;
using domain::RouteLeg;
using PoolPtr = std::shared_ptr<const amm::Pool>;
using Pools = std::span<const PoolPtr>;

// What one leg moved.
struct Flow {
    domain::Pubkey pool;
    domain::Pubkey inputMint;
    domain::Pubkey outputMint;
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;
};

// What the legs take of the trader. A route through a circle may bring some of the input back on
// the way, and spend that too.
std::uint64_t inputOf(std::span<const Flow> flows) {
    const domain::Pubkey& input = flows.front().inputMint;
    std::uint64_t spentRaw = 0;
    std::uint64_t broughtRaw = 0;
    for (const Flow& flow : flows) {
        spentRaw += flow.inputMint == input ? flow.amountInRaw : 0;
        broughtRaw += flow.outputMint == input ? flow.amountOutRaw : 0;
    }
    return flows.back().outputMint == input ? spentRaw : spentRaw - std::min(spentRaw, broughtRaw);
}

std::vector<Flow> plannedFlows(std::span<const RouteLeg> legs) {
    std::vector<Flow> flows;
    for (const RouteLeg& leg : legs) {
        flows.push_back(
            {leg.pool, leg.inputMint, leg.outputMint, leg.amountInRaw, leg.amountOutRaw});
    }
    return flows;
}

// Which part of what was there of its input token each leg took, in the order of execution.
std::vector<double> sharesOf(std::span<const Flow> flows) {
    std::map<domain::Pubkey, double> there{
        {flows.front().inputMint, static_cast<double>(inputOf(flows))}};
    std::vector<double> shares;
    for (const Flow& flow : flows) {
        const auto amount = static_cast<double>(flow.amountInRaw);
        double& available = there[flow.inputMint];
        shares.push_back(available > 0 ? std::min(amount / available, 1.0) : 0.0);
        available = std::max(available - amount, 0.0);
        there[flow.outputMint] += static_cast<double>(flow.amountOutRaw);
    }
    return shares;
}

using Worth = std::map<domain::Pubkey, double>;

// What a unit of each token is worth in the final output, at the mid prices of the pools: found
// from the last leg backwards, since a token's worth is that of what its legs turn it into.
Worth worthOf(std::span<const Flow> flows, Pools pools) {
    const std::vector<double> shares = sharesOf(flows);
    Worth worth{{flows.back().outputMint, 1.0}};
    for (std::size_t i = flows.size(); i-- > 0;) {
        const auto direction = pools[i]->directionFrom(flows[i].inputMint);
        const double through =
            amm::marginalPrice(*pools[i], *direction) * worth[flows[i].outputMint];
        double& own = worth[flows[i].inputMint];
        own = shares[i] * through + (1.0 - shares[i]) * own;
    }
    return worth;
}

// The pool of each leg as the first leg that uses it found it.
template <typename Leg>
std::optional<std::vector<PoolPtr>> firstMet(std::span<const Leg> legs, Pools pools) {
    std::vector<PoolPtr> met;
    if (legs.empty() || legs.size() != pools.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < legs.size(); ++i) {
        if (!pools[i] || pools[i]->address != legs[i].pool ||
            !pools[i]->directionFrom(legs[i].inputMint)) {
            return std::nullopt;
        }
        const auto first = std::find_if(legs.begin(), legs.begin() + static_cast<std::ptrdiff_t>(i),
                                        [&](const Leg& leg) { return leg.pool == legs[i].pool; });
        met.push_back(pools[static_cast<std::size_t>(first - legs.begin())]);
    }
    return met;
}

// Fees of all legs as the trader values them: in the final output at the mid.
struct FeeValues {
    std::uint64_t lpRaw = 0;
    std::uint64_t protocolRaw = 0;
    std::uint64_t transferRaw = 0;
};

FeeValues feesOf(std::span<const Flow> flows, std::span<const amm::SwapResult> results,
                 Worth& worth) {
    FeeValues fees;
    for (std::size_t i = 0; i < results.size(); ++i) {
        const amm::SwapResult& swap = results[i];
        const double worthIn = worth[flows[i].inputMint];
        const double worthOut = worth[flows[i].outputMint];
        const bool onInput = swap.feeSide == amm::FeeSide::input;
        const double worthFee = onInput ? worthIn : worthOut;
        const double worthOther = onInput ? worthOut : worthIn;
        fees.lpRaw += valueAt(swap.feeRaw - swap.protocolFeeRaw, worthFee);
        fees.protocolRaw +=
            valueAt(swap.protocolFeeRaw, worthFee) + valueAt(swap.otherSideFeeRaw, worthOther);
        fees.transferRaw +=
            valueAt(swap.transferFeeInRaw, worthIn) + valueAt(swap.transferFeeOutRaw, worthOut);
    }
    return fees;
}

domain::Receipt headOf(const LandingFacts& facts, const chain::Landed& landed) {
    domain::Receipt receipt;
    receipt.orderId = facts.transaction.orderId;
    receipt.inputMint = facts.transaction.legs.front().inputMint;
    receipt.outputMint = facts.transaction.legs.back().outputMint;
    receipt.amountInRaw = landed.amountInRaw;
    receipt.decisionSlot = facts.transaction.snapshotSlot;
    receipt.landingSlot = facts.outcome.slot;
    receipt.confirmedSlot = facts.outcome.confirmedSlot;
    receipt.finalizedSlot = facts.outcome.finalizedSlot;
    receipt.landedAtMicros = facts.atMicros;
    receipt.quotedOutRaw = facts.transaction.expectedOutRaw;
    receipt.amountOutRaw = landed.amountOutRaw;
    receipt.networkFeeLamports = landed.networkFeeLamports;
    return receipt;
}

// The decision's value of what was spent, where that is not what was planned (exact-out).
std::uint64_t decisionValue(const domain::Transaction& transaction, std::uint64_t spentRaw) {
    const std::uint64_t plannedRaw = inputOf(plannedFlows(transaction.legs));
    if (plannedRaw == spentRaw || plannedRaw == 0) {
        return transaction.decisionOutRaw;
    }
    return base::mulDiv64(transaction.decisionOutRaw, spentRaw, plannedRaw, base::Rounding::down)
        .value_or(std::numeric_limits<std::uint64_t>::max());
}

// The undisturbed legs; nothing where they are not the transaction's.
std::vector<Flow> flowsOf(const domain::Transaction& transaction, const chain::Landed& landed) {
    const std::span<const RouteLeg> legs = transaction.legs;
    const auto& swaps = landed.swapsUndisturbed;
    std::vector<Flow> flows;
    for (std::size_t i = 0; i < legs.size() && swaps.size() == legs.size(); ++i) {
        flows.push_back({legs[i].pool, legs[i].inputMint, legs[i].outputMint, swaps[i].amountInRaw,
                         swaps[i].amountOutRaw});
    }
    return flows;
}

}  // namespace

std::uint64_t valueAt(std::uint64_t amountRaw, double price) {
    const double value = std::floor(static_cast<double>(amountRaw) * price);
    if (!(value > 0)) {
        return 0;
    }
    // 2^64 exactly: the least double that does not fit.
    constexpr double kLimit = 18'446'744'073'709'551'616.0;
    return value < kLimit ? static_cast<std::uint64_t>(value)
                          : std::numeric_limits<std::uint64_t>::max();
}

double midPriceOf(std::span<const domain::Fill> fills, Pools pools) {
    const auto met = firstMet(fills, pools);
    if (!met) {
        return 0;
    }
    std::vector<Flow> flows;
    for (const domain::Fill& fill : fills) {
        flows.push_back(
            {fill.pool, fill.inputMint, fill.outputMint, fill.amountInRaw, fill.amountOutRaw});
    }
    return worthOf(flows, *met)[flows.front().inputMint];
}

std::uint64_t decisionValueOf(std::span<const RouteLeg> legs, const amm::MarketSnapshot& market) {
    const std::vector<Flow> flows = plannedFlows(legs);
    std::vector<PoolPtr> pools;
    for (const RouteLeg& leg : legs) {
        const std::size_t position = market.pairs->positionOf(leg.pool);
        pools.push_back(position < market.pools.size() ? market.pools[position] : nullptr);
    }
    const auto met = firstMet(legs, pools);
    return met ? valueAt(inputOf(flows), worthOf(flows, *met)[flows.front().inputMint]) : 0;
}

double outPerLamport(const amm::MarketSnapshot& market, const domain::Pubkey& outputMint) {
    return outputMint == domain::solMint()
               ? 1.0
               : routing::referencePrice(market, domain::solMint(), outputMint).value_or(0);
}

tl::expected<domain::Receipt, ReceiptError> makeReceipt(const LandingFacts& facts) {
    const auto* landed = std::get_if<chain::Landed>(&facts.outcome.result);
    if (landed == nullptr) {
        return tl::unexpected(ReceiptError::notLanded);
    }
    const std::vector<Flow> flows = flowsOf(facts.transaction, *landed);
    const auto met = firstMet(std::span<const Flow>(flows), landed->poolsBefore);
    if (!met) {
        return tl::unexpected(ReceiptError::legsDoNotMatch);
    }
    domain::Receipt receipt = headOf(facts, *landed);
    Worth worth = worthOf(flows, *met);
    const double mid = worth[receipt.inputMint];
    receipt.decisionOutRaw = decisionValue(facts.transaction, receipt.amountInRaw);
    receipt.landingOutRaw = valueAt(receipt.amountInRaw, mid);
    const FeeValues fees = feesOf(flows, landed->swapsUndisturbed, worth);

    domain::CostParts& parts = receipt.parts;
    const i128 dearerRaw = i128{receipt.landingOutRaw} - valueAt(landed->unsandwichedInRaw, mid);
    parts.sandwichRaw = i128{landed->unsandwichedOutRaw} - receipt.amountOutRaw + dearerRaw;
    receipt.unsandwichedOutRaw = static_cast<std::uint64_t>(std::clamp<i128>(
        receipt.amountOutRaw + parts.sandwichRaw, 0, std::numeric_limits<std::uint64_t>::max()));
    parts.delayRaw = i128{receipt.decisionOutRaw} - receipt.landingOutRaw;
    parts.lpFeesRaw = fees.lpRaw;
    parts.protocolFeesRaw = fees.protocolRaw;
    parts.transferFeesRaw = fees.transferRaw;
    parts.priceImpactRaw = i128{receipt.landingOutRaw} - receipt.amountOutRaw - parts.sandwichRaw -
                           parts.lpFeesRaw - parts.protocolFeesRaw - parts.transferFeesRaw;
    parts.networkRaw = valueAt(receipt.networkFeeLamports, facts.outPerLamport);
    return receipt;
}

std::int64_t centiBps(i128 partRaw, std::uint64_t decisionOutRaw) {
    // |part| is below 2^67 and the factor below 2^20: no overflow.
    return decisionOutRaw == 0
               ? 0
               : static_cast<std::int64_t>(std::clamp<i128>(
                     partRaw * 1'000'000 / decisionOutRaw, std::numeric_limits<std::int64_t>::min(),
                     std::numeric_limits<std::int64_t>::max()));
}

std::int64_t effectiveSpreadCentiBps(const domain::Receipt& receipt) {
    return centiBps(2 * (i128{receipt.landingOutRaw} - receipt.amountOutRaw),
                    receipt.landingOutRaw);
}

namespace {

std::string bpsText(std::int64_t centi) {
    const std::uint64_t size =
        centi < 0 ? 0 - static_cast<std::uint64_t>(centi) : static_cast<std::uint64_t>(centi);
    const std::string cents = std::to_string(size % 100);
    return (centi < 0 ? "-" : "") + std::to_string(size / 100) + (cents.size() < 2 ? ".0" : ".") +
           cents + " bps";
}

}  // namespace

std::string describe(const domain::Receipt& receipt, const domain::TokenRegistry& tokens) {
    const domain::Token* output = tokens.find(receipt.outputMint);
    const unsigned decimals = output != nullptr ? output->decimals : 0;
    std::string text;
    const auto line = [&](const char* label, i128 raw) {
        std::string name(label);
        name.resize(22, ' ');
        std::string amount = domain::formatSigned(raw, decimals);
        amount.insert(0, amount.size() < 24 ? 24 - amount.size() : 0, ' ');
        text += name + amount + "  " + bpsText(centiBps(raw, receipt.decisionOutRaw)) + "\n";
    };
    text += "Receipt of order " + domain::toString(receipt.orderId) + ", in " +
            tokens.symbolOf(receipt.outputMint) + "\n";
    line("Decision value", receipt.decisionOutRaw);
    line("- Delay", receipt.parts.delayRaw);
    line("- Price impact", receipt.parts.priceImpactRaw);
    line("- LP fees", receipt.parts.lpFeesRaw);
    line("- Protocol fees", receipt.parts.protocolFeesRaw);
    if (receipt.parts.transferFeesRaw != 0) {
        line("- Transfer fees", receipt.parts.transferFeesRaw);
    }
    line("- Sandwich", receipt.parts.sandwichRaw);
    line("- Network", receipt.parts.networkRaw);
    line("= Arrived, net", i128{receipt.decisionOutRaw} - receipt.shortfallRaw());
    line("Shortfall", receipt.shortfallRaw());
    text += "Effective spread      " + bpsText(effectiveSpreadCentiBps(receipt)) + "\n";
    // Others against what arrived: a gain is positive.
    const auto compared = [&](std::string label, std::uint64_t outRaw) {
        label.resize(22, ' ');
        std::string amount = domain::formatAmount(outRaw, decimals);
        amount.insert(0, amount.size() < 24 ? 24 - amount.size() : 0, ' ');
        text += label + amount + "  " +
                bpsText(centiBps(i128{outRaw} - receipt.amountOutRaw, receipt.decisionOutRaw)) +
                "\n";
    };
    if (const auto& others = receipt.counterfactuals) {
        text += "\nOther routes at the same slot, against what arrived\n";
        const std::pair<const char*, const std::optional<std::uint64_t>&> routes[] = {
            {"Best Raydium pool", others->bestRaydiumOutRaw},
            {"Best Meteora pool", others->bestMeteoraOutRaw},
            {"Full route", others->fullRouteOutRaw}};
        for (const auto& [label, outRaw] : routes) {
            if (outRaw) {
                compared(label, *outRaw);
            } else {
                text += std::string(label) + ": none\n";
            }
        }
    }
    if (!receipt.markouts.empty()) {
        text += "\nThe input at the mid price afterwards, against what arrived\n";
    }
    for (const domain::Markout& markout : receipt.markouts) {
        compared("After " + std::to_string(markout.seconds) + " s", markout.midOutRaw);
    }
    return text;
}

}  // namespace oee::execution
