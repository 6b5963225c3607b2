#include "gateway/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include <QString>

namespace oee::gateway {
namespace {

bool needsEscape(char character) {
    return static_cast<unsigned char>(character) < 0x20 || character == '"' || character == '\\';
}

bool isAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char character) { return static_cast<unsigned char>(character) < 0x80; });
}

// RFC 8259 7.
void appendEscaped(std::string& into, char character) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto code = static_cast<unsigned char>(character);
    if (code >= 0x20) {
        into += {'\\', character};
        return;
    }
    constexpr std::array<std::pair<char, char>, 5> kShort{
        {{'\b', 'b'}, {'\f', 'f'}, {'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}}};
    for (const auto& [plain, letter] : kShort) {
        if (plain == character) {
            into += {'\\', letter};
            return;
        }
    }
    into.append("\\u00").append({kHex[code / 16], kHex[code % 16]});
}

void appendQuoted(std::string& into, std::string_view utf8) {
    into += '"';
    if (std::none_of(utf8.begin(), utf8.end(), needsEscape)) {
        into += utf8;
    } else {
        for (const char character : utf8) {
            if (needsEscape(character)) {
                appendEscaped(into, character);
            } else {
                into += character;
            }
        }
    }
    into += '"';
}

}  // namespace

JsonValue::JsonValue(double value) {
    if (!std::isfinite(value)) {
        text_ = "null";
        return;
    }
    std::array<char, 32> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    text_.assign(digits.data(), written.ptr);
}

JsonValue::JsonValue(std::string_view value) {
    text_.reserve(value.size() + 2);
    if (isAscii(value)) {
        appendQuoted(text_, value);
        return;
    }
    appendQuoted(
        text_, QString::fromUtf8(value.data(), static_cast<qsizetype>(value.size())).toStdString());
}

JsonValue::JsonValue(const JsonObject& value) : text_(value.text()) {}

JsonValue::JsonValue(const JsonArray& value) : text_(value.text()) {}

void JsonObject::insert(std::string_view name, const JsonValue& value) {
    if (!members_.empty()) {
        members_ += ',';
    }
    members_ += '"';
    members_ += name;
    members_ += "\":";
    members_ += value.text();
}

QByteArray JsonObject::bytes() const {
    QByteArray bytes;
    bytes.reserve(static_cast<qsizetype>(members_.size()) + 2);
    return bytes.append('{').append(QByteArrayView(members_)).append('}');
}

void JsonArray::append(const JsonValue& value) {
    if (!items_.empty()) {
        items_ += ',';
    }
    items_ += value.text();
}

std::string isoTime(base::UnixMicros micros) {
    namespace chrono = std::chrono;
    const chrono::sys_time<chrono::microseconds> time{chrono::microseconds(micros)};
    const auto day = chrono::floor<chrono::days>(time);
    const chrono::year_month_day date(day);
    const chrono::hh_mm_ss clock(time - day);
    std::string text = "0000-00-00T00:00:00.000000Z";
    const auto put = [&text](std::size_t at, std::size_t count, std::int64_t value) {
        for (std::size_t i = at + count; i > at; --i, value /= 10) {
            text[i - 1] = static_cast<char>('0' + value % 10);
        }
    };
    put(0, 4, std::abs(static_cast<int>(date.year())));
    put(5, 2, static_cast<unsigned>(date.month()));
    put(8, 2, static_cast<unsigned>(date.day()));
    put(11, 2, clock.hours().count());
    put(14, 2, clock.minutes().count());
    put(17, 2, clock.seconds().count());
    put(20, 6, clock.subseconds().count());
    return text;
}

}  // namespace oee::gateway
