#pragma once
// Who may ask what: decided on the head of a request, before any of it is handed on.
// Against DNS rebinding (CVE-2018-5702: exact Host), cross-site requests and cross-site WebSocket
// hijacking (CVE-2025-24010: exact Origin), and forms of other sites (POST must be JSON).

#include <optional>

#include <QByteArray>

#include "gateway/http_answer.h"
#include "gateway/http_head.h"

namespace oee::gateway {

struct AccessPolicy {
    quint16 httpPort = 0;
    quint16 webSocketPort = 0;
    std::optional<QByteArray> token;  // asked for where set

    // Empty where the request may go on.
    std::optional<ApiError> checkHttp(const RequestHead& head) const;
    std::optional<ApiError> checkWebSocket(const RequestHead& head) const;
    // No Origin (empty) is a program, not a page: allowed.
    bool allowsOrigin(const QByteArray& origin) const;
};

// Takes the same time wherever the texts differ and however long they are.
bool equalInConstantTime(const QByteArray& one, const QByteArray& other);

}  // namespace oee::gateway
