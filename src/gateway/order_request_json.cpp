#include "gateway/order_request_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "domain/amount.h"

namespace oee::gateway {
namespace {

using Text = std::optional<std::string>;
template <typename T>
using Parsed = tl::expected<T, ApiError>;

struct Aliases {
    std::string_view name;
    std::string_view other;
};

// The value of a field that has two names; both given is an error.
Parsed<Text> eitherOf(const FlatObject& fields, const Aliases& names,
                      Parsed<Text> (FlatObject::*read)(std::string_view) const) {
    auto one = (fields.*read)(names.name);
    auto other = (fields.*read)(names.other);
    if (!one || !other) {
        return one ? other : one;
    }
    if (*one && *other) {
        return tl::unexpected(fieldError("duplicateField", names.other,
                                         std::string(names.name) + " and " +
                                             std::string(names.other) +
                                             " are the same field. Give one of them."));
    }
    return *one ? one : other;
}

struct Whole {
    std::string_view field;
    const char* range;
};

Parsed<std::int64_t> wholeNumber(const std::string& text, const Whole& number) {
    const std::string field(number.field);
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem == std::errc::result_out_of_range) {
        return tl::unexpected(
            fieldError("outOfRange", field, field + " is outside " + number.range + "."));
    }
    if (problem != std::errc{} || end != text.data() + text.size()) {
        return tl::unexpected(fieldError(
            "notANumber", field, std::string(field) + ": \"" + text + "\" is not a whole number."));
    }
    return value;
}

// Percent → bps: two decimals of one are the units of the other.
Parsed<std::int64_t> percentToBps(const std::string& text) {
    const auto bps = domain::parseAmount(text, 2);
    if (!bps) {
        const bool fine = bps.error() == domain::AmountError::tooManyDecimals;
        const bool large = bps.error() == domain::AmountError::tooLarge;
        return tl::unexpected(
            fieldError(fine    ? "tooManyDecimals"
                       : large ? "outOfRange"
                               : "notANumber",
                       "slippage",
                       "slippage: \"" + text +
                           "\" is not a percentage from 0 to 100 with at most two decimals."));
    }
    if (*bps > domain::kMaxSlippageBps) {
        return tl::unexpected(
            fieldError("outOfRange", "slippage", "slippage: " + text + " is outside 0 – 100 %."));
    }
    return static_cast<std::int64_t>(*bps);
}

Parsed<std::int64_t> slippageOf(const FlatObject& fields) {
    const auto bps = fields.stringOrNumber("slippageBps");
    const auto percent = fields.stringOrNumber("slippage");
    if (!bps || !percent) {
        return tl::unexpected(bps ? percent.error() : bps.error());
    }
    if (*bps && *percent) {
        return tl::unexpected(fieldError("duplicateField", "slippage",
                                         "slippageBps and slippage are both given. Give one."));
    }
    if (*bps) {
        return wholeNumber(**bps, {"slippageBps", "0 – 10,000"});
    }
    return *percent ? percentToBps(**percent)
                    : Parsed<std::int64_t>(execution::OrderRequest::kDefaultSlippageBps);
}

Parsed<std::optional<std::int64_t>> optionalWhole(const FlatObject& fields, const Whole& number) {
    const auto text = fields.stringOrNumber(number.field);
    if (!text) {
        return tl::unexpected(text.error());
    }
    if (!*text) {
        return std::nullopt;
    }
    return wholeNumber(**text, number).map([](std::int64_t value) { return std::optional(value); });
}

// An array of addresses, or one string with commas between them (query strings have no arrays).
Parsed<std::vector<std::string>> excludedPoolsOf(const FlatObject& fields) {
    const JsonMember* member = fields.find("excludedPools");
    if (member != nullptr && member->kind == JsonKind::strings) {
        return member->items;
    }
    const auto text = fields.string("excludedPools");
    if (!text) {
        return tl::unexpected(text.error());
    }
    std::vector<std::string> pools;
    if (*text) {
        for (const QString& pool :
             QString::fromStdString(**text).split(QLatin1Char(','), Qt::SkipEmptyParts)) {
            pools.push_back(pool.trimmed().toStdString());
        }
    }
    return pools;
}

Parsed<execution::RouteRequest> routeOf(const FlatObject& fields) {
    const auto scope = fields.string("routing");
    const auto venue = fields.string("venue");
    const auto maxHops = optionalWhole(fields, {"maxHops", "1 – 3"});
    const auto maxLegs = optionalWhole(fields, {"maxLegs", "1 – 100"});
    auto excluded = excludedPoolsOf(fields);
    for (const auto* text : {&scope, &venue}) {
        if (!*text) {
            return tl::unexpected(text->error());
        }
    }
    if (!maxHops || !maxLegs) {
        return tl::unexpected(maxHops ? maxLegs.error() : maxHops.error());
    }
    if (!excluded) {
        return tl::unexpected(excluded.error());
    }
    return execution::RouteRequest{*scope, *venue, *maxHops, *maxLegs, std::move(*excluded)};
}

struct PairAndAmount {
    std::string tokenIn;
    std::string tokenOut;
    Text amountIn;
    Text amountInRaw;
    Text amountOut;
    Text amountOutRaw;
    std::int64_t slippageBps = 0;
    execution::RouteRequest route;
};

constexpr std::array<std::string_view, 14> kCommonFields{
    "tokenIn",     "tokenOut", "amountIn", "amount", "amountInRaw", "amountOut", "amountOutRaw",
    "slippageBps", "slippage", "routing",  "venue",  "maxHops",     "maxLegs",   "excludedPools"};

std::vector<std::string_view> commonFieldsAnd(const std::vector<std::string_view>& others) {
    std::vector<std::string_view> all(kCommonFields.begin(), kCommonFields.end());
    all.insert(all.end(), others.begin(), others.end());
    return all;
}

// What orders and quotes have in common.
Parsed<PairAndAmount> pairAndAmount(const FlatObject& fields) {
    const auto tokenIn = fields.string("tokenIn");
    const auto tokenOut = fields.string("tokenOut");
    const auto amount = eitherOf(fields, {"amountIn", "amount"}, &FlatObject::stringOrNumber);
    // Base units only as a string: whatever wrote a number of that size may have rounded it.
    const auto raw = fields.string("amountInRaw");
    const auto out = fields.stringOrNumber("amountOut");
    const auto outRaw = fields.string("amountOutRaw");
    const auto slippage = slippageOf(fields);
    auto route = routeOf(fields);
    for (const auto* text : {&tokenIn, &tokenOut, &amount, &raw, &out, &outRaw}) {
        if (!*text) {
            return tl::unexpected(text->error());
        }
    }
    if (!slippage) {
        return tl::unexpected(slippage.error());
    }
    if (!route) {
        return tl::unexpected(route.error());
    }
    return PairAndAmount{tokenIn->value_or(std::string()),
                         tokenOut->value_or(std::string()),
                         *amount,
                         *raw,
                         *out,
                         *outRaw,
                         *slippage,
                         std::move(*route)};
}

Parsed<std::optional<domain::Side>> sideOf(const FlatObject& fields) {
    const auto text = fields.string("side");
    if (!text) {
        return tl::unexpected(text.error());
    }
    if (!*text) {
        return std::nullopt;
    }
    const auto side = domain::sideFromName(**text);
    if (!side) {
        return tl::unexpected(fieldError("unsupported", "side", "side must be sell or buy."));
    }
    return side;
}

Parsed<domain::OnRevert> onRevertOf(const FlatObject& fields) {
    const auto text = fields.string("onRevert");
    if (!text) {
        return tl::unexpected(text.error());
    }
    const auto onRevert =
        *text ? domain::onRevertFromName(**text) : std::optional(domain::OnRevert::fail);
    if (!onRevert) {
        return tl::unexpected(
            fieldError("unsupported", "onRevert", "onRevert must be fail or requote."));
    }
    return *onRevert;
}

std::optional<ApiError> checkType(const FlatObject& fields) {
    const auto type = eitherOf(fields, {"type", "orderType"}, &FlatObject::string);
    if (!type) {
        return type.error();
    }
    if (*type && !domain::orderTypeFromName(**type)) {
        return fieldError("unsupported", fields.find("type") != nullptr ? "type" : "orderType",
                          "Only market orders are supported.");
    }
    return std::nullopt;
}

Parsed<std::string> idempotencyKeyOf(const FlatObject& fields,
                                     const std::optional<QByteArray>& header) {
    const auto key = fields.string("idempotencyKey");
    if (!key) {
        return tl::unexpected(key.error());
    }
    const bool ascii = !header || std::all_of(header->begin(), header->end(), [](char character) {
        return static_cast<unsigned char>(character) < 0x80;
    });
    if (!ascii || (header && header->isEmpty()) || (*key && (*key)->empty())) {
        return tl::unexpected(fieldError("malformed", "idempotencyKey",
                                         "idempotencyKey must not be empty, and in the header it "
                                         "must be ASCII."));
    }
    const Text fromHeader = header ? Text(header->toStdString()) : std::nullopt;
    if (*key && fromHeader && **key != *fromHeader) {
        return tl::unexpected(
            fieldError("duplicateField", "idempotencyKey",
                       "The body and the header Idempotency-Key give different keys."));
    }
    return key->value_or(fromHeader.value_or(std::string()));
}

}  // namespace

