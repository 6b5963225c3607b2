#pragma once
// What is said to a client: answers, and errors in one shape.

#include <string>
#include <utility>
#include <vector>

#include <QByteArray>
#include <QHttpServerResponder>

#include "execution/admission.h"
#include "execution/order_store.h"
#include "gateway/http_head.h"
#include "gateway/json_text.h"
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

JsonObject toJson(const ApiError& error);  // the inner object

struct HttpAnswer {
    HttpStatus status = HttpStatus::Ok;
    QByteArray contentType = "application/json";
    QByteArray body;
    std::vector<std::pair<QByteArray, QByteArray>> headers;  // beside those of every answer
};

HttpAnswer jsonAnswer(const JsonObject& object, HttpStatus status = HttpStatus::Ok);
HttpAnswer errorAnswer(const ApiError& error);

struct AnswerForm {
    // An answer to HEAD says how long the body would be, and has none (RFC 9110 9.3.2).
    enum class Body { send, leaveOut };

    Connection connection = Connection::keepAlive;
    Body body = Body::send;
};

// Answers as they go over the wire, each with the same security headers.
class AnswerBytes {
  public:
    // `webSocketPort` is where the page may connect to.
    explicit AnswerBytes(quint16 webSocketPort);

    QByteArray of(const HttpAnswer& answer, const AnswerForm& form) const;

  private:
    QByteArray securityHeaders_;
};

// The bytes of an answer after which the connection is closed: for refusals before any server has
// seen the request.
QByteArray closingBytes(const HttpAnswer& answer, quint16 webSocketPort);

}  // namespace oee::gateway
