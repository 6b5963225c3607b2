#include "gateway/http_head.h"

#include <algorithm>
#include <array>

namespace oee::gateway {
namespace {

bool isDigit(char character) {
    return character >= '0' && character <= '9';
}

bool isAlphaNumeric(char character) {
    return isDigit(character) || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z');
}

// RFC 9110 5.6.2
bool isTokenCharacter(char character) {
    return isAlphaNumeric(character) || QByteArrayView("!#$%&'*+-.^_`|~").contains(character);
}

bool isToken(QByteArrayView text) {
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), isTokenCharacter);
}

bool isPathCharacter(char character) {
    return isAlphaNumeric(character) || QByteArrayView("/._-").contains(character);
}

bool isVisibleAscii(char character) {
    return character > ' ' && character < 0x7f;
}

// Blanks and tabs, visible ASCII and bytes of UTF-8: no control characters.
bool isValueCharacter(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

tl::expected<void, HeadError> parseRequestLine(QByteArrayView line, RequestHead& head) {
    const qsizetype firstBlank = line.indexOf(' ');
    const qsizetype lastBlank = line.lastIndexOf(' ');
    if (firstBlank <= 0 || lastBlank == firstBlank) {
        return tl::unexpected(HeadError::malformed);
    }
    const QByteArrayView method = line.first(firstBlank);
    const QByteArrayView target = line.sliced(firstBlank + 1, lastBlank - firstBlank - 1);
    const QByteArrayView version = line.sliced(lastBlank + 1);
    if (!isToken(method) || method.size() > 16) {
        return tl::unexpected(HeadError::malformed);
    }
    if (version != QByteArrayView("HTTP/1.1") && version != QByteArrayView("HTTP/1.0")) {
        return tl::unexpected(version.startsWith("HTTP/") ? HeadError::unsupportedVersion
                                                          : HeadError::malformed);
    }
    if (target.size() > kMaxTargetBytes) {
        return tl::unexpected(HeadError::targetTooLong);
    }
    const bool visible = std::all_of(target.begin(), target.end(), isVisibleAscii);
    if (!visible || !target.startsWith('/') || target.contains('#')) {
        return tl::unexpected(HeadError::malformed);
    }
    const qsizetype mark = target.indexOf('?');
    const QByteArrayView path = mark < 0 ? target : target.first(mark);
    if (!std::all_of(path.begin(), path.end(), isPathCharacter) || path.contains("//")) {
        return tl::unexpected(HeadError::unknownPath);
    }
    head.method = method.toByteArray();
    head.path = path.toByteArray();
    head.query = mark < 0 ? QByteArray() : target.sliced(mark + 1).toByteArray();
    head.connection =
        version == QByteArrayView("HTTP/1.0") ? Connection::close : Connection::keepAlive;
    return {};
}

tl::expected<void, HeadError> parseHeaderLine(QByteArrayView line, RequestHead& head) {
    const qsizetype colon = line.indexOf(':');
    if (colon <= 0 || !isToken(line.first(colon))) {
        return tl::unexpected(HeadError::malformed);
    }
    const QByteArrayView value = line.sliced(colon + 1);
    if (!std::all_of(value.begin(), value.end(), isValueCharacter)) {
        return tl::unexpected(HeadError::malformed);
    }
    if (static_cast<qsizetype>(head.headers.size()) >= kMaxHeaders) {
        return tl::unexpected(HeadError::tooManyHeaders);
    }
    head.headers.push_back(
        {line.first(colon).toByteArray().toLower(), value.trimmed().toByteArray()});
    return {};
}

// Fields of which a second one would let two readers disagree.
constexpr std::array<QByteArrayView, 8> kSingleHeaders{
    "host",           "origin", "authorization", "content-type",
    "content-length", "expect", "upgrade",       "idempotency-key"};

tl::expected<void, HeadError> readFraming(RequestHead& head) {
    for (const QByteArrayView name : kSingleHeaders) {
        const auto count =
            std::count_if(head.headers.begin(), head.headers.end(),
                          [&](const HttpHeader& header) { return header.name == name; });
        if (count > 1) {
            return tl::unexpected(HeadError::duplicateHeader);
        }
    }
    if (head.header("transfer-encoding")) {
        return tl::unexpected(HeadError::transferEncoding);
    }
    if (const auto length = head.header("content-length")) {
        if (length->isEmpty() || !std::all_of(length->begin(), length->end(), isDigit)) {
            return tl::unexpected(HeadError::badContentLength);
        }
        bool fits = false;
        const qulonglong bytes = length->toULongLong(&fits);
        if (!fits || bytes > static_cast<qulonglong>(kMaxBodyBytes)) {
            return tl::unexpected(HeadError::bodyTooLarge);
        }
        head.contentLength = static_cast<qsizetype>(bytes);
    }
    for (const HttpHeader& header : head.headers) {
        if (header.name == "connection" && header.value.toLower().contains("close")) {
            head.connection = Connection::close;
        }
        if (header.name == "expect" && header.value.toLower() == "100-continue") {
            head.expectsContinue = true;
        }
    }
    return {};
}

}  // namespace

std::optional<QByteArray> RequestHead::header(QByteArrayView lowerCaseName) const {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const HttpHeader& header) {
        return header.name == lowerCaseName;
    });
    return found == headers.end() ? std::nullopt : std::optional(found->value);
}

tl::expected<RequestHead, HeadError> parseHead(QByteArrayView bytes) {
    RequestHead head;
    bool first = true;
    while (true) {
        const qsizetype end = bytes.indexOf("\r\n");
        if (end < 0) {
            return tl::unexpected(HeadError::malformed);
        }
        const QByteArrayView line = bytes.first(end);
        bytes = bytes.sliced(end + 2);
        if (!first && line.isEmpty()) {
            break;
        }
        const auto parsed = first ? parseRequestLine(line, head) : parseHeaderLine(line, head);
        if (!parsed) {
            return tl::unexpected(parsed.error());
        }
        first = false;
    }
    if (const auto framed = readFraming(head); !framed) {
        return tl::unexpected(framed.error());
    }
    return head;
}

}  // namespace oee::gateway
