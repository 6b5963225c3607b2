#pragma once
// What is said to a client: answers, and errors in one shape.

#include <string>
#include <utility>
#include <vector>

#include <QByteArray>
#include <QHttpServerResponder>
#include <QJsonObject>

#include "execution/admission.h"
#include "execution/order_store.h"
#include "gateway/http_head.h"
#include "runtime/engine.h"

namespace oee::gateway {

using HttpStatus = QHttpServerResponder::StatusCode;

// {"error": {"code", "field", "message"}}; `field` is empty where no field is to blame.
struct ApiError {
    HttpStatus status = HttpStatus::BadRequest;
    std::string code;
    std::string field;
    std::string message;
    unsigned retryAfterSeconds = 1;  // sent with 429 and 503
};

ApiError errorOf(const execution::Refusal& refusal);
ApiError errorOf(execution::StoreError error);
ApiError errorOf(const runtime::QuoteRefusal& refusal);
ApiError errorOf(HeadError error);

QJsonObject toJson(const ApiError& error);  // the inner object

struct HttpAnswer {
    HttpStatus status = HttpStatus::Ok;
    QByteArray contentType = "application/json";
    QByteArray body;
    std::vector<std::pair<QByteArray, QByteArray>> headers;  // beside those of every answer
};

HttpAnswer jsonAnswer(const QJsonObject& object, HttpStatus status = HttpStatus::Ok);
HttpAnswer errorAnswer(const ApiError& error);

// Sent with every answer. `webSocketPort` is where the page may connect to.
std::vector<std::pair<QByteArray, QByteArray>> securityHeaders(quint16 webSocketPort);

// The bytes of an answer after which the connection is closed: for refusals before any server has
// seen the request.
QByteArray closingBytes(const HttpAnswer& answer, quint16 webSocketPort);

}  // namespace oee::gateway
