#include "runtime/simulation_report.h"

#include <algorithm>

#include "execution/receipt.h"

namespace oee::runtime {

Distribution Samples::distribution() const {
    if (values_.empty()) {
        return {};
    }
    std::vector<std::int64_t> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    base::i128 sum = 0;
    for (const std::int64_t value : sorted) {
        sum += value;
    }
    const auto rank = [&](std::size_t percent) {
        return sorted[(sorted.size() * percent + 99) / 100 - 1];
    };
    return {static_cast<double>(sum) / static_cast<double>(sorted.size()), rank(50), rank(95)};
}

std::string_view nameOf(ReceiptPart part) {
    switch (part) {
        case ReceiptPart::delay:
            return "delay";
        case ReceiptPart::priceImpact:
            return "priceImpact";
        case ReceiptPart::lpFees:
            return "lpFees";
        case ReceiptPart::protocolFees:
            return "protocolFees";
        case ReceiptPart::transferFees:
            return "transferFees";
        case ReceiptPart::sandwich:
            return "sandwich";
        case ReceiptPart::network:
            return "network";
        case ReceiptPart::shortfall:
            return "shortfall";
    }
    return {};
}

base::i128 valueOf(ReceiptPart part, const domain::Receipt& receipt) {
    const domain::CostParts& parts = receipt.parts;
    switch (part) {
        case ReceiptPart::delay:
            return parts.delayRaw;
        case ReceiptPart::priceImpact:
            return parts.priceImpactRaw;
        case ReceiptPart::lpFees:
            return parts.lpFeesRaw;
        case ReceiptPart::protocolFees:
            return parts.protocolFeesRaw;
        case ReceiptPart::transferFees:
            return parts.transferFeesRaw;
        case ReceiptPart::sandwich:
            return parts.sandwichRaw;
        case ReceiptPart::network:
            return parts.networkRaw;
        case ReceiptPart::shortfall:
            return receipt.shortfallRaw();
    }
    return 0;
}

std::string_view nameOf(Counterfactual counterfactual) {
    switch (counterfactual) {
        case Counterfactual::bestRaydium:
            return "bestRaydium";
        case Counterfactual::bestMeteora:
            return "bestMeteora";
        case Counterfactual::fullRoute:
            return "fullRoute";
    }
    return {};
}

void SimulationReport::add(const domain::Receipt& receipt) {
    for (const ReceiptPart part : kReceiptParts) {
        parts[part].add(execution::centiBps(valueOf(part, receipt), receipt.decisionOutRaw));
    }
    if (!receipt.counterfactuals) {
        return;
    }
    const auto compare = [&](Counterfactual which, const std::optional<std::uint64_t>& outRaw) {
        if (outRaw) {
            counterfactuals[which].add(execution::centiBps(
                base::i128{*outRaw} - receipt.amountOutRaw, receipt.decisionOutRaw));
        }
    };
    compare(Counterfactual::bestRaydium, receipt.counterfactuals->bestRaydiumOutRaw);
    compare(Counterfactual::bestMeteora, receipt.counterfactuals->bestMeteoraOutRaw);
    compare(Counterfactual::fullRoute, receipt.counterfactuals->fullRouteOutRaw);
}

}  // namespace oee::runtime
