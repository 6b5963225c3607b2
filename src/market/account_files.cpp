#include "market/account_files.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <QByteArray>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QJsonValue>
#include <QStringList>

namespace oee::market {
namespace {

constexpr qint64 kMaxFileBytes = qint64{64} << 20;  // an account holds at most 10 MiB
constexpr int kMaxDecimals = 255;
const QString kPoolFile = QStringLiteral("pool.json");

template <typename T>
using Expected = tl::expected<T, DumpFailure>;

// One JSON file and the errors that name it.
struct Source {
    QString path;
    QJsonObject root;

    tl::unexpected<DumpFailure> failure(DumpError error, const std::string& field = {}) const {
        return tl::make_unexpected(DumpFailure{error, path.toStdString(), field});
    }
    // A missing and a malformed field are different mistakes.
    tl::unexpected<DumpFailure> badField(const QJsonValue& value, const std::string& field) const {
        return failure(value.isUndefined() ? DumpError::fieldMissing : DumpError::invalidField,
                       field);
    }
};

Expected<Source> readJson(const QString& path) {
    Source source{path, {}};
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() > kMaxFileBytes) {
        return source.failure(DumpError::fileUnreadable);
    }
    const QByteArray bytes = file.readAll();
    if (file.error() != QFileDevice::NoError) {
        return source.failure(DumpError::fileUnreadable);
    }
    const QJsonDocument document = QJsonDocument::fromJson(bytes);
    if (!document.isObject()) {
        return source.failure(DumpError::notJson);
    }
    source.root = document.object();
    return source;
}

std::optional<domain::Pubkey> pubkeyOf(const QJsonValue& value) {
    return domain::pubkeyFromBase58(value.toString().toStdString());
}

// Qt keeps integers up to 2^63 − 1 exact: more than all lamports and slots.
std::optional<qint64> countOf(const QJsonValue& value) {
    const qint64 number = value.toInteger(-1);
    return number >= 0 ? std::optional(number) : std::nullopt;
}

Expected<std::vector<std::uint8_t>> dataOf(const Source& source, const QJsonObject& account) {
    const QJsonValue field = account["data"];
    const QJsonArray parts = field.toArray();
    if (parts.size() != 2 || parts[1].toString() != "base64") {
        return source.badField(field, "account.data");
    }
    const auto decoded = QByteArray::fromBase64Encoding(parts[0].toString().toLatin1(),
                                                        QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded) {
        return source.failure(DumpError::invalidField, "account.data");
    }
    // `space` is what the chain says: a dump cut short is noticed.
    const QJsonValue space = account["space"];
    if (!space.isUndefined() && countOf(space) != (*decoded).size()) {
        return source.failure(DumpError::invalidField, "account.space");
    }
    return std::vector<std::uint8_t>((*decoded).begin(), (*decoded).end());
}

Expected<std::pair<domain::Pubkey, amm::Account>> readAccount(const QString& path) {
    const auto source = readJson(path);
    if (!source) {
        return tl::make_unexpected(source.error());
    }
    const auto address = pubkeyOf(source->root["pubkey"]);
    if (!address) {
        return source->badField(source->root["pubkey"], "pubkey");
    }
    const QJsonValue accountField = source->root["account"];
    if (!accountField.isObject()) {
        return source->badField(accountField, "account");
    }
    const QJsonObject object = accountField.toObject();
    const auto owner = pubkeyOf(object["owner"]);
    if (!owner) {
        return source->badField(object["owner"], "account.owner");
    }
    const auto lamports = countOf(object["lamports"]);
    if (!lamports) {
        return source->badField(object["lamports"], "account.lamports");
    }
    auto data = dataOf(*source, object);
    if (!data) {
        return tl::make_unexpected(data.error());
    }
    return std::pair{*address, amm::Account{.owner = *owner,
                                            .lamports = static_cast<std::uint64_t>(*lamports),
                                            .data = std::move(*data)}};
}

Expected<amm::ChainClock> clockOf(const Source& source) {
    const QJsonValue field = source.root["clock"];
    if (!field.isObject()) {
        return source.badField(field, "clock");
    }
    const QJsonObject clock = field.toObject();
    for (const char* const name : {"slot", "unixTimestamp", "epoch"}) {
        if (!countOf(clock[name])) {
            return source.badField(clock[name], std::string("clock.") + name);
        }
    }
    return amm::ChainClock{.slot = static_cast<std::uint64_t>(clock["slot"].toInteger()),
                           .unixTimestamp = clock["unixTimestamp"].toInteger(),
                           .epoch = static_cast<std::uint64_t>(clock["epoch"].toInteger())};
}

Expected<std::vector<domain::Token>> tokensOf(const Source& source) {
    const QJsonValue field = source.root["tokens"];
    if (!field.isArray()) {
        return source.badField(field, "tokens");
    }
    std::vector<domain::Token> tokens;
    const QJsonArray entries = field.toArray();
    for (qsizetype i = 0; i < entries.size(); ++i) {
        const QJsonObject entry = entries[i].toObject();
        const std::string prefix = "tokens[" + std::to_string(i) + "].";
        const auto mint = pubkeyOf(entry["mint"]);
        if (!mint) {
            return source.badField(entry["mint"], prefix + "mint");
        }
        const auto decimals = countOf(entry["decimals"]);
        if (!decimals || *decimals > kMaxDecimals) {
            return source.badField(entry["decimals"], prefix + "decimals");
        }
        std::string symbol = entry["symbol"].toString().trimmed().toStdString();
        if (symbol.empty()) {
            symbol = domain::shortForm(*mint);
        }
        tokens.push_back({*mint, std::move(symbol), static_cast<unsigned>(*decimals)});
    }
    return tokens;
}

// Every account that pool.json names must have been found, the pool itself before all.
Expected<void> checkComplete(const Source& source, const PoolDump& dump) {
    QStringList named = source.root["accounts"].toObject().keys();
    named.prepend(QString::fromStdString(domain::toBase58(dump.pool)));
    for (const QString& name : named) {
        const auto address = domain::pubkeyFromBase58(name.toStdString());
        if (!address) {
            return source.failure(DumpError::invalidField, "accounts." + name.toStdString());
        }
        if (!dump.accounts.contains(*address)) {
            const QString missing = QFileInfo(source.path).dir().filePath(name + ".json");
            return tl::make_unexpected(
                DumpFailure{DumpError::fileUnreadable, missing.toStdString(), {}});
        }
    }
    return {};
}

Expected<PoolDump> readHeader(const Source& source) {
    PoolDump dump;
    const auto program = domain::programFromName(source.root["program"].toString().toStdString());
    if (!program) {
        return source.badField(source.root["program"], "program");
    }
    const auto pool = pubkeyOf(source.root["pool"]);
    if (!pool) {
        return source.badField(source.root["pool"], "pool");
    }
    const auto clock = clockOf(source);
    if (!clock) {
        return tl::make_unexpected(clock.error());
    }
    auto tokens = tokensOf(source);
    if (!tokens) {
        return tl::make_unexpected(tokens.error());
    }
    dump.program = *program;
    dump.pool = *pool;
    dump.clock = *clock;
    dump.tokens = std::move(*tokens);
    return dump;
}

}  // namespace

