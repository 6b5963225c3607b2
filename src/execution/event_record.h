#pragma once
// An event as the bytes that the chain of history is made of.

#include <span>
#include <string>

#include "domain/order.h"

namespace oee::execution {

// What the next event's SHA-256 covers: the event with the hash that it carries itself, and what
// it decided: pending the order as it was asked for, confirmed what it got with its fills (by
// leg), failed why. Two different events never give the same bytes: each field has its length in
// front. `fills` are those of a confirmed order, empty otherwise.
std::string eventRecord(const domain::OrderEvent& event, std::span<const domain::Fill> fills);

// SHA-256 of that record.
domain::EventHash hashOf(const domain::OrderEvent& event, std::span<const domain::Fill> fills);

}  // namespace oee::execution
