#pragma once
// The paths that name an order.

#include <optional>

#include <QByteArray>

#include "domain/order.h"

namespace oee::gateway {

enum class OrderAction { show, receipt, cancel, retry };

struct OrderPlace {
    OrderAction action = OrderAction::show;
    domain::OrderId orderId;
};

// /api/orders/{id}, …/receipt, …/cancel, and /api/dead-letters/{id}/retry.
std::optional<OrderPlace> orderPlaceAt(const QByteArray& path);

}  // namespace oee::gateway
