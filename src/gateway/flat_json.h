#pragma once
// JSON objects of one level, as orders and subscriptions are written: read strictly, with every
// number kept as the text that was sent, so that an amount never passes through a double.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <QByteArrayView>
#include <tl/expected.hpp>

#include "gateway/http_answer.h"

namespace oee::gateway {

enum class JsonKind { string, number, boolean, null, strings };

struct JsonMember {
    std::string name;
    JsonKind kind = JsonKind::null;
    std::string text;                // the string, the number as written, or "true"
    std::vector<std::string> items;  // of an array of strings
};

class FlatObject {
  public:
    FlatObject() = default;
    explicit FlatObject(std::vector<JsonMember> members) : members_(std::move(members)) {}

    // Refuses what is not one JSON object (RFC 8259, UTF-8), duplicate names, nested objects,
    // arrays of anything but strings, and more than 32 members or items.
    static tl::expected<FlatObject, ApiError> parse(QByteArrayView json);

    const JsonMember* find(std::string_view name) const;
    const std::vector<JsonMember>& members() const { return members_; }

    // Null counts as absent in all of these; another kind is an error that names the field.
    tl::expected<std::optional<std::string>, ApiError> string(std::string_view name) const;
    tl::expected<std::optional<std::string>, ApiError> stringOrNumber(std::string_view name) const;

  private:
    std::vector<JsonMember> members_;
};

// A 400 about one field.
ApiError fieldError(std::string_view code, std::string_view field, std::string message);

}  // namespace oee::gateway
