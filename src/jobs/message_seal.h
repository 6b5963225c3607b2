#pragma once
// What engine and remote workers send each other, sealed with a secret that both know: whoever can
// write to the Redis server and does not know the secret can change nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oee::jobs {

// A message is good only for what it was sealed as.
enum class MessageKind : std::uint8_t {
    engine = 1,
    market = 2,
    delta = 3,
    heartbeat = 4,
    proposal = 5
};

// HMAC-SHA256 (RFC 2104) over kind, instance id and payload, before the payload. Thread-safe.
class MessageSeal {
  public:
    // `secret` is not empty.
    MessageSeal(std::string secret, std::string instanceId);

    std::string seal(MessageKind kind, std::string_view payload) const;
    // The payload, inside `sealed`; empty where it was not sealed so with the same secret. Takes as
    // long whatever is wrong.
    std::optional<std::string_view> open(MessageKind kind, std::string_view sealed) const;

  private:
    std::string codeOf(MessageKind kind, std::string_view payload) const;

    const std::string secret_;
    const std::string instanceId_;
};

// RFC 2104 on SHA-256.
std::string hmacSha256(std::string_view key, std::string_view message);

}  // namespace oee::jobs