std::optional<ApiError> unknownField(const FlatObject& fields,
                                     const std::vector<std::string_view>& allowed) {
    for (const JsonMember& member : fields.members()) {
        if (std::find(allowed.begin(), allowed.end(), member.name) == allowed.end()) {
            return fieldError("unknownField", member.name,
                              "\"" + member.name + "\" is not a field of this request.");
        }
    }
    return std::nullopt;
}

tl::expected<execution::OrderRequest, ApiError> parseOrderRequest(
    const QByteArray& body, const std::optional<QByteArray>& idempotencyHeader) {
    const auto fields = FlatObject::parse(body);
    if (!fields) {
        return tl::unexpected(fields.error());
    }
    if (auto unknown =
            unknownField(*fields, commonFieldsAnd({"side", "type", "orderType", "onRevert",
                                                   "deadlineMs", "idempotencyKey"}))) {
        return tl::unexpected(*unknown);
    }
    if (auto refused = checkType(*fields)) {
        return tl::unexpected(*refused);
    }
    const auto common = pairAndAmount(*fields);
    const auto side = sideOf(*fields);
    const auto onRevert = onRevertOf(*fields);
    const auto deadlineMs = optionalWhole(*fields, {"deadlineMs", "1 – 86,400,000"});
    const auto key = idempotencyKeyOf(*fields, idempotencyHeader);
    if (!common || !side) {
        return tl::unexpected(!common ? common.error() : side.error());
    }
    if (!onRevert || !deadlineMs || !key) {
        return tl::unexpected(!onRevert     ? onRevert.error()
                              : !deadlineMs ? deadlineMs.error()
                                            : key.error());
    }
    execution::OrderRequest request;
    request.tokenIn = common->tokenIn;
    request.tokenOut = common->tokenOut;
    request.amountIn = common->amountIn;
    request.amountInRaw = common->amountInRaw;
    request.amountOut = common->amountOut;
    request.amountOutRaw = common->amountOutRaw;
    request.slippageBps = common->slippageBps;
    request.route = common->route;
    request.side = *side;
    request.onRevert = *onRevert;
    request.deadlineMs = *deadlineMs;
    request.idempotencyKey = *key;
    return request;
}

