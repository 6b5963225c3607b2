#pragma once
// Account dumps on disk, for tests.

#include <map>

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QString>

#include "amm/account.h"
#include "domain/pubkey.h"

namespace oee::test {

inline QString base58(const domain::Pubkey& key) {
    return QString::fromStdString(domain::toBase58(key));
}

inline bool writeJson(const QString& path, const QJsonObject& object) {
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(QJsonDocument(object).toJson()) > 0;
}

struct Dump {
    QString folder;
    domain::Pubkey pool;
    amm::AccountSet accounts;
    amm::ChainClock clock{.slot = 100, .unixTimestamp = 1'000, .epoch = 1};
    std::map<domain::Pubkey, QString> symbols;
    QString program = "raydium-amm-v4";
    unsigned claimedDecimals = 6;
};

// As `solana account --output json` and the folders of dumps have it.
inline bool writeDump(const QString& root, const Dump& dump) {
    const QString folder = root + "/" + dump.folder;
    if (!QDir().mkpath(folder)) {
        return false;
    }
    QJsonArray tokens;
    for (const auto& [mint, symbol] : dump.symbols) {
        tokens.append(QJsonObject{
            {"mint", base58(mint)}, {"symbol", symbol}, {"decimals", int(dump.claimedDecimals)}});
    }
    QJsonObject names;
    for (const auto& [address, account] : dump.accounts) {
        names[base58(address)] = "account";
        const QByteArray data(reinterpret_cast<const char*>(account.data.data()),
                              qsizetype(account.data.size()));
        const QJsonObject body{{"lamports", qint64(account.lamports)},
                               {"data", QJsonArray{QString(data.toBase64()), "base64"}},
                               {"owner", base58(account.owner)},
                               {"executable", false},
                               {"space", qint64(account.data.size())}};
        if (!writeJson(folder + "/" + base58(address) + ".json",
                       {{"pubkey", base58(address)}, {"account", body}})) {
            return false;
        }
    }
    const QJsonObject clock{{"slot", qint64(dump.clock.slot)},
                            {"unixTimestamp", qint64(dump.clock.unixTimestamp)},
                            {"epoch", qint64(dump.clock.epoch)}};
    return writeJson(folder + "/pool.json", {{"program", dump.program},
                                             {"pool", base58(dump.pool)},
                                             {"clock", clock},
                                             {"accounts", names},
                                             {"tokens", tokens}});
}

}  // namespace oee::test
