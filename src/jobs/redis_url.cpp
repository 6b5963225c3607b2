#include "jobs/redis_url.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace oee::jobs {
namespace {

constexpr std::string_view kScheme = "redis://";
constexpr std::string_view kTlsScheme = "rediss://";

// Decimal digits only: from_chars accepts neither sign nor blanks for an unsigned type.
template <typename Integer>
std::optional<Integer> parseInteger(std::string_view text) {
    Integer value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::string> percentDecoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.push_back(text[i]);
            continue;
        }
        unsigned value = 0;
        const std::string_view digits = text.substr(i + 1, 2);
        const auto parsed =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (digits.size() != 2 || parsed.ec != std::errc{} ||
            parsed.ptr != digits.data() + digits.size()) {
            return std::nullopt;
        }
        decoded.push_back(static_cast<char>(value));
        i += 2;
    }
    return decoded;
}

bool isHostCharacter(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_';
}

bool isAddressCharacter(char c) {
    return isHostCharacter(c) || c == ':' || c == '%';
}

std::optional<RedisUrlError> readCredentials(std::string_view text, RedisUrl& url) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return RedisUrlError::credentials;
    }
    const auto user = percentDecoded(text.substr(0, colon));
    const auto password = percentDecoded(text.substr(colon + 1));
    if (!user || !password || password->empty()) {
        return RedisUrlError::credentials;
    }
    url.user = *user;
    url.password = *password;
    return std::nullopt;
}

std::optional<RedisUrlError> readAddress(std::string_view text, RedisUrl& url) {
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) {
            return RedisUrlError::host;
        }
        url.host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
        if (!std::all_of(url.host.begin(), url.host.end(), isAddressCharacter)) {
            return RedisUrlError::host;
        }
    } else {
        const std::size_t end = std::min(text.find(':'), text.size());
        url.host = text.substr(0, end);
        rest = text.substr(end);
        if (!std::all_of(url.host.begin(), url.host.end(), isHostCharacter)) {
            return RedisUrlError::host;
        }
    }
    if (url.host.empty()) {
        return RedisUrlError::host;
    }
    if (rest.empty()) {
        return std::nullopt;
    }
    const auto port =
        rest.front() == ':' ? parseInteger<std::uint16_t>(rest.substr(1)) : std::nullopt;
    if (!port || *port == 0) {
        return RedisUrlError::port;
    }
    url.port = *port;
    return std::nullopt;
}

}  // namespace

std::string_view explain(RedisUrlError error) {
    switch (error) {
        case RedisUrlError::scheme:
            return "a Redis URL starts with redis://";
        case RedisUrlError::tls:
            return "rediss:// (TLS) is not supported; use redis:// through a local tunnel";
        case RedisUrlError::credentials:
            return "credentials are user:password@ or :password@, with special characters "
                   "percent-encoded";
        case RedisUrlError::host:
            return "the host is missing or not a host name or address";
        case RedisUrlError::port:
            return "the port is not a number from 1 to 65535";
        case RedisUrlError::database:
            return "the database after the / is not a number";
    }
    return {};
}

tl::expected<RedisUrl, RedisUrlError> parseRedisUrl(std::string_view text) {
    if (text.starts_with(kTlsScheme)) {
        return tl::unexpected(RedisUrlError::tls);
    }
    if (!text.starts_with(kScheme)) {
        return tl::unexpected(RedisUrlError::scheme);
    }
    text.remove_prefix(kScheme.size());

    RedisUrl url;
    const std::size_t slash = std::min(text.find('/'), text.size());
    std::string_view authority = text.substr(0, slash);
    const std::string_view path = text.substr(slash);

    // The last @: one that was not encoded in a password does not end up in the host.
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        if (const auto error = readCredentials(authority.substr(0, at), url)) {
            return tl::unexpected(*error);
        }
        authority.remove_prefix(at + 1);
    }
    if (const auto error = readAddress(authority, url)) {
        return tl::unexpected(*error);
    }
    if (path.size() > 1) {
        const auto database = parseInteger<std::uint32_t>(path.substr(1));
        if (!database) {
            return tl::unexpected(RedisUrlError::database);
        }
        url.database = *database;
    }
    return url;
}

std::string describe(const RedisUrl& url) {
    const bool bracket = url.host.find(':') != std::string::npos;
    return (bracket ? '[' + url.host + ']' : url.host) + ':' + std::to_string(url.port) + '/' +
           std::to_string(url.database);
}

}  // namespace oee::jobs
