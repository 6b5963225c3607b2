#include "execution/settlement.h"

#include <set>
#include <variant>

#include "amm/error.h"
#include "domain/token.h"

namespace oee::execution {
namespace {

std::uint64_t unspentLamports(const domain::Order& order) {
    return order.reservedLamports - order.spentLamports;
}

// From the trader to the owner `fees`.
bool payNetworkFee(Wallet& wallet, std::uint64_t lamports) {
    return wallet.debit(WalletOwner::trader, domain::solMint(), lamports) &&
           wallet.credit(WalletOwner::fees, domain::solMint(), lamports);
}

bool fillsBelongTo(const domain::Order& order, const chain::TransactionOutcome& outcome,
                   const std::vector<domain::Fill>& fills) {
    std::set<std::uint32_t> legs;
    for (const domain::Fill& fill : fills) {
        if (fill.orderId != order.id || fill.signature != outcome.signature ||
            !legs.insert(fill.leg).second) {
            return false;
        }
    }
    return !fills.empty();
}

bool settleLanded(Settlement& settlement, Wallet& wallet, const chain::TransactionOutcome& outcome,
                  const chain::Landed& landed, const SlotMoment& moment) {
    domain::Order& order = settlement.order;
    releaseReservation(order, wallet);
    if (landed.amountInRaw > order.amountInRaw ||
        landed.networkFeeLamports > unspentLamports(order) ||
        !fillsBelongTo(order, outcome, landed.fills)) {
        return false;
    }
    if (!wallet.debit(WalletOwner::trader, order.inputMint, landed.amountInRaw) ||
        !payNetworkFee(wallet, landed.networkFeeLamports) ||
        !wallet.credit(WalletOwner::trader, order.outputMint, landed.amountOutRaw)) {
        return false;
    }
    order.status = domain::OrderStatus::confirmed;
    order.execution = domain::Execution{landed.amountInRaw, landed.amountOutRaw,
                                        landed.networkFeeLamports, moment.slot};
    settlement.fills = landed.fills;
    for (domain::Fill& fill : settlement.fills) {
        fill.atMicros = moment.atMicros;
    }
    return true;
}

bool payForRevert(domain::Order& order, Wallet& wallet, const chain::Reverted& reverted) {
    const std::uint64_t lamports = reverted.networkFeeLamports;
    if (lamports > unspentLamports(order)) {
        return false;
    }
    wallet.release(domain::solMint(), lamports);
    order.spentLamports += lamports;
    return payNetworkFee(wallet, lamports);
}

AfterAttempt afterAttempt(const domain::Order& order, const chain::TransactionOutcome& outcome,
                          base::UnixMicros nowMicros, const RetryPolicy& policy) {
    if (const auto* reverted = std::get_if<chain::Reverted>(&outcome.result)) {
        return afterReverted(order, *reverted, nowMicros, policy);
    }
    if (const auto* dropped = std::get_if<chain::Dropped>(&outcome.result)) {
        return afterDropped(order, *dropped, nowMicros, policy);
    }
    return afterExpired(order, nowMicros, policy);
}

}  // namespace

void releaseReservation(const domain::Order& order, Wallet& wallet) {
    wallet.release(order.inputMint, order.amountInRaw);
    wallet.release(domain::solMint(), unspentLamports(order));
}

tl::expected<Settlement, StoreError> settle(const domain::Order& order,
                                            const chain::TransactionOutcome& outcome,
                                            Wallet& wallet, const SlotMoment& moment,
                                            const RetryPolicy& policy) {
    if (order.status != domain::OrderStatus::submitted || order.attempt != outcome.attempt ||
        order.signature != outcome.signature) {
        return tl::unexpected(StoreError::staleFence);
    }
    Settlement settlement{order, {}};
    settlement.order.updatedAtMicros = moment.atMicros;
    Wallet after = wallet;
    if (const auto* landed = std::get_if<chain::Landed>(&outcome.result)) {
        if (!settleLanded(settlement, after, outcome, *landed, moment)) {
            return tl::unexpected(StoreError::illegalTransition);
        }
        wallet = std::move(after);
        return settlement;
    }
    const auto* reverted = std::get_if<chain::Reverted>(&outcome.result);
    if (reverted != nullptr && !payForRevert(settlement.order, after, *reverted)) {
        return tl::unexpected(StoreError::illegalTransition);
    }
    const AfterAttempt next = afterAttempt(order, outcome, moment.atMicros, policy);
    if (const auto* failure = std::get_if<domain::OrderFailure>(&next)) {
        settlement.order.status = domain::OrderStatus::failed;
        settlement.order.failure = *failure;
        releaseReservation(settlement.order, after);
    } else {
        settlement.order.status = domain::OrderStatus::routing;
        ++settlement.order.attempt;
        settlement.order.plan.reset();
        settlement.order.signature.reset();
    }
    wallet = std::move(after);
    return settlement;
}

}  // namespace oee::execution
