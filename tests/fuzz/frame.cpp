#include "fuzz/frame.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "amm/bytes.h"
#include "amm/spl_token.h"

namespace oee::fuzz {
namespace {

using amm::FieldInteger;
using amm::SwapDirection;
using amm::SwapMode;

constexpr std::size_t kMaxAccounts = 24;
constexpr std::size_t kMostOfARun = 128;
constexpr std::uint8_t kFirstRunOfZeros = 128;

enum OwnerCode : std::uint8_t { kTheProgram, kSplToken, kToken2022, kSpelledOut };

class Source {
  public:
    explicit Source(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    template <FieldInteger T>
    T read() {
        T value = 0;
        copyTo(&value, sizeof value);
        return value;
    }
    domain::Pubkey pubkey() {
        domain::Pubkey key;
        copyTo(key.bytes.data(), key.bytes.size());
        return key;
    }
    void copyTo(void* target, std::size_t length) {
        const std::size_t present = std::min(length, bytes_.size());
        if (present != 0) {
            std::memcpy(target, bytes_.data(), present);
        }
        bytes_ = bytes_.subspan(present);
    }
    bool atEnd() const { return bytes_.empty(); }

  private:
    std::span<const std::uint8_t> bytes_;
};

class Sink {
  public:
    template <FieldInteger T>
    void write(T value) {
        append(&value, sizeof value);
    }
    void append(const void* source, std::size_t length) {
        const auto* const first = static_cast<const std::uint8_t*>(source);
        bytes_.insert(bytes_.end(), first, first + length);
    }
    std::vector<std::uint8_t> take() { return std::move(bytes_); }

  private:
    std::vector<std::uint8_t> bytes_;
};

std::vector<std::uint8_t> readData(Source& source) {
    std::vector<std::uint8_t> data(source.read<std::uint16_t>());
    for (std::size_t at = 0; at < data.size() && !source.atEnd();) {
        const auto run = source.read<std::uint8_t>();
        if (run >= kFirstRunOfZeros) {
            at += run - kFirstRunOfZeros + 1u;
            continue;
        }
        const std::size_t length = std::min<std::size_t>(run + 1u, data.size() - at);
        source.copyTo(data.data() + at, length);
        at += length;
    }
    return data;
}

void writeData(Sink& sink, const std::vector<std::uint8_t>& data) {
    sink.write(static_cast<std::uint16_t>(data.size()));
    const auto begin = data.begin();
    for (std::size_t at = 0; at < data.size();) {
        const auto from = begin + static_cast<std::ptrdiff_t>(at);
        const auto end =
            from + static_cast<std::ptrdiff_t>(std::min(kMostOfARun, data.size() - at));
        const bool zeros = *from == 0;
        const auto stop =
            std::find_if(from, end, [zeros](auto byte) { return (byte == 0) != zeros; });
        const auto length = static_cast<std::size_t>(stop - from);
        const auto code = static_cast<std::uint8_t>(length - 1);
        sink.write(static_cast<std::uint8_t>(zeros ? code + kFirstRunOfZeros : code));
        if (!zeros) {
            sink.append(&*from, length);
        }
        at += length;
    }
}

domain::Pubkey readOwner(Source& source, const domain::Pubkey& program) {
    switch (source.read<std::uint8_t>()) {
        case kTheProgram:
            return program;
        case kSplToken:
            return amm::spl::tokenProgramId();
        case kToken2022:
            return amm::spl::token2022ProgramId();
        default:
            return source.pubkey();
    }
}

void writeOwner(Sink& sink, const domain::Pubkey& owner, const domain::Pubkey& program) {
    if (owner == program) {
        sink.write<std::uint8_t>(kTheProgram);
    } else if (owner == amm::spl::tokenProgramId()) {
        sink.write<std::uint8_t>(kSplToken);
    } else if (owner == amm::spl::token2022ProgramId()) {
        sink.write<std::uint8_t>(kToken2022);
    } else {
        sink.write<std::uint8_t>(kSpelledOut);
        sink.append(owner.bytes.data(), owner.bytes.size());
    }
}

void writeAccount(Sink& sink, const domain::Pubkey& address, const amm::Account& account,
                  const domain::Pubkey& program) {
    writeOwner(sink, account.owner, program);
    sink.append(address.bytes.data(), address.bytes.size());
    writeData(sink, account.data);
}

}  // namespace

Frame readFrame(std::span<const std::uint8_t> bytes, const domain::Pubkey& program) {
    Source source(bytes);
    Frame frame;
    frame.clock.slot = source.read<std::uint64_t>();
    frame.clock.unixTimestamp = source.read<std::int64_t>();
    frame.clock.epoch = source.read<std::uint64_t>();
    frame.request.amountRaw = source.read<std::uint64_t>();
    const auto slippageLimit = source.read<std::uint64_t>();
    const auto priceLimit = source.read<base::u128>();
    const auto flags = source.read<std::uint8_t>();
    frame.request.mode = static_cast<SwapMode>(std::min(flags & kModeMask, 2));
    frame.request.direction = (flags & kBToA) != 0 ? SwapDirection::bToA : SwapDirection::aToB;
    frame.request.withReferral = (flags & kHasReferral) != 0;
    if ((flags & kHasSlippageLimit) != 0) {
        frame.request.slippageLimitRaw = slippageLimit;
    }
    if ((flags & kHasPriceLimit) != 0) {
        frame.request.sqrtPriceLimitQ64 = priceLimit;
    }
    for (std::size_t i = 0; i < kMaxAccounts && !source.atEnd(); ++i) {
        amm::Account account;
        account.owner = readOwner(source, program);
        const domain::Pubkey address = source.pubkey();
        account.data = readData(source);
        frame.accounts.insert_or_assign(address, std::move(account));
        if (i == 0) {
            frame.pool = address;
        }
    }
    return frame;
}

std::vector<std::uint8_t> writeFrame(const Frame& frame, const domain::Pubkey& program) {
    Sink sink;
    const amm::SwapRequest& request = frame.request;
    sink.write(frame.clock.slot);
    sink.write(frame.clock.unixTimestamp);
    sink.write(frame.clock.epoch);
    sink.write(request.amountRaw);
    sink.write(request.slippageLimitRaw.value_or(0));
    sink.write(request.sqrtPriceLimitQ64.value_or(0));
    sink.write(static_cast<std::uint8_t>(static_cast<int>(request.mode) |
                                         (request.direction == SwapDirection::bToA ? kBToA : 0) |
                                         (request.slippageLimitRaw ? kHasSlippageLimit : 0) |
                                         (request.sqrtPriceLimitQ64 ? kHasPriceLimit : 0) |
                                         (request.withReferral ? kHasReferral : 0)));
    writeAccount(sink, frame.pool, frame.accounts.at(frame.pool), program);
    for (const auto& [address, account] : frame.accounts) {
        if (address != frame.pool) {
            writeAccount(sink, address, account, program);
        }
    }
    return sink.take();
}

}  // namespace oee::fuzz
