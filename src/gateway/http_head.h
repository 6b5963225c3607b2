#pragma once
// The head of an HTTP/1 request, read strictly: what is not plainly well-formed is refused, so that
// no two readers can ever understand the same bytes differently.

#include <optional>
#include <vector>

#include <QByteArray>
#include <QByteArrayView>
#include <QList>
#include <tl/expected.hpp>

namespace oee::gateway {

// What a request may cost before anybody has looked at it.
inline constexpr qsizetype kMaxHeadBytes = 16 * 1024;
inline constexpr qsizetype kMaxHeaders = 64;
inline constexpr qsizetype kMaxTargetBytes = 4 * 1024;
inline constexpr qsizetype kMaxBodyBytes = 64 * 1024;

struct HttpHeader {
    QByteArray name;  // lower case
    QByteArray value;
};

enum class Connection { keepAlive, close };

struct RequestHead {
    QByteArray method;
    QByteArray path;   // of [A-Za-z0-9/._-] only
    QByteArray query;  // after the question mark, still encoded
    std::vector<HttpHeader> headers;
    qsizetype contentLength = 0;
    Connection connection = Connection::keepAlive;
    bool expectsContinue = false;

    // Empty where absent; heads with two Host, Origin, … fields do not pass parseHead().
    std::optional<QByteArray> header(QByteArrayView lowerCaseName) const;
};

enum class HeadError {
    malformed,           // 400
    unsupportedVersion,  // 505
    targetTooLong,       // 414
    unknownPath,         // 404: characters that no path of ours has
    tooManyHeaders,      // 431
    duplicateHeader,     // 400: one that may stand only once
    transferEncoding,    // 400: bodies come with a Content-Length only
    badContentLength,    // 400
    bodyTooLarge,        // 413
};

// `bytes`: everything up to and with the empty line. Sources of the grammar: RFC 9112 (message
// syntax) and RFC 9110 5.6.2 (token); folded lines, bare LF and blanks before the colon are
// refused.
tl::expected<RequestHead, HeadError> parseHead(QByteArrayView bytes);

}  // namespace oee::gateway
