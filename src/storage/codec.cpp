#include "storage/codec.h"

#include <limits>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSqlQuery>
#include <QSqlRecord>

#include "domain/amount.h"
#include "domain/venue.h"

namespace oee::storage {
namespace {

constexpr int kExactDigits = 20;

std::optional<domain::RouteLeg> legFromJson(const QJsonObject& object) {
    const auto pool = domain::pubkeyFromBase58(object["pool"].toString().toStdString());
    const auto program = domain::programFromName(object["program"].toString().toStdString());
    const auto inputMint = domain::pubkeyFromBase58(object["inputMint"].toString().toStdString());
    const auto outputMint = domain::pubkeyFromBase58(object["outputMint"].toString().toStdString());
    const auto amountIn = domain::parseRaw(object["amountInRaw"].toString().toStdString());
    // Transactions of earlier versions do not say it.
    const auto amountOut =
        domain::parseRaw(object["amountOutRaw"].toString(QStringLiteral("0")).toStdString());
    if (!pool || !program || !inputMint || !outputMint || !amountIn || !amountOut) {
        return std::nullopt;
    }
    return domain::RouteLeg{*pool, *program, *inputMint, *outputMint, *amountIn, *amountOut};
}

}  // namespace

ExactText exactText(std::uint64_t value) {
    ExactText text;
    for (auto digit = text.digits.rbegin(); digit != text.digits.rend(); ++digit) {
        *digit = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    return text;
}

std::optional<std::uint64_t> exactFromText(const QString& text) {
    if (text.size() != kExactDigits) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const QChar character : text) {
        if (character < QLatin1Char('0') || character > QLatin1Char('9')) {
            return std::nullopt;
        }
        const auto digit = static_cast<std::uint64_t>(character.unicode() - u'0');
        if (__builtin_mul_overflow(value, std::uint64_t{10}, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            return std::nullopt;
        }
    }
    return value;
}

QString textOf(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString textOf(const domain::Pubkey& key) {
    return QString::fromStdString(domain::toBase58(key));
}

QString textOf(const domain::Signature& signature) {
    return QString::fromStdString(domain::toBase58(signature));
}

QString textOf(const domain::OrderId& id) {
    return QString::fromStdString(domain::toString(id));
}

std::optional<domain::EventHash> eventHashFromText(const QString& text) {
    domain::EventHash hash{};
    const QByteArray bytes = QByteArray::fromHex(text.toLatin1());
    if (text.size() != 2 * static_cast<qsizetype>(hash.size()) ||
        bytes.size() != static_cast<qsizetype>(hash.size())) {
        return std::nullopt;
    }
    std::copy(bytes.cbegin(), bytes.cend(), hash.begin());
    return hash;
}

// Nothing in it needs an escape. Members by name, as QJsonDocument has them.
std::string legsToJson(const std::vector<domain::RouteLeg>& legs) {
    std::string json = "[";
    for (const domain::RouteLeg& leg : legs) {
        json += json.size() > 1 ? "," : "";
        json += R"({"amountInRaw":")" + std::to_string(leg.amountInRaw);
        json += R"(","amountOutRaw":")" + std::to_string(leg.amountOutRaw);
        json += R"(","inputMint":")" + domain::toBase58(leg.inputMint);
        json += R"(","outputMint":")" + domain::toBase58(leg.outputMint);
        json += R"(","pool":")" + domain::toBase58(leg.pool);
        json += R"(","program":")" + std::string(domain::nameOf(leg.program)) + "\"}";
    }
    return json + "]";
}

std::optional<std::vector<domain::RouteLeg>> legsFromJson(const QString& json) {
    const QJsonDocument document = QJsonDocument::fromJson(json.toUtf8());
    if (!document.isArray()) {
        return std::nullopt;
    }
    std::vector<domain::RouteLeg> legs;
    for (const QJsonValue& value : document.array()) {
        const auto leg = legFromJson(value.toObject());
        if (!leg) {
            return std::nullopt;
        }
        legs.push_back(*leg);
    }
    return legs;
}

// Likewise.
std::string choiceToJson(const domain::RouteChoice& choice) {
    std::string json = "{";
    if (!choice.excludedPools.empty()) {
        json += "\"excludedPools\":";
        for (const domain::Pubkey& pool : choice.excludedPools) {
            json += (json.back() == ':' ? "[\"" : ",\"") + domain::toBase58(pool) + '"';
        }
        json += "],";
    }
    json += "\"maxHops\":" + std::to_string(choice.maxHops);
    if (choice.maxLegs) {
        json += ",\"maxLegs\":" + std::to_string(*choice.maxLegs);
    }
    json += ",\"scope\":\"" + std::string(domain::nameOf(choice.scope)) + '"';
    if (choice.venue) {
        json += ",\"venue\":\"" + std::string(domain::nameOf(*choice.venue)) + '"';
    }
    return json + '}';
}

std::optional<domain::RouteChoice> choiceFromJson(const QString& json) {
    const QJsonDocument document = QJsonDocument::fromJson(json.toUtf8());
    const QJsonObject object = document.object();
    const auto number = [&](const char* name) {
        const qint64 value = object[QLatin1String(name)].toInteger(-1);
        return value >= 0 && value <= std::numeric_limits<std::uint32_t>::max()
                   ? std::optional(static_cast<std::uint32_t>(value))
                   : std::nullopt;
    };
    const auto scope = domain::routeScopeFromName(object["scope"].toString().toStdString());
    const auto maxHops = number("maxHops");
    if (!document.isObject() || !scope || !maxHops) {
        return std::nullopt;
    }
    domain::RouteChoice choice;
    choice.scope = *scope;
    choice.maxHops = *maxHops;
    choice.venue = domain::venueFromName(object["venue"].toString().toStdString());
    choice.maxLegs = number("maxLegs");
    if (object.contains("venue") != choice.venue.has_value() ||
        object.contains("maxLegs") != choice.maxLegs.has_value()) {
        return std::nullopt;
    }
    for (const QJsonValue& address : object["excludedPools"].toArray()) {
        const auto pool = domain::pubkeyFromBase58(address.toString().toStdString());
        if (!pool) {
            return std::nullopt;
        }
        choice.excludedPools.push_back(*pool);
    }
    return choice;
}

unsigned TokenNames::decimals(const domain::Pubkey& mint) const {
    const domain::Token* token = tokens_.find(mint);
    return token == nullptr ? 0 : token->decimals;
}

std::string TokenNames::amount(std::uint64_t amountRaw, const domain::Pubkey& mint) const {
    return domain::formatAmount(amountRaw, decimals(mint));
}

std::string TokenNames::price(const Trade& trade) const {
    return domain::formatPrice({.amountInRaw = trade.amountInRaw,
                                .decimalsIn = decimals(trade.inputMint),
                                .amountOutRaw = trade.amountOutRaw,
                                .decimalsOut = decimals(trade.outputMint)});
}

bool Row::isNull() const {
    return query_.isNull(next_);
}

QVariant Row::take() {
    return query_.value(next_++);
}

void Row::check(const std::string& expected) {
    if (isNull()) {
        skip();
    } else if (text().toStdString() != expected) {
        fault();
    }
}

void Row::fault() {
    if (faultyColumn_.isEmpty()) {
        const QString name = query_.record().fieldName(next_ - 1);
        faultyColumn_ = name.isEmpty() ? QStringLiteral("?") : name;
    }
}

QString Row::text() {
    const QVariant value = take();
    return value.typeId() == QMetaType::QString ? value.toString() : invalid<QString>();
}

qint64 Row::integer() {
    const QVariant value = take();
    return value.typeId() == QMetaType::LongLong ? value.toLongLong() : invalid<qint64>();
}

std::uint32_t Row::integer32() {
    const qint64 value = integer();
    if (value < 0 || value > std::numeric_limits<std::uint32_t>::max()) {
        return invalid<std::uint32_t>();
    }
    return static_cast<std::uint32_t>(value);
}

std::uint64_t Row::exact() {
    const auto value = exactFromText(text());
    return value ? *value : invalid<std::uint64_t>();
}

std::optional<std::uint64_t> Row::exactOrNull() {
    if (isNull()) {
        skip();
        return std::nullopt;
    }
    return exact();
}

base::i128 Row::signedExact() {
    const auto value = domain::parseSigned(text().toStdString());
    return value ? *value : invalid<base::i128>();
}

QByteArray Row::blob() {
    const QVariant value = take();
    return value.typeId() == QMetaType::QByteArray ? value.toByteArray() : invalid<QByteArray>();
}

domain::OrderId Row::orderId() {
    const auto value = domain::orderIdFromString(text().toStdString());
    return value ? *value : invalid<domain::OrderId>();
}

domain::Pubkey Row::pubkey() {
    const auto value = domain::pubkeyFromBase58(text().toStdString());
    return value ? *value : invalid<domain::Pubkey>();
}

domain::Signature Row::signature() {
    const auto value = domain::signatureFromBase58(text().toStdString());
    return value ? *value : invalid<domain::Signature>();
}

domain::EventHash Row::eventHash() {
    const QString hex = text();
    if (hex.isEmpty()) {
        return {};
    }
    const auto value = eventHashFromText(hex);
    return value ? *value : invalid<domain::EventHash>();
}

domain::OrderStatus Row::status() {
    return named(&domain::orderStatusFromName);
}

domain::Program Row::program() {
    return named(&domain::programFromName);
}

domain::RouteChoice Row::choice() {
    auto value = choiceFromJson(text());
    return value ? std::move(*value) : invalid<domain::RouteChoice>();
}

std::vector<domain::RouteLeg> Row::legs() {
    auto value = legsFromJson(text());
    return value ? std::move(*value) : invalid<std::vector<domain::RouteLeg>>();
}

}  // namespace oee::storage
