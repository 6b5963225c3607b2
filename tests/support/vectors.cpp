#include "support/vectors.h"

#include <algorithm>
#include <map>
#include <optional>

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include "market/account_files.h"

namespace oee::test {
namespace {

// What the trader of the vectors holds of every token (vectors/README.md).
constexpr quint64 kTraderRaw = 9'000'000'000'000'000'000U;
constexpr quint64 kTraderSolRaw = 4'000'000'000'000'000'000U;

QString sharedPath(const QString& path) {
    return QStringLiteral(OEE_SOURCE_DIR "/../shared/") + path;
}

QString vectorPath(const QString& program) {
    return sharedPath("vectors/" + program + ".jsonl");
}

QString textOf(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString leafText(const QJsonValue& value) {
    return value.isString() ? value.toString()
           : value.isBool() ? QString(value.toBool() ? "True" : "False")
                            : QString::number(value.toInteger());
}

void collectLeaves(const QJsonValue& value, const QString& path, QMap<QString, QString>& leaves) {
    if (!value.isObject()) {
        leaves.insert(path, leafText(value));
        return;
    }
    const QJsonObject object = value.toObject();
    for (auto entry = object.begin(); entry != object.end(); ++entry) {
        if (entry.key() != "sha256" && entry.key() != "legacyCounters") {
            collectLeaves(entry.value(), path.isEmpty() ? entry.key() : path + '.' + entry.key(),
                          leaves);
        }
    }
}

QStringList stateDifferences(const QJsonObject& expected, const QJsonObject& actual) {
    QMap<QString, QString> want;
    QMap<QString, QString> have;
    collectLeaves(expected, {}, want);
    collectLeaves(actual, {}, have);
    QStringList found;
    for (auto leaf = want.begin(); leaf != want.end(); ++leaf) {
        const QString got = have.value(leaf.key(), "nothing");
        if (got != leaf.value()) {
            found += QString("%1: expected %2, got %3").arg(leaf.key(), leaf.value(), got);
        }
    }
    return found;
}

base::u128 u128Of(const QString& digits) {
    base::u128 value = 0;
    for (const QChar digit : digits) {
        value = value * 10 + static_cast<unsigned>(digit.digitValue());
    }
    return value;
}

amm::ChainClock clockOf(const QJsonObject& swap, amm::ChainClock clock) {
    const QJsonObject given = swap["clock"].toObject();
    if (!given.isEmpty()) {
        clock = {.slot = u64Of(given["slot"]),
                 .unixTimestamp = given["unixTimestamp"].toInteger(),
                 .epoch = u64Of(given["epoch"])};
    }
    if (swap.contains("unixTimestamp")) {
        clock.unixTimestamp = static_cast<std::int64_t>(u64Of(swap["unixTimestamp"]));
    }
    return clock;
}

amm::SwapRequest requestOf(const QJsonObject& swap, amm::SwapDirection direction) {
    amm::SwapRequest request;
    const QString mode = swap["mode"].toString();
    request.mode = mode == "exactIn"    ? amm::SwapMode::exactIn
                   : mode == "exactOut" ? amm::SwapMode::exactOut
                                        : amm::SwapMode::partialFill;
    request.direction = direction;
    request.amountRaw = u64Of(swap["amount"]);
    for (const char* const limit : {"minAmountOut", "maxAmountIn"}) {
        if (swap.contains(limit)) {
            request.slippageLimitRaw = u64Of(swap[limit]);
        }
    }
    if (swap.contains("sqrtPriceLimitX64")) {
        request.sqrtPriceLimitQ64 = u128Of(swap["sqrtPriceLimitX64"].toString());
    }
    request.withReferral = swap["referral"].toBool() || swap["referral"].isString();
    return request;
}

// One run over one vector: the pool, and what the trader still holds.
class Run {
  public:
    Run(const VectorOptions& options, std::shared_ptr<const amm::Pool> pool)
        : options_(options), pool_(std::move(pool)) {}

    QStringList judge(const QJsonObject& swap, const amm::ChainClock& clock) {
        ++swaps_;
        const QString error = execute(swap, clock);
        const QJsonObject expected = swap["result"].toObject();
        QStringList found;
        if (expected.contains("error")) {
            if (error.isEmpty()) {
                found += QString("expected failure %1, got %2 -> %3")
                             .arg(expected["error"].toString())
                             .arg(result_.amountInRaw)
                             .arg(result_.amountOutRaw);
            } else if (options_.compareErrorNames && expected["error"] != "InsufficientFunds" &&
                       programError_ != expected["error"]) {
                // Which comes first, the trader's empty pocket or the pool's refusal, is no matter.
                found += QString("expected failure %1, got %2 (%3)")
                             .arg(expected["error"].toString(), programError_, error);
            }
        } else if (!error.isEmpty()) {
            found +=
                QString("expected %1 -> %2, got error %3")
                    .arg(expected["amountIn"].toString(), expected["amountOut"].toString(), error);
        } else if (u64Of(expected["amountIn"]) != result_.amountInRaw ||
                   u64Of(expected["amountOut"]) != result_.amountOutRaw) {
            found += QString("expected %1 -> %2, got %3 -> %4")
                         .arg(expected["amountIn"].toString(), expected["amountOut"].toString())
                         .arg(result_.amountInRaw)
                         .arg(result_.amountOutRaw);
        }
        if (found.isEmpty() && options_.afterOf && swap.contains("after")) {
            found = stateDifferences(swap["after"].toObject(), options_.afterOf(*pool_));
        }
        return found;
    }

    const amm::Pool& pool() const { return *pool_; }
    int swaps() const { return swaps_; }

  private:
    // The name of the error, or empty where the swap went through.
    QString execute(const QJsonObject& swap, const amm::ChainClock& clock) {
        const auto input = domain::pubkeyFromBase58(swap["inputMint"].toString().toStdString());
        const auto direction = input ? pool_->directionFrom(*input) : std::nullopt;
        if (!direction) {
            return "MintNotInPool";
        }
        const amm::SwapRequest request = requestOf(swap, *direction);
        const auto quoted = amm::quote(*pool_, request, clock);
        const auto applied = amm::apply(*pool_, request, clock);
        if (quoted.has_value() != applied.has_value() ||
            (quoted ? *quoted != applied->result : quoted.error() != applied.error())) {
            return "quote and apply differ";
        }
        if (!applied) {
            const auto known = amm::programErrorOf(pool_->program, applied.error());
            programError_ = known ? textOf(known->name) : "panic";
            return textOf(amm::nameOf(applied.error()));
        }
        quint64& source = held(*input);
        if (options_.limitTrader && source < applied->result.amountInRaw) {
            programError_ = "InsufficientFunds";
            return programError_;
        }
        source -= applied->result.amountInRaw;
        held(pool_->outputOf(*direction).mint) += applied->result.amountOutRaw;
        result_ = applied->result;
        pool_ = applied->pool;
        return {};
    }

    quint64& held(const domain::Pubkey& mint) {
        return held_.try_emplace(mint, mint == domain::solMint() ? kTraderSolRaw : kTraderRaw)
            .first->second;
    }

    const VectorOptions& options_;
    std::shared_ptr<const amm::Pool> pool_;
    std::map<domain::Pubkey, quint64> held_;
    amm::SwapResult result_;
    QString programError_;
    int swaps_ = 0;
};

struct Genesis {
    amm::AccountSet accounts;
    std::shared_ptr<const amm::Pool> pool;
    QString error;
};

class Judge {
  public:
    explicit Judge(const VectorOptions& options) : options_(options) {}

    void judge(const QJsonObject& vector) {
        if (options_.wanted && !options_.wanted(vector)) {
            ++report_.skipped;
            return;
        }
        const QStringList found = differencesOf(vector);
        if (found.isEmpty()) {
            ++report_.passed;
            return;
        }
        if (report_.failed++ < options_.show) {
            report_.differences += QString("%1 (%2): %3")
                                       .arg(vector["id"].toString(), vector["pool"].toString(),
                                            found.mid(0, 4).join("; "));
        }
    }

    const VectorReport& report() const { return report_; }

  private:
    QStringList differencesOf(const QJsonObject& vector) {
        const Genesis& genesis = genesisOf(vector["pool"].toString());
        if (!genesis.error.isEmpty()) {
            return {genesis.error};
        }
        Run run(options_, genesis.pool);
        const amm::ChainClock clock = clockOf(vector, {});
        QStringList found;
        if (!vector.contains("sequence")) {
            found = run.judge(vector, clock);
        } else {
            const QJsonArray steps = vector["sequence"].toArray();
            for (qsizetype i = 0; i < steps.size(); ++i) {
                const QJsonObject step = steps[i].toObject();
                for (const QString& text : run.judge(step, clockOf(step, clock))) {
                    found += QString("step %1: %2").arg(i).arg(text);
                }
            }
            if (found.isEmpty() && options_.finalOf) {
                found = stateDifferences(vector["final"].toObject(), options_.finalOf(run.pool()));
            }
        }
        report_.swaps += run.swaps();
        return found.isEmpty() ? bytesDifferences(genesis, run.pool(), vector) : found;
    }

    // The state survives its bytes, and the bytes are those that the program left.
    QStringList bytesDifferences(const Genesis& genesis, const amm::Pool& pool,
                                 const QJsonObject& vector) {
        amm::AccountSet accounts = genesis.accounts;
        amm::encodePool(pool, accounts);
        const auto decoded = amm::decodePool(pool.address, accounts);
        if (!decoded || !(decoded->state == pool.state)) {
            return {"decode after encode gives another pool"};
        }
        const QJsonObject hashes = vector["final"].toObject()["sha256"].toObject();
        QStringList found;
        for (const domain::Pubkey& address :
             options_.hashed ? options_.hashed(pool) : std::vector<domain::Pubkey>{}) {
            const QString name = QString::fromStdString(domain::toBase58(address));
            if (!hashes.contains(name)) {
                continue;
            }
            const auto& data = accounts.at(address).data;
            const QByteArray hash = QCryptographicHash::hash(
                QByteArrayView(data.data(), static_cast<qsizetype>(data.size())),
                QCryptographicHash::Sha256);
            if (hash.toHex() == hashes[name].toString().toLatin1()) {
                ++report_.hashesCompared;
            } else {
                found += "bytes of " + name + " differ";
            }
        }
        return found;
    }

    const Genesis& genesisOf(const QString& pool) {
        const auto known = genesis_.find(pool);
        if (known != genesis_.end()) {
            return known->second;
        }
        Genesis& genesis = genesis_[pool];
        const auto dump =
            market::readPoolDump(sharedPath("mainnet/" + options_.program + '/' + pool));
        if (!dump) {
            genesis.error = QString("dump unreadable: %1 %2")
                                .arg(QString::fromStdString(dump.error().path),
                                     QString::fromStdString(dump.error().field));
            return genesis;
        }
        genesis.accounts = dump->accounts;
        auto decoded = amm::decodePool(dump->pool, dump->accounts);
        if (!decoded) {
            genesis.error =
                QString("not decoded: %1 %2")
                    .arg(QString::fromStdString(std::string(amm::nameOf(decoded.error().error))),
                         QString::fromStdString(decoded.error().where));
            return genesis;
        }
        genesis.pool = std::make_shared<const amm::Pool>(std::move(*decoded));
        return genesis;
    }

    const VectorOptions& options_;
    VectorReport report_;
    std::map<QString, Genesis> genesis_;
};

}  // namespace

quint64 u64Of(const QJsonValue& value) {
    return value.isString() ? value.toString().toULongLong()
                            : static_cast<quint64>(value.toInteger());
}

QString VectorReport::text() const {
    return QString("%1 passed, %2 failed, %3 skipped").arg(passed).arg(failed).arg(skipped) +
           (differences.isEmpty() ? QString() : "\n" + differences.join('\n'));
}

bool vectorsAvailable(const QString& program) {
    return QFile::exists(vectorPath(program)) && QDir(sharedPath("mainnet/" + program)).exists();
}

VectorReport judgeVectors(const VectorOptions& options) {
    Judge judge(options);
    QFile file(vectorPath(options.program));
    if (!file.open(QIODevice::ReadOnly)) {
        VectorReport report;
        report.failed = 1;
        report.differences += "cannot read " + file.fileName();
        return report;
    }
    while (!file.atEnd()) {
        const QByteArray line = file.readLine().trimmed();
        if (!line.isEmpty()) {
            judge.judge(QJsonDocument::fromJson(line).object());
        }
    }
    return judge.report();
}

}  // namespace oee::test
