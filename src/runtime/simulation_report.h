#pragma once
// What a simulation found.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "domain/order.h"
#include "domain/receipt.h"

namespace oee::runtime {

// In hundredths of a basis point of the orders' decision values.
struct Distribution {
    double meanCentiBps = 0;
    std::int64_t medianCentiBps = 0;
    std::int64_t p95CentiBps = 0;  // nearest rank
};

// Samples of one quantity.
class Samples {
  public:
    void add(std::int64_t centiBps) { values_.push_back(centiBps); }
    std::size_t count() const { return values_.size(); }
    Distribution distribution() const;

  private:
    std::vector<std::int64_t> values_;
};

enum class ReceiptPart {
    delay,
    priceImpact,
    lpFees,
    protocolFees,
    transferFees,
    sandwich,
    network,
    shortfall,  // their sum
};
inline constexpr std::array kReceiptParts{ReceiptPart::delay,        ReceiptPart::priceImpact,
                                          ReceiptPart::lpFees,       ReceiptPart::protocolFees,
                                          ReceiptPart::transferFees, ReceiptPart::sandwich,
                                          ReceiptPart::network,      ReceiptPart::shortfall};
std::string_view nameOf(ReceiptPart part);
base::i128 valueOf(ReceiptPart part, const domain::Receipt& receipt);

// Other routes, by what they would have paid more than what arrived.
enum class Counterfactual { bestRaydium, bestMeteora, fullRoute };
inline constexpr std::array kCounterfactuals{
    Counterfactual::bestRaydium, Counterfactual::bestMeteora, Counterfactual::fullRoute};
std::string_view nameOf(Counterfactual counterfactual);

struct SimulationReport {
    std::uint64_t drawn = 0;
    std::uint64_t refused = 0;  // at admission
    std::map<domain::OrderStatus, std::uint64_t> orders;
    std::map<domain::FailureReason, std::uint64_t> failures;
    // Transactions.
    std::uint64_t sent = 0;
    std::uint64_t landed = 0;
    std::uint64_t reverted = 0;
    std::uint64_t expired = 0;
    std::uint64_t dropped = 0;
    std::uint64_t retries = 0;
    std::uint64_t sandwiched = 0;

    std::uint64_t slotCount = 0;
    std::int64_t virtualMicros = 0;
    std::uint64_t events = 0;
    domain::EventHash traceSha256{};  // of the newest event

    std::map<ReceiptPart, Samples> parts;
    std::map<std::uint32_t, Samples> markouts;  // by seconds: value then less what arrived
    std::map<Counterfactual, Samples> counterfactuals;

    void add(const domain::Receipt& receipt);  // without its markouts
};

}  // namespace oee::runtime
