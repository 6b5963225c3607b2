#pragma once
// Reading the product's own JSON files (market and network profiles): every member is checked, and
// the first that is wrong is named by its path.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <QByteArray>
#include <QJsonObject>
#include <tl/expected.hpp>

#include "domain/pubkey.h"

namespace oee::market {

enum class JsonError { notJson, fieldMissing, invalidField };

// "notJson", …: stable names for logs.
std::string_view nameOf(JsonError error);

struct JsonFailure {
    JsonError error = JsonError::notJson;
    std::string field;  // path of the member, for example "pools[3].sideUsd"; empty for notJson
};

// The members of one object. A read that fails answers an empty value and is remembered, the first
// one only: readers read everything, then look at the failure once.
class JsonFields {
  public:
    // `failure` outlives the object and everything made from it.
    JsonFields(QJsonObject object, std::string path, std::optional<JsonFailure>& failure);

    bool has(const char* name) const;
    // Not empty.
    std::string text(const char* name);
    // A JSON number without a fraction, within the limits and exact in a double.
    std::int64_t integer(const char* name, std::int64_t least, std::int64_t most);
    // A string with an exact decimal, scaled by 10^decimals.
    std::uint64_t decimal(const char* name, unsigned decimals);
    domain::Pubkey pubkey(const char* name);
    JsonFields object(const char* name);
    // At least one.
    std::vector<JsonFields> objects(const char* name);

    // Says that the value of a member, though well-formed, makes no sense.
    void refuse(const char* name);

  private:
    QJsonValue value(const char* name);
    void fail(JsonError error, const char* name);
    std::string pathOf(const char* name) const;

    QJsonObject object_;
    std::string path_;
    std::optional<JsonFailure>* failure_;
};

// The object that a document consists of.
tl::expected<QJsonObject, JsonFailure> parseObject(const QByteArray& json);

}  // namespace oee::market
