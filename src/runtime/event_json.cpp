#include "runtime/event_json.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QString>

#include "execution/explain.h"

namespace oee::runtime {
namespace {

QString text(std::string_view view) {
    return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

}  // namespace

std::string eventJson(const domain::OrderEvent& event, const domain::TokenRegistry& tokens) {
    const domain::Order& order = *event.order;
    QJsonObject json{
        {QStringLiteral("sequence"), QString::number(event.sequence)},
        {QStringLiteral("orderId"), text(domain::toString(order.id))},
        {QStringLiteral("status"), text(domain::nameOf(event.status))},
        {QStringLiteral("slot"), QString::number(event.slot)},
        {QStringLiteral("atMicros"), QString::number(event.atMicros)},
        {QStringLiteral("tokenIn"), text(tokens.symbolOf(order.inputMint))},
        {QStringLiteral("tokenOut"), text(tokens.symbolOf(order.outputMint))},
        {QStringLiteral("amountInRaw"), QString::number(order.amountInRaw)},
    };
    if (order.signature) {
        json.insert(QStringLiteral("txHash"), text(domain::toBase58(*order.signature)));
    }
    if (order.execution && event.status == domain::OrderStatus::confirmed) {
        json.insert(QStringLiteral("amountOutRaw"), QString::number(order.execution->amountOutRaw));
    }
    if (order.failure && event.status == domain::OrderStatus::failed) {
        json.insert(QStringLiteral("error"), text(execution::explain(*order.failure)));
    }
    return QJsonDocument(json).toJson(QJsonDocument::Compact).toStdString();
}

std::string describe(const domain::OrderEvent& event) {
    std::string line = domain::toString(event.order->id) + " " +
                       std::string(domain::nameOf(event.status)) + " slot " +
                       std::to_string(event.slot);
    if (!event.detail.empty()) {
        line += ": " + event.detail;
    }
    if (event.status == domain::OrderStatus::failed && event.order->failure) {
        line += ": " + execution::explain(*event.order->failure);
    }
    return line;
}

}  // namespace oee::runtime
