#pragma once
// Little-endian fields of account data, bounds checked: bytes come from files and networks.

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "base/integer.h"
#include "domain/pubkey.h"

namespace oee::amm {

static_assert(std::endian::native == std::endian::little,
              "fields are copied as they are: account data is little-endian");

// 128-bit integers are not std::integral where compiler extensions are off.
template <typename T>
concept FieldInteger =
    std::integral<T> || std::same_as<T, base::u128> || std::same_as<T, base::i128>;

// Reads fields by offset. A read outside the bytes gives 0 and is remembered: decoders read
// everything, then ask complete() once.
class FieldReader {
  public:
    explicit FieldReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    template <FieldInteger T>
    T read(std::size_t offset) {
        T value = 0;
        copyTo(&value, offset, sizeof value);
        return value;
    }
    domain::Pubkey pubkey(std::size_t offset) {
        domain::Pubkey key;
        copyTo(key.bytes.data(), offset, key.bytes.size());
        return key;
    }
    // Whether the bytes at `offset` are `expected`, for example a discriminator.
    bool startsWith(std::span<const std::uint8_t> expected, std::size_t offset = 0) {
        if (!inside(offset, expected.size())) {
            complete_ = false;
            return false;
        }
        return std::equal(expected.begin(), expected.end(), bytes_.begin() + distance(offset));
    }
    // Whether every read so far was inside the bytes.
    bool complete() const { return complete_; }
    std::size_t size() const { return bytes_.size(); }

  private:
    static std::ptrdiff_t distance(std::size_t offset) {
        return static_cast<std::ptrdiff_t>(offset);
    }
    bool inside(std::size_t offset, std::size_t length) const {
        return offset <= bytes_.size() && length <= bytes_.size() - offset;
    }
    void copyTo(void* target, std::size_t offset, std::size_t length) {
        if (inside(offset, length)) {
            std::memcpy(target, bytes_.data() + offset, length);
        } else {
            complete_ = false;
        }
    }

    std::span<const std::uint8_t> bytes_;
    bool complete_ = true;
};

// Writes fields by offset and knows whether a byte became different. A write outside the bytes
// writes nothing and is remembered.
class FieldWriter {
  public:
    explicit FieldWriter(std::span<std::uint8_t> bytes) : bytes_(bytes) {}

    template <FieldInteger T>
    void write(std::size_t offset, T value) {
        copyFrom(&value, offset, sizeof value);
    }
    void write(std::size_t offset, const domain::Pubkey& key) {
        copyFrom(key.bytes.data(), offset, key.bytes.size());
    }
    void write(std::size_t offset, std::span<const std::uint8_t> raw) {
        copyFrom(raw.data(), offset, raw.size());
    }
    bool changed() const { return changed_; }
    bool complete() const { return complete_; }

  private:
    void copyFrom(const void* source, std::size_t offset, std::size_t length) {
        if (offset > bytes_.size() || length > bytes_.size() - offset) {
            complete_ = false;
            return;
        }
        if (length != 0 && std::memcmp(bytes_.data() + offset, source, length) != 0) {
            std::memcpy(bytes_.data() + offset, source, length);
            changed_ = true;
        }
    }

    std::span<std::uint8_t> bytes_;
    bool changed_ = false;
    bool complete_ = true;
};

}  // namespace oee::amm
