#include "gateway/http_api.h"

#include <algorithm>
#include <utility>

#include "domain/amount.h"
#include "execution/receipt.h"
#include "gateway/json_shapes.h"
#include "gateway/order_place.h"
#include "gateway/order_request_json.h"
#include "gateway/receipt_json.h"

namespace oee::gateway {
namespace {

constexpr std::size_t kDefaultLimit = 100;
constexpr std::size_t kMaxLimit = 1'000;

QByteArray nameOf(QHttpServerRequest::Method method) {
    return method == QHttpServerRequest::Method::Post ? "POST" : "GET";
}

ApiError notFound(std::string message) {
    return {HttpStatus::NotFound, "notFound", {}, std::move(message)};
}

// Parameters of a GET; an unknown one is an error that names it.
tl::expected<FlatObject, ApiError> parameters(const ApiRequest& request,
                                              const std::vector<std::string_view>& allowed) {
    auto fields = fieldsOf(request.query);
    if (fields) {
        if (auto unknown = unknownField(*fields, allowed)) {
            return tl::unexpected(*unknown);
        }
    }
    return fields;
}

// A POST that needs no fields: nothing, or an empty object.
std::optional<ApiError> checkEmptyBody(const ApiRequest& request) {
    if (request.body.isEmpty()) {
        return std::nullopt;
    }
    const auto fields = FlatObject::parse(request.body);
    return fields ? unknownField(*fields, {}) : std::optional(fields.error());
}

tl::expected<std::size_t, ApiError> limitOf(const FlatObject& fields) {
    const JsonMember* member = fields.find("limit");
    if (member == nullptr) {
        return kDefaultLimit;
    }
    const auto limit = domain::parseRaw(member->text);
    if (!limit || *limit == 0 || *limit > kMaxLimit) {
        return tl::unexpected(
            fieldError("outOfRange", "limit", "limit must be a whole number from 1 to 1,000."));
    }
    return static_cast<std::size_t>(*limit);
}

tl::expected<runtime::OrderQuery, ApiError> orderQueryOf(const ApiRequest& request) {
    const auto fields = parameters(request, {"status", "before", "limit"});
    if (!fields) {
        return tl::unexpected(fields.error());
    }
    const auto limit = limitOf(*fields);
    if (!limit) {
        return tl::unexpected(limit.error());
    }
    runtime::OrderQuery query;
    query.limit = *limit;
    if (const JsonMember* status = fields->find("status")) {
        query.status = domain::orderStatusFromName(status->text);
        if (!query.status) {
            return tl::unexpected(
                fieldError("unsupported", "status",
                           "status must be one of pending, routing, building, submitted, "
                           "confirmed, failed, cancelled."));
        }
    }
    if (const JsonMember* before = fields->find("before")) {
        query.before = domain::orderIdFromString(before->text);
        if (!query.before) {
            return tl::unexpected(fieldError("malformed", "before", "before must be an order id."));
        }
    }
    return query;
}

}  // namespace

HttpApi::HttpApi(runtime::Engine& engine, ServerPorts ports)
    : engine_(engine), ports_(ports), pages_(loadPages()), tokens_(engine.market()->tokens) {}

std::optional<HttpApi::Resource> HttpApi::resourceAt(const QByteArray& path) const {
    static const std::map<QByteArray, Resource> kResources{
        {"/api/orders/execute", {Method::Post, &HttpApi::executeOrder}},
        {"/api/orders", {Method::Get, &HttpApi::listOrders}},
        {"/api/dead-letters", {Method::Get, &HttpApi::listDeadLetters}},
        {"/api/quotes", {Method::Get, &HttpApi::getQuotes}},
        {"/api/wallet", {Method::Get, &HttpApi::getWallet}},
        {"/api/wallet/reset", {Method::Post, &HttpApi::resetWallet}},
        {"/api/tokens", {Method::Get, &HttpApi::getTokens}},
        {"/api/pairs", {Method::Get, &HttpApi::getPairs}},
        {"/api/book", {Method::Get, &HttpApi::getBook}},
        {"/api/fills", {Method::Get, &HttpApi::getFills}},
        {"/api/health", {Method::Get, &HttpApi::getHealth}},
        {"/api/status", {Method::Get, &HttpApi::getHealth}},
    };
    if (const auto found = kResources.find(path); found != kResources.end()) {
        return found->second;
    }
    if (pages_.contains(path)) {
        return Resource{Method::Get, &HttpApi::getPage};
    }
    static const std::map<OrderAction, Resource> kOfOrders{
        {OrderAction::show, {Method::Get, &HttpApi::getOrder}},
        {OrderAction::receipt, {Method::Get, &HttpApi::getReceipt}},
        {OrderAction::cancel, {Method::Post, &HttpApi::cancelOrder}},
        {OrderAction::retry, {Method::Post, &HttpApi::retryDeadLetter}},
    };
    if (const auto place = orderPlaceAt(path)) {
        return kOfOrders.at(place->action);
    }
    return std::nullopt;
}

void HttpApi::handle(const ApiRequest& request, const Respond& respond) {
    const auto resource = resourceAt(request.path);
    if (!resource) {
        respond(errorAnswer(notFound("There is nothing at this path.")));
        return;
    }
    if (request.method != resource->method) {
        const QByteArray allowed = nameOf(resource->method);
        HttpAnswer answer = errorAnswer({HttpStatus::MethodNotAllowed,
                                         "methodNotAllowed",
                                         {},
                                         "Only " + allowed.toStdString() + " is allowed here."});
        answer.headers.emplace_back("Allow", allowed);
        respond(answer);
        return;
    }
    (this->*resource->handler)(request, respond);
}

void HttpApi::getPage(const ApiRequest& request, const Respond& respond) {
    const Page& page = pages_.at(request.path);
    HttpAnswer answer;
    answer.contentType = page.contentType;
    answer.body = page.body;
    respond(answer);
}

// --- orders

void HttpApi::executeOrder(const ApiRequest& request, const Respond& respond) {
    const auto order = parseOrderRequest(request.body, request.idempotencyKey);
    if (!order) {
        respond(errorAnswer(order.error()));
        return;
    }
    engine_.submit(*order, this, [this, respond](auto admitted) {
        if (!admitted) {
            respond(errorAnswer(errorOf(admitted.error())));
            return;
        }
        // 200: the order stands already, under the same idempotency key.
        respond(jsonAnswer(toJson(*admitted->order, tokens()),
                           admitted->replayed ? HttpStatus::Ok : HttpStatus::Created));
    });
}

void HttpApi::listOrders(const ApiRequest& request, const Respond& respond) {
    const auto query = orderQueryOf(request);
    if (!query) {
        respond(errorAnswer(query.error()));
        return;
    }
    engine_.orders(*query, this, [this, respond](const auto& orders) {
        if (!orders) {
            respond(errorAnswer(errorOf(orders.error())));
            return;
        }
        JsonArray array;
        for (const domain::OrderPtr& order : *orders) {
            array.append(toJson(*order, tokens()));
        }
        respond(jsonAnswer({{"orders", array}}));
    });
}

void HttpApi::getOrder(const ApiRequest& request, const Respond& respond) {
    engine_.order(orderPlaceAt(request.path)->orderId, this, [this, respond](const auto& detail) {
        if (!detail) {
            respond(errorAnswer(errorOf(detail.error())));
            return;
        }
        JsonObject object = toJson(*detail->order, tokens());
        JsonArray events;
        for (const domain::OrderEvent& event : detail->events) {
            events.append(toJson(event));
        }
        JsonArray fills;
        for (const domain::Fill& fill : detail->fills) {
            fills.append(toJson(fill, tokens()));
        }
        object.insert("events", events);
        object.insert("fills", fills);
        object.insert("receipt", detail->receipt ? JsonValue(toJson(*detail->receipt, tokens()))
                                                 : JsonValue());
        respond(jsonAnswer(object));
    });
}

void HttpApi::getReceipt(const ApiRequest& request, const Respond& respond) {
    engine_.order(orderPlaceAt(request.path)->orderId, this, [this, respond](const auto& detail) {
        if (!detail) {
            respond(errorAnswer(errorOf(detail.error())));
            return;
        }
        if (!detail->receipt) {
            respond(errorAnswer(notFound("The order has no receipt: it has not been filled.")));
            return;
        }
        HttpAnswer answer;
        answer.contentType = "text/plain; charset=utf-8";
        answer.body = QByteArray::fromStdString(execution::describe(*detail->receipt, tokens()));
        respond(answer);
    });
}

void HttpApi::cancelOrder(const ApiRequest& request, const Respond& respond) {
    if (const auto refused = checkEmptyBody(request)) {
        respond(errorAnswer(*refused));
        return;
    }
    engine_.cancel(orderPlaceAt(request.path)->orderId, this, [this, respond](const auto& order) {
        respond(order ? jsonAnswer(toJson(**order, tokens()))
                      : errorAnswer(errorOf(order.error())));
    });
}

void HttpApi::listDeadLetters(const ApiRequest& request, const Respond& respond) {
    if (const auto fields = parameters(request, {}); !fields) {
        respond(errorAnswer(fields.error()));
        return;
    }
    engine_.deadLetters(this, [this, respond](const auto& letters) {
        if (!letters) {
            respond(errorAnswer(errorOf(letters.error())));
            return;
        }
        JsonArray array;
        for (const execution::DeadLetter& letter : *letters) {
            array.append(toJson(letter, tokens()));
        }
        respond(jsonAnswer({{"deadLetters", array}}));
    });
}

void HttpApi::retryDeadLetter(const ApiRequest& request, const Respond& respond) {
    if (const auto refused = checkEmptyBody(request)) {
        respond(errorAnswer(*refused));
        return;
    }
    engine_.retryDeadLetter(orderPlaceAt(request.path)->orderId, this,
                            [this, respond](const auto& order) {
                                respond(order ? jsonAnswer(toJson(**order, tokens()))
                                              : errorAnswer(errorOf(order.error())));
                            });
}

void HttpApi::getFills(const ApiRequest& request, const Respond& respond) {
    const auto fields = parameters(request, {"limit"});
    const auto limit = fields ? limitOf(*fields) : tl::unexpected(fields.error());
    if (!limit) {
        respond(errorAnswer(limit.error()));
        return;
    }
    engine_.fills(*limit, this, [this, respond](const auto& fills) {
        if (!fills) {
            respond(errorAnswer(errorOf(fills.error())));
            return;
        }
        JsonArray array;
        for (const domain::Fill& fill : *fills) {
            array.append(toJson(fill, tokens()));
        }
        respond(jsonAnswer({{"fills", array}}));
    });
}

// --- market

void HttpApi::getQuotes(const ApiRequest& request, const Respond& respond) {
    const auto fields = fieldsOf(request.query);
    const auto query = fields ? parseQuoteQuery(*fields) : tl::unexpected(fields.error());
    if (!query) {
        respond(errorAnswer(query.error()));
        return;
    }
    const auto view = engine_.quote(*query);
    respond(view ? jsonAnswer(toJson(*view, tokens())) : errorAnswer(errorOf(view.error())));
}

void HttpApi::getBook(const ApiRequest& request, const Respond& respond) {
    const auto fields = parameters(request, {"base", "quote"});
    if (!fields) {
        respond(errorAnswer(fields.error()));
        return;
    }
    const auto pair = parsePairOfBook(*fields);
    if (!pair) {
        respond(errorAnswer(pair.error()));
        return;
    }
    const auto book = engine_.orderBook(pair->base, pair->quote);
    respond(book ? jsonAnswer(toJson(*book, tokens())) : errorAnswer(bookErrorOf(book.error())));
}

void HttpApi::getTokens(const ApiRequest& request, const Respond& respond) {
    if (const auto fields = parameters(request, {}); !fields) {
        respond(errorAnswer(fields.error()));
        return;
    }
    JsonArray array;
    for (const domain::Token& token : tokens().all()) {
        array.append(toJson(token));
    }
    respond(jsonAnswer({{"tokens", array}}));
}

void HttpApi::getPairs(const ApiRequest& request, const Respond& respond) {
    if (const auto fields = parameters(request, {}); !fields) {
        respond(errorAnswer(fields.error()));
        return;
    }
    respond(jsonAnswer({{"pairs", pairsToJson(*engine_.market())}}));
}

// --- wallet and health

void HttpApi::getWallet(const ApiRequest& request, const Respond& respond) {
    if (const auto fields = parameters(request, {}); !fields) {
        respond(errorAnswer(fields.error()));
        return;
    }
    respond(jsonAnswer(toJson(*engine_.wallet(), tokens())));
}

void HttpApi::resetWallet(const ApiRequest& request, const Respond& respond) {
    if (const auto refused = checkEmptyBody(request)) {
        respond(errorAnswer(*refused));
        return;
    }
    engine_.resetWallet(this, [this, respond](const auto& wallet) {
        respond(wallet ? jsonAnswer(toJson(**wallet, tokens()))
                       : errorAnswer(errorOf(wallet.error())));
    });
}

void HttpApi::getHealth(const ApiRequest& request, const Respond& respond) {
    if (const auto fields = parameters(request, {}); !fields) {
        respond(errorAnswer(fields.error()));
        return;
    }
    JsonObject health = toJson(engine_.status());
    health.insert("status", "ok");
    health.insert("httpPort", static_cast<int>(ports_.http));
    health.insert("wsPort", static_cast<int>(ports_.webSocket));
    health.insert("version", OEE_VERSION);
    respond(jsonAnswer(health));
}

}  // namespace oee::gateway
