#pragma once
// Where a Redis server is: redis://[[user]:password@]host[:port][/db].

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace oee::jobs {

struct RedisUrl {
    std::string host = "127.0.0.1";  // a name or an address, IPv6 without brackets
    std::uint16_t port = 6379;
    std::uint32_t database = 0;
    std::string user;      // empty: the server's default user
    std::string password;  // empty: none is sent

    friend bool operator==(const RedisUrl&, const RedisUrl&) = default;
};

enum class RedisUrlError {
    scheme,       // anything but redis://
    tls,          // rediss://: this client has no TLS
    credentials,  // a user without a password, or a broken %XX
    host,
    port,
    database,
};
std::string_view explain(RedisUrlError error);

// User and password may be percent-encoded, and must be where they hold one of /@:%.
tl::expected<RedisUrl, RedisUrlError> parseRedisUrl(std::string_view text);

// "127.0.0.1:6379/0": never with user or password.
std::string describe(const RedisUrl& url);

}  // namespace oee::jobs
