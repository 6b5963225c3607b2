#pragma once
// Between values and what stands in columns. A u64 never becomes an SQLite integer by value: those
// are signed, and what does not fit would silently turn into a REAL.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <QByteArray>
#include <QString>
#include <QVariant>

#include "base/clock.h"
#include "base/integer.h"
#include "domain/order.h"
#include "domain/pubkey.h"
#include "domain/token.h"
#include "domain/transaction.h"

class QSqlQuery;

namespace oee::storage {

// 20 digits with leading zeros.
struct ExactText {
    std::array<char, 20> digits{};
    operator std::string_view() const { return {digits.data(), digits.size()}; }
};
ExactText exactText(std::uint64_t value);
// Exactly 20 digits of at most 2^64 − 1.
std::optional<std::uint64_t> exactFromText(const QString& text);

// Slots, block heights, fences and what an order is about: the same 64 bits as a signed integer, so
// that every value survives; those below 2^63 read as themselves. Views tell amounts as digits.
inline qint64 signedBits(std::uint64_t value) {
    return static_cast<qint64>(value);
}
inline std::uint64_t unsignedBits(qint64 value) {
    return static_cast<std::uint64_t>(value);
}

QString textOf(std::string_view text);
QString textOf(const domain::Pubkey& key);
QString textOf(const domain::Signature& signature);
QString textOf(const domain::OrderId& id);

// SHA-256 in hex; empty for anything else than 64 digits.
std::optional<domain::EventHash> eventHashFromText(const QString& text);

// [{"pool","program","inputMint","outputMint","amountInRaw","amountOutRaw"}]
std::string legsToJson(const std::vector<domain::RouteLeg>& legs);
std::optional<std::vector<domain::RouteLeg>> legsFromJson(const QString& json);

// {"scope","maxHops"} and, where they were given, "venue", "maxLegs", "excludedPools"
std::string choiceToJson(const domain::RouteChoice& choice);
std::optional<domain::RouteChoice> choiceFromJson(const QString& json);

// Amounts and tokens as people read them.
class TokenNames {
  public:
    explicit TokenNames(domain::TokenRegistry tokens) : tokens_(std::move(tokens)) {}

    std::string symbol(const domain::Pubkey& mint) const { return tokens_.symbolOf(mint); }
    unsigned decimals(const domain::Pubkey& mint) const;  // 0 where they are unknown
    // Decimal; base units where the mint's decimals are unknown.
    std::string amount(std::uint64_t amountRaw, const domain::Pubkey& mint) const;
    const domain::TokenRegistry& tokens() const { return tokens_; }

    struct Trade {
        domain::Pubkey inputMint;
        std::uint64_t amountInRaw = 0;
        domain::Pubkey outputMint;
        std::uint64_t amountOutRaw = 0;
    };
    // Output tokens for one input token.
    std::string price(const Trade& trade) const;

  private:
    domain::TokenRegistry tokens_;
};

// Reads the columns of a row from left to right. What cannot be read gives a zero value and makes
// the row invalid, with the column's name.
class Row {
  public:
    explicit Row(const QSqlQuery& query) : query_(query) {}

    bool isNull() const;  // the next column
    void skip() { ++next_; }
    QString text();
    qint64 integer();
    std::uint32_t integer32();
    std::uint64_t exact();  // 20 digits
    std::optional<std::uint64_t> exactOrNull();
    base::i128 signedExact();
    std::uint64_t bits() { return unsignedBits(integer()); }
    QByteArray blob();
    domain::OrderId orderId();
    domain::Pubkey pubkey();
    domain::Signature signature();
    domain::EventHash eventHash();  // hex; zeros where it is empty
    domain::OrderStatus status();
    domain::Program program();
    std::vector<domain::RouteLeg> legs();     // JSON
    domain::RouteChoice choice();             // JSON
    void check(const std::string& expected);  // the next column must say this, or be NULL
    // By one of the …FromName functions.
    template <typename Enum>
    Enum named(std::optional<Enum> (*fromName)(std::string_view)) {
        const std::string name = text().toStdString();
        const std::optional<Enum> value = fromName(name);
        return value ? *value : invalid<Enum>();
    }

    bool valid() const { return faultyColumn_.isEmpty(); }
    const QString& faultyColumn() const { return faultyColumn_; }

  private:
    QVariant take();
    void fault();
    template <typename T>
    T invalid() {
        fault();
        return T{};
    }

    const QSqlQuery& query_;
    int next_ = 0;
    QString faultyColumn_;
};

}  // namespace oee::storage
