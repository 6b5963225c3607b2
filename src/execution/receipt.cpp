#include "execution/receipt.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "domain/amount.h"

namespace oee::execution {
namespace {

using base::i128;
using domain::RouteLeg;
using Pools = std::span<const std::shared_ptr<const amm::Pool>>;

// What one leg moved.
struct Flow {
    domain::Pubkey pool;
    domain::Pubkey inputMint;
    domain::Pubkey outputMint;
    std::uint64_t amountInRaw = 0;
    std::uint64_t amountOutRaw = 0;
};

// Which part of what was there of its input token each leg took, in the order of execution.
std::vector<double> sharesOf(std::span<const Flow> flows) {
    std::map<domain::Pubkey, double> there;
    for (const Flow& flow : flows) {
        if (flow.inputMint == flows.front().inputMint) {
            there[flow.inputMint] += static_cast<double>(flow.amountInRaw);
        }
    }
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

// Whether the pools are those of the legs, in their order.
template <typename Leg>
bool match(std::span<const Leg> legs, Pools pools) {
    return !legs.empty() &&
           std::equal(legs.begin(), legs.end(), pools.begin(), pools.end(),
                      [](const Leg& leg, const std::shared_ptr<const amm::Pool>& pool) {
                          return pool && pool->address == leg.pool &&
                                 pool->directionFrom(leg.inputMint).has_value();
                      });
}

// The legs one after another, each pool with what the earlier legs made of it.
std::optional<std::vector<amm::SwapResult>> execute(const LandingFacts& facts) {
    std::map<domain::Pubkey, std::shared_ptr<const amm::Pool>> changed;
    std::vector<amm::SwapResult> results;
    for (std::size_t i = 0; i < facts.transaction.legs.size(); ++i) {
        const RouteLeg& leg = facts.transaction.legs[i];
        const auto& pool = changed.try_emplace(leg.pool, facts.landingPools[i]).first->second;
        amm::SwapRequest request;
        request.direction = *pool->directionFrom(leg.inputMint);
        request.amountRaw = leg.amountInRaw;
        auto applied = amm::apply(*pool, request, facts.clock);
        if (!applied) {
            return std::nullopt;
        }
        results.push_back(applied->result);
        changed[leg.pool] = std::move(applied->pool);
    }
    return results;
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

domain::Receipt headOf(const LandingFacts& facts) {
    domain::Receipt receipt;
    receipt.orderId = facts.transaction.orderId;
    receipt.inputMint = facts.transaction.legs.front().inputMint;
    receipt.outputMint = facts.transaction.legs.back().outputMint;
    receipt.decisionSlot = facts.transaction.snapshotSlot;
    receipt.landingSlot = facts.clock.slot;
    receipt.quotedOutRaw = facts.transaction.expectedOutRaw;
    receipt.amountOutRaw = facts.amountOutRaw;
    receipt.networkFeeLamports = facts.networkFeeLamports;
    return receipt;
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
    if (!match(fills, pools)) {
        return 0;
    }
    std::vector<Flow> flows;
    for (const domain::Fill& fill : fills) {
        flows.push_back(
            {fill.pool, fill.inputMint, fill.outputMint, fill.amountInRaw, fill.amountOutRaw});
    }
    return worthOf(flows, pools)[flows.front().inputMint];
}

tl::expected<domain::Receipt, ReceiptError> makeReceipt(const LandingFacts& facts) {
    const domain::Transaction& transaction = facts.transaction;
    if (transaction.legs.empty()) {
        return tl::unexpected(ReceiptError::noLegs);
    }
    const std::span<const RouteLeg> legs = transaction.legs;
    if (!match(legs, facts.decisionPools) || !match(legs, facts.landingPools)) {
        return tl::unexpected(ReceiptError::poolsDoNotMatch);
    }
    const auto results = execute(facts);
    if (!results) {
        return tl::unexpected(ReceiptError::notReproducible);
    }
    domain::Receipt receipt = headOf(facts);
    std::vector<Flow> flows;
    for (std::size_t i = 0; i < legs.size(); ++i) {
        const Flow& flow =
            flows.emplace_back(Flow{legs[i].pool, legs[i].inputMint, legs[i].outputMint,
                                    (*results)[i].amountInRaw, (*results)[i].amountOutRaw});
        receipt.amountInRaw += flow.inputMint == receipt.inputMint ? flow.amountInRaw : 0;
        receipt.unsandwichedOutRaw += flow.outputMint == receipt.outputMint ? flow.amountOutRaw : 0;
    }
    Worth atDecision = worthOf(flows, facts.decisionPools);
    Worth atLanding = worthOf(flows, facts.landingPools);
    receipt.decisionOutRaw = valueAt(receipt.amountInRaw, atDecision[receipt.inputMint]);
    receipt.landingOutRaw = valueAt(receipt.amountInRaw, atLanding[receipt.inputMint]);
    const FeeValues fees = feesOf(flows, *results, atLanding);

    domain::CostParts& parts = receipt.parts;
    parts.delayRaw = i128{receipt.decisionOutRaw} - receipt.landingOutRaw;
    parts.lpFeesRaw = fees.lpRaw;
    parts.protocolFeesRaw = fees.protocolRaw;
    parts.transferFeesRaw = fees.transferRaw;
    parts.priceImpactRaw = i128{receipt.landingOutRaw} - receipt.unsandwichedOutRaw -
                           parts.lpFeesRaw - parts.protocolFeesRaw - parts.transferFeesRaw;
    parts.sandwichRaw = i128{receipt.unsandwichedOutRaw} - receipt.amountOutRaw;
    parts.networkRaw = valueAt(facts.networkFeeLamports, facts.outPerLamport);
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

std::string signedAmount(i128 raw, unsigned decimals) {
    const bool negative = raw < 0;
    const base::u128 size = negative ? static_cast<base::u128>(-raw) : static_cast<base::u128>(raw);
    const auto shown = static_cast<std::uint64_t>(
        std::min<base::u128>(size, std::numeric_limits<std::uint64_t>::max()));
    return (negative ? "-" : "") + domain::formatAmount(shown, decimals);
}

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
        std::string amount = signedAmount(raw, decimals);
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
    return text;
}

}  // namespace oee::execution
