#include "gateway/order_place.h"

#include <array>

namespace oee::gateway {
namespace {

struct Pattern {
    QByteArrayView prefix;
    QByteArrayView suffix;
    OrderAction action = OrderAction::show;
};

// An order's own path last: its suffix fits every other.
constexpr std::array kPatterns{
    Pattern{"/api/orders/", "/receipt", OrderAction::receipt},
    Pattern{"/api/orders/", "/cancel", OrderAction::cancel},
    Pattern{"/api/dead-letters/", "/retry", OrderAction::retry},
    Pattern{"/api/orders/", "", OrderAction::show},
};

}  // namespace

std::optional<OrderPlace> orderPlaceAt(const QByteArray& path) {
    for (const Pattern& pattern : kPatterns) {
        const qsizetype length = path.size() - pattern.prefix.size() - pattern.suffix.size();
        if (length < 0 || !path.startsWith(pattern.prefix) || !path.endsWith(pattern.suffix)) {
            continue;
        }
        const QByteArrayView id = QByteArrayView(path).sliced(pattern.prefix.size(), length);
        if (const auto orderId =
                domain::orderIdFromString({id.data(), static_cast<std::size_t>(length)})) {
            return OrderPlace{pattern.action, *orderId};
        }
    }
    return std::nullopt;
}

}  // namespace oee::gateway
