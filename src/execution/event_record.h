#pragma once
// An event as the bytes that the chain of history is made of.

#include <span>
#include <string>

#include "domain/order.h"
#include "domain/receipt.h"

namespace oee::execution {

// What confirmed an order.
struct Decided {
    std::span<const domain::Fill> fills;       // by leg
    const domain::Receipt* receipt = nullptr;  // null: it has none
};

// What the next event's SHA-256 covers: the event with the hash that it carries itself, and what
// it decided: pending the order as it was asked for, confirmed what it got with its fills and its
// receipt, failed why. Two different events never give the same bytes: each field has its length
// in front. Not covered: a receipt's markouts, which come later, and its counterfactuals, which
// are about what did not happen. `decided` is empty where the event is not `confirmed`.
std::string eventRecord(const domain::OrderEvent& event, const Decided& decided);

// SHA-256 of that record.
domain::EventHash hashOf(const domain::OrderEvent& event, const Decided& decided);

}  // namespace oee::execution
