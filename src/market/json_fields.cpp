#include "market/json_fields.h"

#include <cmath>
#include <utility>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonValue>

#include "domain/amount.h"

namespace oee::market {

std::string_view nameOf(JsonError error) {
    switch (error) {
        case JsonError::notJson:
            return "notJson";
        case JsonError::fieldMissing:
            return "fieldMissing";
        case JsonError::invalidField:
            return "invalidField";
    }
    return "unknown";
}

JsonFields::JsonFields(QJsonObject object, std::string path, std::optional<JsonFailure>& failure)
    : object_(std::move(object)), path_(std::move(path)), failure_(&failure) {}

bool JsonFields::has(const char* name) const {
    return object_.contains(QLatin1String(name));
}

std::string JsonFields::pathOf(const char* name) const {
    return path_.empty() ? std::string(name) : path_ + "." + name;
}

void JsonFields::fail(JsonError error, const char* name) {
    if (!failure_->has_value()) {
        *failure_ = JsonFailure{.error = error, .field = pathOf(name)};
    }
}

void JsonFields::refuse(const char* name) {
    fail(JsonError::invalidField, name);
}

QJsonValue JsonFields::value(const char* name) {
    if (!has(name)) {
        fail(JsonError::fieldMissing, name);
    }
    return object_.value(QLatin1String(name));
}

std::string JsonFields::text(const char* name) {
    const std::string found = value(name).toString().toStdString();
    if (found.empty()) {
        refuse(name);
    }
    return found;
}

std::int64_t JsonFields::integer(const char* name, std::int64_t least, std::int64_t most) {
    constexpr double kExactInDouble = 9'007'199'254'740'992.0;  // 2^53
    const QJsonValue found = value(name);
    const double number = found.toDouble();
    if (!found.isDouble() || std::trunc(number) != number || std::abs(number) > kExactInDouble) {
        refuse(name);
        return least;
    }
    const auto exact = static_cast<std::int64_t>(number);
    if (exact < least || exact > most) {
        refuse(name);
        return least;
    }
    return exact;
}

std::uint64_t JsonFields::decimal(const char* name, unsigned decimals) {
    const auto parsed = domain::parseAmount(value(name).toString().toStdString(), decimals);
    if (!parsed) {
        refuse(name);
        return 0;
    }
    return *parsed;
}

domain::Pubkey JsonFields::pubkey(const char* name) {
    const auto parsed = domain::pubkeyFromBase58(value(name).toString().toStdString());
    if (!parsed) {
        refuse(name);
        return {};
    }
    return *parsed;
}

JsonFields JsonFields::object(const char* name) {
    const QJsonValue found = value(name);
    if (!found.isObject()) {
        refuse(name);
    }
    return {found.toObject(), pathOf(name), *failure_};
}

std::vector<JsonFields> JsonFields::objects(const char* name) {
    const QJsonArray array = value(name).toArray();
    if (array.isEmpty()) {
        refuse(name);
    }
    std::vector<JsonFields> members;
    for (int i = 0; i < array.size(); ++i) {
        const std::string element = std::string(name) + "[" + std::to_string(i) + "]";
        if (!array.at(i).isObject()) {
            refuse(element.c_str());
        }
        members.emplace_back(array.at(i).toObject(), pathOf(element.c_str()), *failure_);
    }
    return members;
}

tl::expected<QJsonObject, JsonFailure> parseObject(const QByteArray& json) {
    const QJsonDocument document = QJsonDocument::fromJson(json);
    if (!document.isObject()) {
        return tl::unexpected(JsonFailure{.error = JsonError::notJson, .field = {}});
    }
    return document.object();
}

}  // namespace oee::market
