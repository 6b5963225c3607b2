#pragma once
// JSON that is written as it is said. (QJsonObject sorts its members and keeps each apart before it
// writes them: with the members of an order that takes ten times as long.)

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <QByteArray>

#include "base/clock.h"

namespace oee::gateway {

class JsonObject;
class JsonArray;

class JsonValue {
  public:
    JsonValue() : text_("null") {}
    JsonValue(bool value) : text_(value ? "true" : "false") {}
    JsonValue(int value) : text_(std::to_string(value)) {}
    JsonValue(std::int64_t value) : text_(std::to_string(value)) {}
    // The shortest digits that give the same double; null where it is not finite.
    JsonValue(double value);
    // UTF-8; bytes that are none are replaced (U+FFFD).
    JsonValue(std::string_view value);
    JsonValue(const std::string& value) : JsonValue(std::string_view(value)) {}
    JsonValue(const char* value) : JsonValue(std::string_view(value)) {}
    JsonValue(const JsonObject& value);
    JsonValue(const JsonArray& value);

    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

// Members stand in the order in which they were inserted. Names are plain ASCII, each inserted
// once.
class JsonObject {
  public:
    JsonObject() = default;
    JsonObject(std::initializer_list<std::pair<std::string_view, JsonValue>> members) {
        for (const auto& [name, value] : members) {
            insert(name, value);
        }
    }

    void insert(std::string_view name, const JsonValue& value);
    std::string text() const { return '{' + members_ + '}'; }
    QByteArray bytes() const;

  private:
    std::string members_;
};

class JsonArray {
  public:
    void append(const JsonValue& value);
    bool isEmpty() const { return items_.empty(); }
    std::string text() const { return '[' + items_ + ']'; }

  private:
    std::string items_;
};

// "2026-11-22T16:17:29.123456Z": of fixed width, so that text order is time order. Years from 0 to
// 9999; others are cut to four digits.
std::string isoTime(base::UnixMicros micros);

}  // namespace oee::gateway
