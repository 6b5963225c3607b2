#pragma once
// What a running engine tells of an order.

#include <optional>

#include <QObject>
#include <QTest>

#include "runtime/engine.h"

namespace oee::test {

// Waits for the answer; the order must be there.
inline runtime::OrderDetail detailOf(runtime::Engine& engine, domain::OrderId id) {
    constexpr int kPatienceMillis = 60'000;
    QObject context;
    std::optional<tl::expected<runtime::OrderDetail, execution::StoreError>> answer;
    engine.order(id, &context, [&](const auto& result) { answer = result; });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, kPatienceMillis) || !*answer) {
        qFatal("the order is not there");
    }
    return **answer;
}

inline bool isConfirmed(runtime::Engine& engine, domain::OrderId id) {
    return detailOf(engine, id).order->status == domain::OrderStatus::confirmed;
}

}  // namespace oee::test
