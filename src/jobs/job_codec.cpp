#include "jobs/job_codec.h"

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "base/byte_codec.h"
#include "domain/amount.h"
#include "execution/admission.h"

namespace oee::jobs {
namespace {

using base::ByteReader;
using base::ByteWriter;
using domain::Order;

constexpr std::uint32_t kVersion = 3;  // 1 and 2 were a field for each member

template <typename Enum>
void writeEnum(ByteWriter& writer, Enum value) {
    writer.u8(static_cast<std::uint8_t>(value));
}

template <typename Enum>
Enum readEnum(ByteReader& reader, Enum last) {
    const std::uint8_t number = reader.u8();
    if (number > static_cast<std::uint8_t>(last)) {
        reader.fail();
        return Enum{};
    }
    return static_cast<Enum>(number);
}

// 0 or 1: whether a value follows.
bool readFlag(ByteReader& reader) {
    const std::uint8_t flag = reader.u8();
    if (flag > 1) {
        reader.fail();
    }
    return flag == 1;
}

void require(ByteReader& reader, bool condition) {
    if (!condition) {
        reader.fail();
    }
}

void writeChoice(ByteWriter& writer, const domain::RouteChoice& choice) {
    writeEnum(writer, choice.scope);
    writer.u8(choice.venue ? 1 : 0);
    if (choice.venue) {
        writeEnum(writer, *choice.venue);
    }
    writer.u32(choice.maxHops);
    writer.u32(choice.maxLegs.value_or(0));
    writer.u32(static_cast<std::uint32_t>(choice.excludedPools.size()));
    for (const domain::Pubkey& pool : choice.excludedPools) {
        writer.raw(pool.bytes);
    }
}

domain::RouteChoice readChoice(ByteReader& reader) {
    domain::RouteChoice choice;
    choice.scope = readEnum(reader, domain::RouteScope::full);
    if (readFlag(reader)) {
        choice.venue = readEnum(reader, domain::Venue::meteora);
    }
    choice.maxHops = reader.u32();
    require(reader, choice.maxHops > 0);
    if (const std::uint32_t maxLegs = reader.u32(); maxLegs > 0) {
        choice.maxLegs = maxLegs;
    }
    choice.excludedPools.resize(reader.count(domain::Pubkey{}.bytes.size()));
    for (domain::Pubkey& pool : choice.excludedPools) {
        reader.raw(pool.bytes);
    }
    return choice;
}

void readRequest(ByteReader& reader, Order& order) {
    order.id.high = reader.u64();
    order.id.low = reader.u64();
    order.type = readEnum(reader, domain::OrderType::market);
    order.side = readEnum(reader, domain::Side::buy);
    reader.raw(order.inputMint.bytes);
    reader.raw(order.outputMint.bytes);
    order.mode = readEnum(reader, domain::RouteMode::exactOut);
    order.amountInRaw = reader.u64();
    order.amountOutRaw = reader.u64();
    order.slippageBps = reader.u32();
    order.route = readChoice(reader);
    order.onRevert = readEnum(reader, domain::OnRevert::requote);
    if (readFlag(reader)) {
        order.deadlineMicros = reader.i64();
    }
    require(reader, order.inputMint != order.outputMint && order.amountInRaw > 0);
    require(reader, order.slippageBps <= domain::kMaxSlippageBps);
}

void readState(ByteReader& reader, Order& order) {
    order.status = readEnum(reader, domain::OrderStatus::cancelled);
    order.attempt = reader.u32();
    order.fence = reader.u64();
    order.reservedLamports = reader.u64();
    order.spentLamports = reader.u64();
    order.createdAtMicros = reader.i64();
    order.updatedAtMicros = reader.i64();
    order.createdSlot = reader.u64();
    order.idempotencyKey = reader.text(execution::kMaxIdempotencyKeyLength);
    if (readFlag(reader)) {
        reader.raw(order.signature.emplace().bytes);
    }
    require(reader, !domain::isTerminal(order.status) && order.attempt > 0);
}

}  // namespace

std::string_view nameOf(JobCodecError error) {
    switch (error) {
        case JobCodecError::anotherVersion:
            return "another version";
        case JobCodecError::malformed:
            return "malformed";
    }
    return {};
}

std::string encodeJob(const Job& job) {
    assert(job.order != nullptr && !domain::isTerminal(job.order->status));
    const Order& order = *job.order;
    ByteWriter writer;
    writer.u32(kVersion);
    writer.u64(order.id.high);
    writer.u64(order.id.low);
    writeEnum(writer, order.type);
    writeEnum(writer, order.side);
    writer.raw(order.inputMint.bytes);
    writer.raw(order.outputMint.bytes);
    writeEnum(writer, order.mode);
    writer.u64(order.amountInRaw);
    writer.u64(order.amountOutRaw);
    writer.u32(order.slippageBps);
    writeChoice(writer, order.route);
    writeEnum(writer, order.onRevert);
    writer.u8(order.deadlineMicros ? 1 : 0);
    if (order.deadlineMicros) {
        writer.i64(*order.deadlineMicros);
    }
    writeEnum(writer, order.status);
    writer.u32(order.attempt);
    writer.u64(order.fence);
    writer.u64(order.reservedLamports);
    writer.u64(order.spentLamports);
    writer.i64(order.createdAtMicros);
    writer.i64(order.updatedAtMicros);
    writer.u64(order.createdSlot);
    writer.text(order.idempotencyKey);
    writer.u8(order.signature ? 1 : 0);
    if (order.signature) {
        writer.raw(order.signature->bytes);
    }
    return writer.take();
}

tl::expected<Job, JobCodecError> decodeJob(std::string_view bytes) {
    ByteReader reader(bytes);
    if (reader.u32() != kVersion) {
        return tl::make_unexpected(reader.isGood() ? JobCodecError::anotherVersion
                                                   : JobCodecError::malformed);
    }
    auto order = std::make_shared<Order>();
    readRequest(reader, *order);
    readState(reader, *order);
    if (!reader.isDone()) {
        return tl::make_unexpected(JobCodecError::malformed);
    }
    return Job{std::move(order)};
}

}  // namespace oee::jobs
