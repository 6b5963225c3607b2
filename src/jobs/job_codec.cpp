#include "jobs/job_codec.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "domain/amount.h"
#include "execution/admission.h"

namespace oee::jobs {
namespace {

using domain::Order;

constexpr std::string_view kVersion = "2";
constexpr std::size_t kLongestShownName = 64;

template <std::integral Integer>
std::optional<Integer> integerFrom(std::string_view text) {
    Integer value = 0;
    // Takes no blanks, no plus, and no minus for an unsigned type; the whole text must be used up.
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

template <std::integral Integer>
std::optional<Integer> positiveFrom(std::string_view text) {
    const auto value = integerFrom<Integer>(text);
    return value && *value > 0 ? value : std::nullopt;
}

std::optional<unsigned> slippageFrom(std::string_view text) {
    const auto value = integerFrom<unsigned>(text);
    return value && *value <= domain::kMaxSlippageBps ? value : std::nullopt;
}

std::optional<domain::OrderStatus> openStatusFrom(std::string_view text) {
    const auto status = domain::orderStatusFromName(text);
    return status && !domain::isTerminal(*status) ? status : std::nullopt;
}

std::optional<std::string> idempotencyKeyFrom(std::string_view text) {
    return text.size() <= execution::kMaxIdempotencyKeyLength ? std::optional<std::string>(text)
                                                              : std::nullopt;
}

std::optional<std::string_view> versionFrom(std::string_view text) {
    return text == kVersion ? std::optional(text) : std::nullopt;
}

// Takes the fields one by one and remembers the first that is wrong.
class FieldReader {
  public:
    explicit FieldReader(std::span<const std::string_view> flat) {
        if (flat.size() % 2 != 0) {
            fail(JobFieldProblem::oddCount, flat.back());
            return;
        }
        for (std::size_t i = 0; i < flat.size(); i += 2) {
            if (!left_.emplace(flat[i], flat[i + 1]).second) {
                fail(JobFieldProblem::duplicate, flat[i]);
            }
        }
    }

    bool has(std::string_view name) const { return left_.contains(name); }

    template <typename T, typename Parse>
    void read(std::string_view name, T& into, const Parse& parse) {
        const auto field = left_.find(name);
        if (field == left_.end()) {
            fail(JobFieldProblem::missing, name);
            return;
        }
        if (auto value = parse(field->second)) {
            into = *std::move(value);
        } else {
            fail(JobFieldProblem::malformed, name);
        }
        left_.erase(field);
    }

    void fail(JobFieldProblem problem, std::string_view field) {
        if (!error_) {
            error_ = JobFieldError{problem, std::string(field.substr(0, kLongestShownName))};
        }
    }

    std::optional<JobFieldError> finish() {
        if (!left_.empty()) {
            fail(JobFieldProblem::unknown, left_.begin()->first);
        }
        return error_;
    }

  private:
    std::map<std::string_view, std::string_view> left_;
    std::optional<JobFieldError> error_;
};

void encodeChoice(const domain::RouteChoice& choice, JobFields& fields) {
    std::string pools;
    for (const domain::Pubkey& pool : choice.excludedPools) {
        pools += (pools.empty() ? "" : ",") + domain::toBase58(pool);
    }
    fields.emplace_back("route.scope", domain::nameOf(choice.scope));
    fields.emplace_back("route.maxHops", std::to_string(choice.maxHops));
    fields.emplace_back("route.excludedPools", pools);
    if (choice.venue) {
        fields.emplace_back("route.venue", domain::nameOf(*choice.venue));
    }
    if (choice.maxLegs) {
        fields.emplace_back("route.maxLegs", std::to_string(*choice.maxLegs));
    }
}

std::optional<std::vector<domain::Pubkey>> poolsFrom(std::string_view text) {
    std::vector<domain::Pubkey> pools;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const auto pool = domain::pubkeyFromBase58(text.substr(0, comma));
        if (!pool) {
            return std::nullopt;
        }
        pools.push_back(*pool);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return pools;
}

domain::RouteChoice decodeChoice(FieldReader& reader) {
    domain::RouteChoice choice;
    reader.read("route.scope", choice.scope, domain::routeScopeFromName);
    reader.read("route.maxHops", choice.maxHops, positiveFrom<std::uint32_t>);
    reader.read("route.excludedPools", choice.excludedPools, poolsFrom);
    if (reader.has("route.venue")) {
        choice.venue = domain::Venue::raydium;
        reader.read("route.venue", *choice.venue, domain::venueFromName);
    }
    if (reader.has("route.maxLegs")) {
        choice.maxLegs = 1;
        reader.read("route.maxLegs", *choice.maxLegs, positiveFrom<std::uint32_t>);
    }
    return choice;
}

}  // namespace

std::string_view nameOf(JobFieldProblem problem) {
    switch (problem) {
        case JobFieldProblem::oddCount:
            return "a field without a value";
        case JobFieldProblem::missing:
            return "missing field";
        case JobFieldProblem::duplicate:
            return "duplicate field";
        case JobFieldProblem::unknown:
            return "unknown field";
        case JobFieldProblem::malformed:
            return "malformed field";
    }
    return {};
}

JobFields encodeJob(const Job& job) {
    assert(job.order != nullptr && !domain::isTerminal(job.order->status));
    const Order& order = *job.order;
    JobFields fields;
    fields.reserve(32);
    fields.emplace_back("v", kVersion);
    fields.emplace_back("id", domain::toString(order.id));
    fields.emplace_back("type", domain::nameOf(order.type));
    fields.emplace_back("side", domain::nameOf(order.side));
    fields.emplace_back("inputMint", domain::toBase58(order.inputMint));
    fields.emplace_back("outputMint", domain::toBase58(order.outputMint));
    fields.emplace_back("amountInRaw", std::to_string(order.amountInRaw));
    fields.emplace_back("mode", domain::nameOf(order.mode));
    fields.emplace_back("amountOutRaw", std::to_string(order.amountOutRaw));
    fields.emplace_back("slippageBps", std::to_string(order.slippageBps));
    encodeChoice(order.route, fields);
    fields.emplace_back("onRevert", domain::nameOf(order.onRevert));
    if (order.deadlineMicros) {
        fields.emplace_back("deadlineMicros", std::to_string(*order.deadlineMicros));
    }
    fields.emplace_back("status", domain::nameOf(order.status));
    fields.emplace_back("attempt", std::to_string(order.attempt));
    fields.emplace_back("fence", std::to_string(order.fence));
    fields.emplace_back("reservedLamports", std::to_string(order.reservedLamports));
    fields.emplace_back("createdAtMicros", std::to_string(order.createdAtMicros));
    fields.emplace_back("updatedAtMicros", std::to_string(order.updatedAtMicros));
    fields.emplace_back("createdSlot", std::to_string(order.createdSlot));
    fields.emplace_back("idempotencyKey", order.idempotencyKey);
    fields.emplace_back("spentLamports", std::to_string(order.spentLamports));
    if (order.signature) {
        fields.emplace_back("signature", domain::toBase58(*order.signature));
    }
    return fields;
}

tl::expected<Job, JobFieldError> decodeJob(std::span<const std::string_view> flat) {
    FieldReader reader(flat);
    std::string_view version;
    // First, because another version's fields need not make sense here.
    reader.read("v", version, versionFrom);

    auto order = std::make_shared<Order>();
    reader.read("id", order->id, domain::orderIdFromString);
    reader.read("type", order->type, domain::orderTypeFromName);
    reader.read("side", order->side, domain::sideFromName);

    reader.read("inputMint", order->inputMint, domain::pubkeyFromBase58);
    reader.read("outputMint", order->outputMint, domain::pubkeyFromBase58);
    reader.read("amountInRaw", order->amountInRaw, positiveFrom<std::uint64_t>);
    reader.read("mode", order->mode, domain::routeModeFromName);
    reader.read("amountOutRaw", order->amountOutRaw, integerFrom<std::uint64_t>);
    reader.read("slippageBps", order->slippageBps, slippageFrom);
    order->route = decodeChoice(reader);
    reader.read("onRevert", order->onRevert, domain::onRevertFromName);
    if (reader.has("deadlineMicros")) {
        order->deadlineMicros = 0;
        reader.read("deadlineMicros", *order->deadlineMicros, integerFrom<base::UnixMicros>);
    }
    reader.read("status", order->status, openStatusFrom);
    reader.read("attempt", order->attempt, positiveFrom<std::uint32_t>);
    reader.read("fence", order->fence, integerFrom<std::uint64_t>);
    reader.read("reservedLamports", order->reservedLamports, integerFrom<std::uint64_t>);
    reader.read("createdAtMicros", order->createdAtMicros, integerFrom<base::UnixMicros>);
    reader.read("updatedAtMicros", order->updatedAtMicros, integerFrom<base::UnixMicros>);
    reader.read("createdSlot", order->createdSlot, integerFrom<std::uint64_t>);
    reader.read("idempotencyKey", order->idempotencyKey, idempotencyKeyFrom);
    reader.read("spentLamports", order->spentLamports, integerFrom<std::uint64_t>);
    if (reader.has("signature")) {
        domain::Signature signature;
        reader.read("signature", signature, domain::signatureFromBase58);
        order->signature = signature;
    }
    if (order->inputMint == order->outputMint) {
        reader.fail(JobFieldProblem::malformed, "outputMint");
    }
    if (auto error = reader.finish()) {
        return tl::unexpected(*std::move(error));
    }
    return Job{std::move(order)};
}

}  // namespace oee::jobs
