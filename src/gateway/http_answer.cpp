#include "gateway/http_answer.h"

#include <QMetaEnum>

#include "execution/explain.h"

namespace oee::gateway {
namespace {

HttpStatus statusOf(execution::RefusalReason reason) {
    using Reason = execution::RefusalReason;
    switch (reason) {
        case Reason::missing:
        case Reason::unknownToken:
        case Reason::sameToken:
        case Reason::notANumber:
        case Reason::tooManyDecimals:
        case Reason::tooLarge:
        case Reason::notPositive:
        case Reason::bothAmounts:
        case Reason::unknownValue:
        case Reason::outOfRange:
        case Reason::tooLong:
            return HttpStatus::BadRequest;
        case Reason::noPool:
        case Reason::noRoute:
        case Reason::insufficientBalance:
        case Reason::insufficientSolForFees:
        case Reason::orderTooLarge:
            return HttpStatus::UnprocessableEntity;
        case Reason::tooManyOrders:
        case Reason::tooFast:
        case Reason::tooManyOpenOrders:
            return HttpStatus::TooManyRequests;
        case Reason::idempotencyConflict:
            return HttpStatus::Conflict;
        case Reason::busy:
        case Reason::storageFailed:
        case Reason::shuttingDown:
            return HttpStatus::ServiceUnavailable;
    }
    return HttpStatus::BadRequest;
}

struct StoreErrorFacts {
    HttpStatus status;
    const char* code;
};

StoreErrorFacts factsOf(execution::StoreError error) {
    switch (error) {
        case execution::StoreError::unavailable:
            return {HttpStatus::ServiceUnavailable, "storageFailed"};
        case execution::StoreError::notFound:
            return {HttpStatus::NotFound, "notFound"};
        case execution::StoreError::staleFence:
            return {HttpStatus::Conflict, "staleFence"};
        case execution::StoreError::illegalTransition:
            return {HttpStatus::Conflict, "tooLate"};
        case execution::StoreError::openOrders:
            return {HttpStatus::Conflict, "openOrders"};
        case execution::StoreError::parked:
            return {HttpStatus::Conflict, "parked"};
        case execution::StoreError::notParked:
            return {HttpStatus::Conflict, "notParked"};
        case execution::StoreError::closed:
            return {HttpStatus::ServiceUnavailable, "shuttingDown"};
    }
    return {HttpStatus::InternalServerError, "internal"};
}

// "Bad Request" from BadRequest: the names of RFC 9110 but for their blanks.
QByteArray reasonPhrase(HttpStatus status) {
    if (status == HttpStatus::Created) {
        return "Created";  // most answers of a busy engine
    }
    const QByteArray name = QMetaEnum::fromType<HttpStatus>().valueToKey(static_cast<int>(status));
    QByteArray phrase;
    for (const char character : name) {
        if (!phrase.isEmpty() && character >= 'A' && character <= 'Z') {
            phrase += ' ';
        }
        phrase += character;
    }
    return phrase;
}

}  // namespace

ApiError errorOf(const execution::Refusal& refusal) {
    return {statusOf(refusal.reason), std::string(nameOf(refusal.reason)),
            std::string(nameOf(refusal.field)), execution::explain(refusal),
            refusal.retryAfterSeconds};
}

ApiError errorOf(execution::StoreError error) {
    const StoreErrorFacts facts = factsOf(error);
    return {facts.status, facts.code, {}, execution::explain(error)};
}

ApiError errorOf(const runtime::QuoteRefusal& refusal) {
    if (refusal.refusal) {
        return errorOf(*refusal.refusal);
    }
    const domain::FailureReason reason =
        refusal.failure ? refusal.failure->reason : domain::FailureReason::internal;
    return {HttpStatus::UnprocessableEntity,
            std::string(nameOf(reason)),
            {},
            runtime::explain(refusal)};
}

ApiError errorOf(HeadError error) {
    switch (error) {
        case HeadError::malformed:
            return {HttpStatus::BadRequest,
                    "malformedRequest",
                    {},
                    "The request is not well-formed HTTP/1.1."};
        case HeadError::unsupportedVersion:
            return {HttpStatus::HttpVersionNotSupported,
                    "httpVersion",
                    {},
                    "Only HTTP/1.1 and HTTP/1.0 are spoken here."};
        case HeadError::targetTooLong:
            return {HttpStatus::UriTooLong, "targetTooLong", {}, "The request target is too long."};
        case HeadError::unknownPath:
            return {HttpStatus::NotFound, "notFound", {}, "There is nothing at this path."};
        case HeadError::tooManyHeaders:
            return {HttpStatus::RequestHeaderFieldsTooLarge,
                    "headersTooLarge",
                    {},
                    "The request has too many header fields, or too long ones."};
        case HeadError::duplicateHeader:
            return {HttpStatus::BadRequest,
                    "duplicateHeader",
                    {},
                    "A header field that may stand once is given twice."};
        case HeadError::transferEncoding:
            return {HttpStatus::BadRequest, "transferEncoding", "Transfer-Encoding",
                    "Send the body with a Content-Length, not with Transfer-Encoding."};
        case HeadError::badContentLength:
            return {HttpStatus::BadRequest, "contentLength", "Content-Length",
                    "Content-Length is not a number of bytes."};
        case HeadError::bodyTooLarge:
            return {HttpStatus::PayloadTooLarge, "bodyTooLarge", {}, "The body is over 64 KiB."};
    }
    return {};
}

JsonObject toJson(const ApiError& error) {
    return {{"code", error.code},
            {"field", error.field.empty() ? JsonValue() : JsonValue(error.field)},
            {"message", error.message}};
}

HttpAnswer jsonAnswer(const JsonObject& object, HttpStatus status) {
    HttpAnswer answer;
    answer.status = status;
    answer.body = object.bytes();
    return answer;
}

HttpAnswer errorAnswer(const ApiError& error) {
    HttpAnswer answer = jsonAnswer({{"error", toJson(error)}}, error.status);
    if (error.status == HttpStatus::ServiceUnavailable ||
        error.status == HttpStatus::TooManyRequests) {
        answer.headers.emplace_back("Retry-After", QByteArray::number(error.retryAfterSeconds));
    }
    if (error.status == HttpStatus::Unauthorized) {
        answer.headers.emplace_back("WWW-Authenticate", "Bearer");
    }
    return answer;
}

AnswerBytes::AnswerBytes(quint16 webSocketPort) {
    const QByteArray port = QByteArray::number(webSocketPort);
    // IPv6 literals are no valid sources in a policy: a page opened at [::1] connects to localhost.
    securityHeaders_ =
        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self'; connect-src 'self' ws://localhost:" +
        port + " ws://127.0.0.1:" + port +
        "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Referrer-Policy: no-referrer\r\n"
        "Cross-Origin-Resource-Policy: same-origin\r\n"
        "Cache-Control: no-store\r\n";
}

QByteArray AnswerBytes::of(const HttpAnswer& answer, const AnswerForm& form) const {
    constexpr qsizetype kRoomForHead = 640;
    QByteArray bytes;
    bytes.reserve(kRoomForHead + answer.body.size());
    bytes.append("HTTP/1.1 ").append(QByteArray::number(static_cast<int>(answer.status)));
    bytes.append(' ').append(reasonPhrase(answer.status)).append("\r\n").append(securityHeaders_);
    for (const auto& [name, value] : answer.headers) {
        bytes.append(name).append(": ").append(value).append("\r\n");
    }
    bytes.append("Content-Type: ").append(answer.contentType).append("\r\nContent-Length: ");
    bytes.append(QByteArray::number(answer.body.size())).append("\r\n");
    if (form.connection == Connection::close) {
        bytes.append("Connection: close\r\n");
    }
    bytes.append("\r\n");
    return form.body == AnswerForm::Body::send ? bytes.append(answer.body) : bytes;
}

QByteArray closingBytes(const HttpAnswer& answer, quint16 webSocketPort) {
    return AnswerBytes(webSocketPort).of(answer, {.connection = Connection::close});
}

}  // namespace oee::gateway
