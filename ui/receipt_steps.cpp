#include "ui/receipt_steps.h"

#include <algorithm>
#include <limits>

#include <QCoreApplication>

#include "execution/receipt.h"
#include "ui/format.h"

namespace oee::ui {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("receipt", text);
}

std::uint64_t magnitudeOf(base::i128 amountRaw) {
    const base::i128 magnitude = amountRaw < 0 ? -amountRaw : amountRaw;
    return static_cast<std::uint64_t>(
        std::min<base::i128>(magnitude, std::numeric_limits<std::uint64_t>::max()));
}

}  // namespace

std::vector<ReceiptStep> stepsOf(const domain::Receipt& receipt) {
    const domain::CostParts& parts = receipt.parts;
    std::vector<ReceiptStep> steps;
    base::i128 value = receipt.decisionOutRaw;
    steps.push_back({tr("Decision value"), tr("The input at the mid price when it was decided"),
                     ReceiptStep::Kind::total, 0, value});
    const auto take = [&](const QString& name, base::i128 costRaw, const QString& hint) {
        steps.push_back({name, hint, ReceiptStep::Kind::change, value, value - costRaw});
        value -= costRaw;
    };
    take(tr("Delay"), parts.delayRaw, tr("The market moved between decision and landing"));
    take(tr("Price impact"), parts.priceImpactRaw, tr("The order's own way along the curves"));
    take(tr("LP fees"), parts.lpFeesRaw, tr("What liquidity providers got"));
    take(tr("Protocol fees"), parts.protocolFeesRaw, tr("The rest of the pools' fees"));
    take(tr("Transfer fees"), parts.transferFeesRaw, tr("What the tokens' mints withheld"));
    take(tr("Sandwich"), parts.sandwichRaw, tr("Less than without the front-run"));
    take(tr("Network"), parts.networkRaw, tr("Base fee, priority fee and tip"));
    steps.push_back({tr("Arrived, net"), tr("What arrived, less the network fee"),
                     ReceiptStep::Kind::total, 0, value});
    return steps;
}

QString signedAmount(base::i128 amountRaw, const domain::Pubkey& mint, const TokenBook& tokens) {
    if (amountRaw == 0) {
        return QStringLiteral("0");
    }
    return (amountRaw < 0 ? minusSign() : QStringLiteral("+")) +
           tokens.shown(magnitudeOf(amountRaw), mint);
}

QString changeBps(base::i128 amountRaw, const domain::Receipt& receipt) {
    return bpsText(static_cast<double>(execution::centiBps(amountRaw, receipt.decisionOutRaw)) /
                   100.0);
}

}  // namespace oee::ui
