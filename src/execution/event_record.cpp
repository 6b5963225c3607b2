#include "execution/event_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/sha256.h"
#include "domain/amount.h"

namespace oee::execution {
namespace {

// A number as text, without an allocation.
class Digits {
  public:
    explicit Digits(std::uint64_t number)
        : end_(std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr) {}
    std::string_view text() const {
        return {digits_.data(), static_cast<std::size_t>(end_ - digits_.data())};
    }

  private:
    std::array<char, 20> digits_{};
    const char* end_;
};

class Record {
  public:
    Record& add(std::string_view field) {
        const Digits size(field.size());
        const std::size_t needed = size.text().size() + 1 + field.size();
        if (bytes_.size() - used_ < needed) {
            bytes_.resize(2 * bytes_.size() + needed);
        }
        char* end = bytes_.data() + used_;
        end = std::copy(size.text().begin(), size.text().end(), end);
        *end++ = ':';
        std::copy(field.begin(), field.end(), end);
        used_ += needed;
        return *this;
    }
    Record& add(std::uint64_t number) { return add(Digits(number).text()); }
    template <std::size_t size>
    Record& add(const std::array<std::uint8_t, size>& bytes) {
        return add(std::string_view(reinterpret_cast<const char*>(bytes.data()), size));
    }
    std::string take() {
        bytes_.resize(used_);
        return std::move(bytes_);
    }

  private:
    // Room for a pending event with its order, and for most others. Appending to a string looks
    // after its end again with every piece.
    std::string bytes_ = std::string(1'024, '\0');
    std::size_t used_ = 0;
};

std::uint64_t bitsOf(base::UnixMicros micros) {
    return static_cast<std::uint64_t>(micros);
}

// What earlier versions did with every order.
const domain::RouteChoice kOnePool{.scope = domain::RouteScope::single,
                                   .venue = {},
                                   .maxHops = domain::kMostHops,
                                   .maxLegs = {},
                                   .excludedPools = {}};

void addChoice(Record& record, const domain::RouteChoice& choice) {
    record.add(domain::nameOf(choice.scope));
    record.add(choice.venue ? domain::nameOf(*choice.venue) : std::string_view{});
    record.add(choice.maxHops).add(choice.maxLegs ? std::to_string(*choice.maxLegs) : "");
    record.add(choice.excludedPools.size());
    for (const domain::Pubkey& pool : choice.excludedPools) {
        record.add(pool.bytes);
    }
}

void addRequest(Record& record, const domain::Order& order) {
    record.add(domain::nameOf(order.type)).add(domain::nameOf(order.side));
    record.add(order.inputMint.bytes).add(order.outputMint.bytes);
    record.add(order.amountInRaw).add(order.slippageBps).add(order.idempotencyKey);
    record.add(order.reservedLamports).add(bitsOf(order.createdAtMicros)).add(order.createdSlot);
    // Orders of earlier versions had none of these; nothing follows, so leaving them out is
    // unambiguous.
    const bool hasRoute = order.mode != domain::RouteMode::exactIn || order.route != kOnePool;
    if (order.onRevert != domain::OnRevert::fail || order.deadlineMicros || hasRoute) {
        record.add(domain::nameOf(order.onRevert));
        record.add(order.deadlineMicros ? std::to_string(*order.deadlineMicros) : std::string{});
    }
    if (hasRoute) {
        record.add(domain::nameOf(order.mode)).add(order.amountOutRaw);
        addChoice(record, order.route);
    }
}

void addExecution(Record& record, const domain::Execution& execution) {
    record.add(execution.amountInRaw).add(execution.amountOutRaw);
    record.add(execution.networkFeeLamports).add(execution.slot);
}

void addFill(Record& record, const domain::Fill& fill) {
    record.add(fill.leg).add(fill.pool.bytes).add(domain::nameOf(fill.program));
    record.add(fill.inputMint.bytes).add(fill.outputMint.bytes);
    record.add(fill.amountInRaw).add(fill.amountOutRaw);
    record.add(fill.feeRaw).add(fill.protocolFeeRaw).add(fill.feeMint.bytes);
    record.add(fill.networkFeeLamports).add(fill.slot).add(bitsOf(fill.atMicros));
    record.add(fill.signature.bytes);
}

void addFailure(Record& record, const domain::OrderFailure& failure) {
    record.add(domain::nameOf(failure.reason));
    record.add(failure.program ? domain::nameOf(*failure.program) : std::string_view{});
    record.add(failure.errorCode ? std::to_string(*failure.errorCode) : std::string{});
}

// Neither mints nor fee and what arrived: the order has them.
void addReceipt(Record& record, const domain::Receipt& receipt) {
    record.add("receipt").add(receipt.decisionSlot).add(receipt.landingSlot);
    record.add(receipt.confirmedSlot).add(receipt.finalizedSlot);
    record.add(bitsOf(receipt.landedAtMicros)).add(receipt.decisionOutRaw);
    record.add(receipt.quotedOutRaw).add(receipt.landingOutRaw).add(receipt.unsandwichedOutRaw);
    const domain::CostParts& parts = receipt.parts;
    for (const base::i128 part :
         {parts.delayRaw, parts.priceImpactRaw, parts.lpFeesRaw, parts.protocolFeesRaw,
          parts.transferFeesRaw, parts.sandwichRaw, parts.networkRaw}) {
        record.add(domain::signedDigits(part));
    }
}

}  // namespace

std::string eventRecord(const domain::OrderEvent& event, const Decided& decided) {
    const domain::Order& order = *event.order;
    Record record;
    record.add(event.previousHash).add(event.sequence).add(domain::toString(order.id));
    record.add(domain::nameOf(event.status)).add(event.slot).add(bitsOf(event.atMicros));
    record.add(event.detail);
    if (event.status == domain::OrderStatus::pending) {
        addRequest(record, order);
    }
    if (event.status == domain::OrderStatus::confirmed && order.execution) {
        addExecution(record, *order.execution);
        for (const domain::Fill& fill : decided.fills) {
            addFill(record, fill);
        }
        if (decided.receipt != nullptr) {
            addReceipt(record, *decided.receipt);
        }
    }
    if (event.status == domain::OrderStatus::failed && order.failure) {
        addFailure(record, *order.failure);
    }
    return record.take();
}

domain::EventHash hashOf(const domain::OrderEvent& event, const Decided& decided) {
    return base::sha256(eventRecord(event, decided));
}

}  // namespace oee::execution
