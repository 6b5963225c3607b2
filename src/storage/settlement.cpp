#include "storage/settlement.h"

#include <set>
#include <variant>

#include "amm/error.h"
#include "domain/token.h"

namespace oee::storage {
namespace {

using execution::StoreError;
using execution::Wallet;
using execution::WalletOwner;

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
    if (landed.amountInRaw > order.amountInRaw ||
        landed.networkFeeLamports > order.reservedLamports ||
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

bool settleReverted(domain::Order& order, Wallet& wallet, const chain::Reverted& reverted) {
    if (reverted.networkFeeLamports > order.reservedLamports ||
        !payNetworkFee(wallet, reverted.networkFeeLamports)) {
        return false;
    }
    order.status = domain::OrderStatus::failed;
    order.failure = failureOf(reverted);
    return true;
}

}  // namespace

domain::OrderFailure failureOf(const chain::Reverted& reverted) {
    using domain::FailureReason;
    domain::OrderFailure failure{FailureReason::programError, reverted.program, std::nullopt};
    switch (reverted.error) {
        case amm::SwapError::slippageExceeded:
            failure.reason = FailureReason::slippageExceeded;
            if (const auto known = amm::programErrorOf(reverted.program, reverted.error)) {
                failure.errorCode = known->code;
            }
            break;
        case amm::SwapError::poolDisabled:
            failure.reason = FailureReason::poolDisabled;
            break;
        case amm::SwapError::insufficientLiquidity:
            failure.reason = FailureReason::noLiquidity;
            break;
        case amm::SwapError::zeroOutput:
            failure.reason = FailureReason::amountTooSmall;
            break;
        case amm::SwapError::zeroAmount:
        case amm::SwapError::mathOverflow:
        case amm::SwapError::mintNotInPool:
        case amm::SwapError::unsupportedMode:
        case amm::SwapError::priceLimit:
            break;
    }
    return failure;
}

void releaseReservation(const domain::Order& order, Wallet& wallet) {
    wallet.release(order.inputMint, order.amountInRaw);
    wallet.release(domain::solMint(), order.reservedLamports);
}

tl::expected<Settlement, StoreError> settle(const domain::Order& order,
                                            const chain::TransactionOutcome& outcome,
                                            Wallet& wallet, const SlotMoment& moment) {
    if (order.status != domain::OrderStatus::submitted || order.attempt != outcome.attempt ||
        order.signature != outcome.signature) {
        return tl::unexpected(StoreError::staleFence);
    }
    Settlement settlement{order, {}};
    settlement.order.updatedAtMicros = moment.atMicros;
    Wallet after = wallet;
    releaseReservation(order, after);
    bool sound = true;
    if (const auto* landed = std::get_if<chain::Landed>(&outcome.result)) {
        sound = settleLanded(settlement, after, outcome, *landed, moment);
    } else if (const auto* reverted = std::get_if<chain::Reverted>(&outcome.result)) {
        sound = settleReverted(settlement.order, after, *reverted);
    } else {
        settlement.order.status = domain::OrderStatus::failed;
        settlement.order.failure =
            domain::OrderFailure{domain::FailureReason::expired, std::nullopt, std::nullopt};
    }
    if (!sound) {
        return tl::unexpected(StoreError::illegalTransition);
    }
    wallet = std::move(after);
    return settlement;
}

}  // namespace oee::storage
