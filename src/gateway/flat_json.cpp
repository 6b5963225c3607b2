#include "gateway/flat_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace oee::gateway {
namespace {

constexpr std::size_t kMaxMembers = 32;
constexpr std::size_t kMaxItems = 32;

// nlohmann's parser checks grammar and UTF-8 and tells what it finds, floating-point numbers with
// their text. It never recurses, so depth costs no stack; here the first nested object ends it.
class Reader final : public nlohmann::json_sax<nlohmann::json> {
  public:
    std::vector<JsonMember> members;
    std::optional<ApiError> error;

    bool null() override { return add(JsonKind::null, {}); }
    bool boolean(bool value) override { return add(JsonKind::boolean, value ? "true" : "false"); }
    bool number_integer(number_integer_t value) override {
        return add(JsonKind::number, std::to_string(value));
    }
    bool number_unsigned(number_unsigned_t value) override {
        return add(JsonKind::number, std::to_string(value));
    }
    bool number_float(number_float_t /*value*/, const string_t& literal) override {
        return add(JsonKind::number, literal);
    }
    bool string(string_t& value) override { return add(JsonKind::string, std::move(value)); }
    bool binary(binary_t& /*value*/) override { return refuse("malformedJson", "not JSON"); }

    bool start_object(std::size_t /*elements*/) override {
        if (inObject_) {
            return refuse("nested", "must not hold an object");
        }
        inObject_ = true;
        return true;
    }
    bool end_object() override { return true; }
    bool start_array(std::size_t /*elements*/) override {
        if (!inObject_ || inArray_) {
            return refuse("nested", inObject_ ? "must not hold an array of arrays"
                                              : "The body must be a JSON object.");
        }
        inArray_ = true;
        members.back().kind = JsonKind::strings;
        return true;
    }
    bool end_array() override {
        inArray_ = false;
        return true;
    }
    bool key(string_t& name) override {
        const bool duplicate =
            std::any_of(members.begin(), members.end(),
                        [&](const JsonMember& member) { return member.name == name; });
        members.push_back({std::move(name), JsonKind::null, {}, {}});
        if (duplicate) {
            return refuse("duplicateField", "is given twice");
        }
        return members.size() <= kMaxMembers || refuse("tooManyFields", "is one field too many");
    }
    bool parse_error(std::size_t position, const std::string& /*token*/,
                     const nlohmann::detail::exception& problem) override {
        // 406: a number beyond the range of a double.
        constexpr int kNumberOutOfRange = 406;
        if (problem.id == kNumberOutOfRange && !members.empty()) {
            return refuse("tooLarge", "is beyond every range");
        }
        error = ApiError{HttpStatus::BadRequest,
                         "malformedJson",
                         {},
                         "The body is not valid JSON (at byte " + std::to_string(position) + ")."};
        return false;
    }

  private:
    bool add(JsonKind kind, std::string text) {
        if (!inObject_) {
            error = fieldError("notAnObject", {}, "The body must be a JSON object.");
            return false;
        }
        JsonMember& member = members.back();
        if (inArray_) {
            if (kind != JsonKind::string) {
                return refuse("wrongType", "must be an array of strings");
            }
            member.items.push_back(std::move(text));
            return member.items.size() <= kMaxItems || refuse("tooLong", "has too many items");
        }
        member.kind = kind;
        member.text = std::move(text);
        return true;
    }
    bool refuse(std::string_view code, std::string_view problem) {
        const std::string name = members.empty() ? std::string() : members.back().name;
        error = fieldError(
            code, name,
            name.empty() ? std::string(problem) : name + " " + std::string(problem) + ".");
        return false;
    }

    bool inObject_ = false;
    bool inArray_ = false;
};

}  // namespace

ApiError fieldError(std::string_view code, std::string_view field, std::string message) {
    return {HttpStatus::BadRequest, std::string(code), std::string(field), std::move(message)};
}

tl::expected<FlatObject, ApiError> FlatObject::parse(QByteArrayView json) {
    Reader reader;
    const bool parsed = nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
    if (reader.error) {
        return tl::unexpected(*reader.error);
    }
    if (!parsed) {
        return tl::unexpected(fieldError("malformedJson", {}, "The body is not valid JSON."));
    }
    return FlatObject(std::move(reader.members));
}

const JsonMember* FlatObject::find(std::string_view name) const {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [&](const JsonMember& member) { return member.name == name; });
    return found == members_.end() ? nullptr : &*found;
}

tl::expected<std::optional<std::string>, ApiError> FlatObject::string(std::string_view name) const {
    const JsonMember* member = find(name);
    if (member == nullptr || member->kind == JsonKind::null) {
        return std::nullopt;
    }
    if (member->kind != JsonKind::string) {
        return tl::unexpected(
            fieldError("wrongType", name, std::string(name) + " must be a string."));
    }
    return member->text;
}

tl::expected<std::optional<std::string>, ApiError> FlatObject::stringOrNumber(
    std::string_view name) const {
    const JsonMember* member = find(name);
    if (member == nullptr || member->kind == JsonKind::null) {
        return std::nullopt;
    }
    if (member->kind != JsonKind::string && member->kind != JsonKind::number) {
        return tl::unexpected(
            fieldError("wrongType", name, std::string(name) + " must be a string or a number."));
    }
    return member->text;
}

}  // namespace oee::gateway
