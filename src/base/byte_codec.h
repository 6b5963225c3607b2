#pragma once
// Values as little-endian bytes and back, for what crosses a network. The reader trusts nothing.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace oee::base {

class ByteWriter {
  public:
    void u8(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
    void u32(std::uint32_t value) { number(value, 4); }
    void u64(std::uint64_t value) { number(value, 8); }
    void i64(std::int64_t value) { u64(static_cast<std::uint64_t>(value)); }
    // Of a length that the reader knows.
    void raw(std::span<const std::uint8_t> bytes) {
        bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    void raw(std::string_view bytes) { bytes_.append(bytes); }
    // With its length before it.
    void text(std::string_view bytes) {
        u32(static_cast<std::uint32_t>(bytes.size()));
        bytes_.append(bytes);
    }
    std::size_t size() const { return bytes_.size(); }
    std::string take() { return std::move(bytes_); }

  private:
    void number(std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) {
            bytes_.push_back(static_cast<char>(value >> (8 * i)));
        }
    }

    std::string bytes_;
};

// Reads zeros and empty texts beyond the end, and remembers it: readers read everything, then ask
// isDone() once.
class ByteReader {
  public:
    explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() { return number(8); }
    std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
    std::string_view raw(std::size_t size) {
        if (size > bytes_.size()) {
            fail();
            return {};
        }
        const std::string_view value = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return value;
    }
    template <std::size_t Size>
    void raw(std::array<std::uint8_t, Size>& into) {
        const std::string_view value = raw(Size);
        std::copy(value.begin(), value.end(), into.begin());
    }
    std::string_view text(std::size_t longest) {
        const std::uint32_t size = u32();
        if (size > longest) {
            fail();
            return {};
        }
        return raw(size);
    }
    // Of entries that take at least `smallest` bytes each: no more than the bytes can hold, so that
    // a wrong number reserves no memory.
    std::size_t count(std::size_t smallest) {
        const std::uint32_t value = u32();
        if (value > bytes_.size() / smallest) {
            fail();
            return 0;
        }
        return value;
    }
    void fail() {
        isGood_ = false;
        bytes_ = {};
    }
    bool isGood() const { return isGood_; }
    bool isDone() const { return isGood_ && bytes_.empty(); }

  private:
    std::uint64_t number(unsigned size) {
        const std::string_view bytes = raw(size);
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes[i])) << (8 * i);
        }
        return value;
    }

    std::string_view bytes_;
    bool isGood_ = true;
};

}  // namespace oee::base
