#include "execution/explain.h"

namespace oee::execution {
namespace {

std::string subjectOf(const Refusal& refusal) {
    return refusal.field == Field::none ? std::string("the order")
                                        : std::string(nameOf(refusal.field));
}

// "Raydium CPMM: " or "".
std::string programPrefix(const domain::OrderFailure& failure) {
    if (!failure.program) {
        return {};
    }
    std::string prefix(domain::displayNameOf(*failure.program));
    if (failure.errorCode) {
        prefix += " error " + std::to_string(*failure.errorCode);
    }
    return prefix + ": ";
}

}  // namespace

std::string explain(const Refusal& refusal) {
    const std::string subject = subjectOf(refusal);
    switch (refusal.reason) {
        case RefusalReason::missing:
            return subject + " is missing.";
        case RefusalReason::unknownToken:
            return subject + ": no token \"" + refusal.given +
                   "\" in this market. Use a listed symbol or a mint address.";
        case RefusalReason::sameToken:
            return subject + " is the same token as tokenIn. Choose two different tokens.";
        case RefusalReason::notANumber:
            return subject + ": \"" + refusal.given +
                   "\" is not a number. Use digits with at most one point, such as 0.1.";
        case RefusalReason::tooManyDecimals:
            return subject + ": \"" + refusal.given + "\" has more decimals than the token's " +
                   refusal.limit + ".";
        case RefusalReason::tooLarge:
            return subject + ": \"" + refusal.given + "\" is more than a token amount can be.";
        case RefusalReason::notPositive:
            return subject + " must be more than 0.";
        case RefusalReason::bothAmounts:
            return "More than one of amountIn, amountInRaw, amountOut and amountOutRaw is given. "
                   "Give one of them.";
        case RefusalReason::unknownValue:
            return subject + ": \"" + refusal.given + "\" is none of: " + refusal.limit + ".";
        case RefusalReason::noRoute:
            return "There is no route for this order now: " + refusal.given + ".";
        case RefusalReason::outOfRange:
            return subject + ": " + refusal.given + " is outside " + refusal.limit + ".";
        case RefusalReason::tooLong:
            return subject + " has " + refusal.given + " characters; at most " + refusal.limit +
                   " are allowed.";
        case RefusalReason::noPool:
            return "No pool in this market trades the pair.";
        case RefusalReason::insufficientBalance:
            return subject + ": the free balance is " + refusal.limit + ", the order needs " +
                   refusal.given + ". Lower the amount or wait for open orders.";
        case RefusalReason::insufficientSolForFees:
            return "The free SOL (" + refusal.limit +
                   ") does not cover the order and its network "
                   "fees (" +
                   refusal.given + "). Keep some SOL back.";
        case RefusalReason::orderTooLarge:
            return subject + ": " + refusal.given +
                   " is above the largest order that the "
                   "settings allow (" +
                   refusal.limit + ").";
        case RefusalReason::tooManyOrders:
            return "More than " + refusal.limit +
                   " orders in a minute. Try again shortly, or "
                   "raise the limit in the settings.";
        case RefusalReason::tooManyOpenOrders:
            return "More than " + refusal.limit +
                   " open orders. Wait for some to finish, or "
                   "raise the limit in the settings.";
        case RefusalReason::tooFast:
            return "Orders come faster than " + refusal.limit +
                   " a minute, which is the rate that the settings allow. Nothing was stored; try "
                   "again in " +
                   std::to_string(refusal.retryAfterSeconds) + " s.";
        case RefusalReason::idempotencyConflict:
            return "This idempotency key was used for a different order. Use a new key for a new "
                   "order.";
        case RefusalReason::busy:
            return "The engine has as many orders in flight as it takes (" + refusal.limit +
                   "). Nothing was stored; try again shortly.";
        case RefusalReason::storageFailed:
            return "The database could not store the order; nothing was changed. Check the disk "
                   "and the log.";
        case RefusalReason::shuttingDown:
            return "The engine is shutting down; nothing was stored.";
    }
    return subject + " was refused.";
}

std::string explain(const domain::OrderFailure& failure) {
    const std::string prefix = programPrefix(failure);
    switch (failure.reason) {
        case domain::FailureReason::none:
            return {};
        case domain::FailureReason::noPool:
            return "No pool trades this pair. Choose another pair.";
        case domain::FailureReason::noLiquidity:
            return prefix + "The pools of this pair cannot fill the amount. Lower it.";
        case domain::FailureReason::noPlanFits:
            return "Every route of this pair needs more legs or space than one transaction and the "
                   "order's limits allow. Allow more, or take a nearer pair.";
        case domain::FailureReason::amountTooSmall:
            return prefix + "The amount is so small that it would bring nothing. Raise it.";
        case domain::FailureReason::slippageExceeded:
            return prefix +
                   "On landing the swap would have paid less than the minimum. Nothing "
                   "was swapped, the network fee was paid. Try again, or allow more slippage.";
        case domain::FailureReason::maximumExceeded:
            return "Before it was sent the price had moved so far that the order would have cost "
                   "more than its maximum. Nothing was swapped. Try again, or allow more slippage.";
        case domain::FailureReason::poolDisabled:
            return prefix + "The pool does not accept swaps now. Try again later.";
        case domain::FailureReason::programError:
            return prefix +
                   "The program refused the swap on landing. Nothing was swapped, the "
                   "network fee was paid. Quote again before the next try.";
        case domain::FailureReason::expired:
            return "The transaction was not included before its blockhash expired. Nothing was "
                   "swapped and no fee was paid. Try again.";
        case domain::FailureReason::dropped:
            return "The network lost the transaction before a leader had it. Nothing was swapped "
                   "and no fee was paid. Try again.";
        case domain::FailureReason::deadline:
            return "The order's deadline passed before it was filled. Nothing was swapped. Give it "
                   "more time, or send it again.";
        case domain::FailureReason::internal:
            return "A fault in the engine stopped this order; nothing was swapped. The log says "
                   "more.";
    }
    return {};
}

std::string explain(StoreError error) {
    switch (error) {
        case StoreError::unavailable:
            return "The database did not accept the change; nothing was changed. Check the disk "
                   "and the log.";
        case StoreError::notFound:
            return "There is no such order.";
        case StoreError::staleFence:
            return "Another worker has this order now.";
        case StoreError::illegalTransition:
            return "The order is past the point where this is possible: a submitted or finished "
                   "order cannot be cancelled.";
        case StoreError::openOrders:
            return "Orders are still open. Wait for them or cancel them first.";
        case StoreError::parked:
            return "Workers began this order " + std::to_string(kMostJobFailures) +
                   " times and did not finish it. It is parked: retry or cancel it.";
        case StoreError::notParked:
            return "The order is not parked: there is nothing to retry.";
        case StoreError::closed:
            return "The engine is shutting down.";
    }
    return {};
}

}  // namespace oee::execution
