#include "domain/order.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/integer.h"

namespace oee::domain {
namespace {

constexpr std::string_view kBase32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kOrderIdLength = 26;

template <typename Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<OrderStatus, 7> kStatusNames{{{OrderStatus::pending, "pending"},
                                              {OrderStatus::routing, "routing"},
                                              {OrderStatus::building, "building"},
                                              {OrderStatus::submitted, "submitted"},
                                              {OrderStatus::confirmed, "confirmed"},
                                              {OrderStatus::failed, "failed"},
                                              {OrderStatus::cancelled, "cancelled"}}};
constexpr Names<OrderType, 1> kTypeNames{{{OrderType::market, "market"}}};
constexpr Names<Side, 2> kSideNames{{{Side::sell, "sell"}, {Side::buy, "buy"}}};
constexpr Names<OnRevert, 2> kOnRevertNames{
    {{OnRevert::fail, "fail"}, {OnRevert::requote, "requote"}}};
constexpr Names<FailureReason, 13> kFailureNames{{
    {FailureReason::none, "none"},
    {FailureReason::noPool, "noPool"},
    {FailureReason::noLiquidity, "noLiquidity"},
    {FailureReason::noPlanFits, "noPlanFits"},
    {FailureReason::amountTooSmall, "amountTooSmall"},
    {FailureReason::slippageExceeded, "slippageExceeded"},
    {FailureReason::maximumExceeded, "maximumExceeded"},
    {FailureReason::poolDisabled, "poolDisabled"},
    {FailureReason::programError, "programError"},
    {FailureReason::expired, "expired"},
    {FailureReason::dropped, "dropped"},
    {FailureReason::deadline, "deadline"},
    {FailureReason::internal, "internal"},
}};

template <typename Enum, std::size_t N>
std::string_view nameIn(const Names<Enum, N>& names, Enum value) {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto& entry) { return entry.first == value; });
    return found == names.end() ? std::string_view{} : found->second;
}

template <typename Enum, std::size_t N>
std::optional<Enum> valueIn(const Names<Enum, N>& names, std::string_view name) {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto& entry) { return entry.second == name; });
    return found == names.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace

OrderId makeOrderId(const OrderIdParts& parts) {
    return {(parts.unixMillis << 16) | (parts.number >> 16),
            (static_cast<std::uint64_t>(parts.number & 0xffff) << 48) |
                (parts.random & 0xffff'ffff'ffff)};
}

std::uint32_t orderNumberOf(const OrderId& id) {
    return static_cast<std::uint32_t>(((id.high & 0xffff) << 16) | (id.low >> 48));
}

std::string toString(const OrderId& id) {
    base::u128 value = (static_cast<base::u128>(id.high) << 64) | id.low;
    std::string text(kOrderIdLength, '0');
    for (auto character = text.rbegin(); character != text.rend(); ++character) {
        *character = kBase32[static_cast<std::size_t>(value & 31)];
        value >>= 5;
    }
    return text;
}

std::optional<OrderId> orderIdFromString(std::string_view text) {
    // 26 × 5 bits are 130: the first character may only be 0 … 7.
    if (text.size() != kOrderIdLength || text.front() > '7') {
        return std::nullopt;
    }
    base::u128 value = 0;
    for (const char character : text) {
        const std::size_t digit = kBase32.find(character);
        if (digit == std::string_view::npos) {
            return std::nullopt;
        }
        value = (value << 5) | digit;
    }
    return OrderId{static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)};
}

std::string_view nameOf(OrderStatus status) {
    return nameIn(kStatusNames, status);
}
std::string_view nameOf(OrderType type) {
    return nameIn(kTypeNames, type);
}
std::string_view nameOf(Side side) {
    return nameIn(kSideNames, side);
}
std::string_view nameOf(OnRevert onRevert) {
    return nameIn(kOnRevertNames, onRevert);
}
std::string_view nameOf(FailureReason reason) {
    return nameIn(kFailureNames, reason);
}

std::optional<OrderStatus> orderStatusFromName(std::string_view name) {
    return valueIn(kStatusNames, name);
}
std::optional<Side> sideFromName(std::string_view name) {
    return valueIn(kSideNames, name);
}
std::optional<OrderType> orderTypeFromName(std::string_view name) {
    return valueIn(kTypeNames, name);
}
std::optional<OnRevert> onRevertFromName(std::string_view name) {
    return valueIn(kOnRevertNames, name);
}
std::optional<FailureReason> failureReasonFromName(std::string_view name) {
    return valueIn(kFailureNames, name);
}

bool isTerminal(OrderStatus status) {
    return status == OrderStatus::confirmed || status == OrderStatus::failed ||
           status == OrderStatus::cancelled;
}

bool isLegalTransition(OrderStatus from, OrderStatus to) {
    switch (from) {
        case OrderStatus::pending:
            return to == OrderStatus::routing || to == OrderStatus::failed ||
                   to == OrderStatus::cancelled;
        case OrderStatus::routing:
            return to == OrderStatus::routing || to == OrderStatus::building ||
                   to == OrderStatus::failed || to == OrderStatus::cancelled;
        case OrderStatus::building:
            return to == OrderStatus::routing || to == OrderStatus::submitted ||
                   to == OrderStatus::failed || to == OrderStatus::cancelled;
        case OrderStatus::submitted:
            return to == OrderStatus::routing || to == OrderStatus::confirmed ||
                   to == OrderStatus::failed;
        case OrderStatus::confirmed:
        case OrderStatus::failed:
        case OrderStatus::cancelled:
            return false;
    }
    return false;
}

}  // namespace oee::domain
