#include "execution/event_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "base/sha256.h"
#include "domain/amount.h"

namespace oee::execution {
namespace {

// Fields, each after its length and a colon. They are many and small: numbers and keys are written
// without a call for each.
class Record {
  public:
    Record& add(std::string_view field) {
        begin(field.size(), field.size());
        end_ = std::copy(field.begin(), field.end(), end_);
        return *this;
    }
    Record& add(std::uint64_t number) {
        std::array<char, kMostDigits> digits{};
        const char* const last =
            std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        const auto size = static_cast<std::size_t>(last - digits.data());
        begin(size, digits.size());
        std::memcpy(end_, digits.data(), digits.size());  // what is too much is written over
        end_ += size;
        return *this;
    }
    template <std::size_t size>
    Record& add(const std::array<std::uint8_t, size>& bytes) {
        begin(size, size);
        std::memcpy(end_, bytes.data(), size);
        end_ += size;
        return *this;
    }
    std::string take() {
        bytes_.resize(used());
        return std::move(bytes_);
    }

  private:
    static constexpr std::size_t kMostDigits = 20;  // of 2⁶⁴ − 1

    std::size_t used() const { return static_cast<std::size_t>(end_ - bytes_.data()); }
    // A field's length; afterwards there is room for so many bytes.
    void begin(std::size_t size, std::size_t room) {
        const std::size_t needed = kMostDigits + 1 + room;
        if (bytes_.size() - used() < needed) {
            const std::size_t before = used();
            bytes_.resize(2 * bytes_.size() + needed);
            end_ = bytes_.data() + before;
        }
        end_ = std::to_chars(end_, end_ + kMostDigits, size).ptr;
        *end_++ = ':';
    }

    // Room for a pending event with its order, and for most others.
    std::string bytes_ = std::string(1'024, '\0');
    char* end_ = bytes_.data();
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