std::string_view nameOf(DumpError error) {
    switch (error) {
        case DumpError::folderUnreadable:
            return "folderUnreadable";
        case DumpError::fileUnreadable:
            return "fileUnreadable";
        case DumpError::notJson:
            return "notJson";
        case DumpError::fieldMissing:
            return "fieldMissing";
        case DumpError::invalidField:
            return "invalidField";
    }
    return "unknown";
}

tl::expected<PoolDump, DumpFailure> readPoolDump(const QString& folder) {
    const QDir directory(folder);
    if (!QFileInfo(folder).isDir() || !directory.isReadable()) {
        return tl::make_unexpected(
            DumpFailure{DumpError::folderUnreadable, folder.toStdString(), {}});
    }
    const auto source = readJson(directory.filePath(kPoolFile));
    if (!source) {
        return tl::make_unexpected(source.error());
    }
    auto dump = readHeader(*source);
    if (!dump) {
        return dump;
    }
    for (const QString& name : directory.entryList({"*.json"}, QDir::Files, QDir::Name)) {
        if (name == kPoolFile) {
            continue;
        }
        auto account = readAccount(directory.filePath(name));
        if (!account) {
            return tl::make_unexpected(account.error());
        }
        dump->accounts.insert(std::move(*account));
    }
    if (const auto complete = checkComplete(*source, *dump); !complete) {
        return tl::make_unexpected(complete.error());
    }
    return dump;
}

tl::expected<QStringList, DumpFailure> poolFolders(const QString& directory) {
    if (!QFileInfo(directory).isDir() || !QDir(directory).isReadable()) {
        return tl::make_unexpected(
            DumpFailure{DumpError::folderUnreadable, directory.toStdString(), {}});
    }
    QStringList folders;
    QDirIterator files(directory, {kPoolFile}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        files.next();
        folders.append(files.fileInfo().path());
    }
    folders.sort();
    return folders;
}

tl::expected<std::vector<PoolDump>, DumpFailure> readPoolDumps(const QString& directory) {
    const auto folders = poolFolders(directory);
    if (!folders) {
        return tl::make_unexpected(folders.error());
    }
    std::vector<PoolDump> dumps;
    for (const QString& folder : *folders) {
        auto dump = readPoolDump(folder);
        if (!dump) {
            return tl::make_unexpected(dump.error());
        }
        dumps.push_back(std::move(*dump));
    }
    return dumps;
}

}  // namespace oee::market
