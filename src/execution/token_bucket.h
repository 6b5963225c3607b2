#pragma once
// A rate with some room for bursts.

#include <algorithm>
#include <cstdint>

namespace oee::execution {

// Fills evenly with `perMinute` tokens a minute, and holds what ten seconds bring (at least one).
// Begins full. On a steady clock; exact.
class TokenBucket {
  public:
    TokenBucket(std::uint32_t perMinute, std::int64_t nowMicros)
        : perMinute_(perMinute), level_(capacity()), at_(nowMicros) {}

    std::uint32_t perMinute() const { return perMinute_; }

    bool hasToken(std::int64_t nowMicros) {
        fill(nowMicros);
        return level_ >= kToken;
    }
    // Only where there is one.
    void take() { level_ -= kToken; }
    void giveBack(std::uint64_t tokens) { level_ = std::min(capacity(), level_ + tokens * kToken); }
    // Until the next token, rounded up: whoever comes then is not too early. At most a minute; a
    // minute where none ever comes.
    std::int64_t microsUntilToken(std::int64_t nowMicros) {
        fill(nowMicros);
        if (level_ >= kToken) {
            return 0;
        }
        return perMinute_ == 0
                   ? kMinuteMicros
                   : static_cast<std::int64_t>((kToken - level_ + perMinute_ - 1) / perMinute_);
    }

  private:
    static constexpr std::int64_t kMinuteMicros = 60'000'000;
    // A microsecond brings perMinute_ of these.
    static constexpr std::uint64_t kToken = 60'000'000;

    std::uint64_t capacity() const {
        return perMinute_ == 0 ? 0 : std::max<std::uint64_t>(1, perMinute_ / 6) * kToken;
    }
    void fill(std::int64_t nowMicros) {
        // A minute fills any bucket; below 2^58.
        const std::int64_t passed = std::clamp<std::int64_t>(nowMicros - at_, 0, kMinuteMicros);
        level_ = std::min(capacity(), level_ + static_cast<std::uint64_t>(passed) * perMinute_);
        at_ = std::max(at_, nowMicros);
    }

    std::uint32_t perMinute_;
    std::uint64_t level_;
    std::int64_t at_;
};

}  // namespace oee::execution
