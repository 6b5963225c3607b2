#include "gateway/access_policy.h"

#include <algorithm>
#include <array>

#include <QCryptographicHash>
#include <QUrlQuery>

namespace oee::gateway {
namespace {

constexpr std::array kLoopbackNames{"localhost", "127.0.0.1", "[::1]"};

// host[:port] as a browser writes it: port 80 is left out.
bool isLoopbackAuthority(const QByteArray& authority, quint16 port) {
    return std::any_of(kLoopbackNames.begin(), kLoopbackNames.end(), [&](const QByteArray& name) {
        return authority == name + ':' + QByteArray::number(port) ||
               (port == 80 && authority == name);
    });
}

std::optional<ApiError> checkHost(const RequestHead& head, quint16 port) {
    const auto host = head.header("host");
    if (!host || host->isEmpty()) {
        return ApiError{HttpStatus::BadRequest, "missingHost", "Host",
                        "The Host header is missing."};
    }
    if (!isLoopbackAuthority(host->toLower(), port)) {
        return ApiError{HttpStatus::Forbidden, "foreignHost", "Host",
                        "This server answers to localhost, 127.0.0.1 and [::1] only."};
    }
    return std::nullopt;
}

ApiError unauthorized() {
    return {HttpStatus::Unauthorized, "unauthorized", "Authorization",
            "A token is required: Authorization: Bearer …, or ?token= on the WebSocket. It is in "
            "the file \"token\" of the data folder."};
}

ApiError foreignOrigin() {
    return {HttpStatus::Forbidden, "foreignOrigin", "Origin",
            "Requests from other sites are refused."};
}

bool isJson(const QByteArray& contentType) {
    const qsizetype semicolon = contentType.indexOf(';');
    const QByteArray type = semicolon < 0 ? contentType : contentType.left(semicolon);
    return type.trimmed().toLower() == "application/json";
}

}  // namespace

bool equalInConstantTime(const QByteArray& one, const QByteArray& other) {
    // Digests have one length and tell nothing about where the texts differ.
    const QByteArray a = QCryptographicHash::hash(one, QCryptographicHash::Sha256);
    const QByteArray b = QCryptographicHash::hash(other, QCryptographicHash::Sha256);
    unsigned difference = 0;
    for (qsizetype i = 0; i < a.size(); ++i) {
        difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^
                                            static_cast<unsigned char>(b[i]));
    }
    return difference == 0;
}

bool AccessPolicy::allowsOrigin(const QByteArray& origin) const {
    constexpr QByteArrayView kScheme = "http://";
    return origin.isEmpty() || (origin.startsWith(kScheme) &&
                                isLoopbackAuthority(origin.mid(kScheme.size()), httpPort));
}

std::optional<ApiError> AccessPolicy::checkHttp(const RequestHead& head) const {
    if (auto refused = checkHost(head, httpPort)) {
        return refused;
    }
    const auto origin = head.header("origin");
    if (origin && (origin->isEmpty() || !allowsOrigin(*origin))) {
        return foreignOrigin();
    }
    // The page's files are public: it is the page that asks for the token.
    if (token && head.path.startsWith("/api/")) {
        constexpr QByteArrayView kBearer = "Bearer ";
        const QByteArray given = head.header("authorization").value_or(QByteArray());
        if (!given.startsWith(kBearer) ||
            !equalInConstantTime(given.mid(kBearer.size()).trimmed(), *token)) {
            return unauthorized();
        }
    }
    if (head.method == "POST" && !isJson(head.header("content-type").value_or(QByteArray()))) {
        return ApiError{HttpStatus::UnsupportedMediaType, "contentType", "Content-Type",
                        "Send the body as Content-Type: application/json."};
    }
    return std::nullopt;
}

std::optional<ApiError> AccessPolicy::checkWebSocket(const RequestHead& head) const {
    if (auto refused = checkHost(head, webSocketPort)) {
        return refused;
    }
    const auto origin = head.header("origin");
    if (origin && (origin->isEmpty() || !allowsOrigin(*origin))) {
        return foreignOrigin();
    }
    if (head.method != "GET" || head.path != "/") {
        return ApiError{HttpStatus::NotFound, "notFound", {}, "The WebSocket is at /."};
    }
    if (head.header("upgrade").value_or(QByteArray()).toLower() != "websocket") {
        return ApiError{HttpStatus::UpgradeRequired, "upgradeRequired", "Upgrade",
                        "This port speaks WebSocket only."};
    }
    if (token) {
        const QByteArray given = QUrlQuery(QString::fromLatin1(head.query))
                                     .queryItemValue("token", QUrl::FullyDecoded)
                                     .toUtf8();
        if (!equalInConstantTime(given, *token)) {
            return unauthorized();
        }
    }
    return std::nullopt;
}

}  // namespace oee::gateway
