#pragma once
// How many bytes a transaction takes on the wire.

#include <cstdint>
#include <span>

#include "domain/transaction.h"

namespace oee::chain {

inline constexpr std::uint32_t kMaxTransactionBytes = 1'232;  // IPv6's minimum MTU less headers

// Of one transaction with all legs and every account in its own list (no lookup table); accounts
// that legs share count once. Sources in transaction_size.cpp.
std::uint32_t transactionBytes(std::span<const domain::RouteLeg> legs);

}  // namespace oee::chain