tl::expected<BookPair, ApiError> parsePairOfBook(const FlatObject& fields) {
    const auto base = fields.string("base");
    const auto quote = fields.string("quote");
    if (!base || !quote) {
        return tl::unexpected(base ? quote.error() : base.error());
    }
    return BookPair{base->value_or(std::string()), quote->value_or(std::string())};
}

ApiError bookErrorOf(const execution::Refusal& refusal) {
    ApiError error = errorOf(refusal);
    for (const auto& [engineName, askedName] :
         {Aliases{nameOf(execution::Field::tokenIn), "base"},
          Aliases{nameOf(execution::Field::tokenOut), "quote"}}) {
        if (error.field == engineName) {
            error.field = askedName;
        }
        if (const auto at = error.message.find(engineName); at != std::string::npos) {
            error.message.replace(at, engineName.size(), askedName);
        }
    }
    return error;
}

tl::expected<FlatObject, ApiError> fieldsOf(const QUrlQuery& query) {
    std::vector<JsonMember> members;
    for (const auto& [name, value] : query.queryItems(QUrl::FullyDecoded)) {
        const std::string field = name.toStdString();
        const bool twice =
            std::any_of(members.begin(), members.end(),
                        [&](const JsonMember& known) { return known.name == field; });
        if (twice) {
            return tl::unexpected(fieldError("duplicateField", field, field + " is given twice."));
        }
        members.push_back({field, JsonKind::string, value.toStdString(), {}});
    }
    return FlatObject(std::move(members));
}

tl::expected<runtime::QuoteQuery, ApiError> parseQuoteQuery(
    const FlatObject& fields, const std::vector<std::string_view>& others) {
    if (auto unknown = unknownField(fields, commonFieldsAnd(others))) {
        return tl::unexpected(*unknown);
    }
    const auto common = pairAndAmount(fields);
    if (!common) {
        return tl::unexpected(common.error());
    }
    return runtime::QuoteQuery{common->tokenIn,      common->tokenOut,    common->amountIn,
                               common->amountInRaw,  common->slippageBps, common->amountOut,
                               common->amountOutRaw, common->route};
}

}  // namespace oee::gateway
