// Raydium CLMM against what the on-chain program did.

#include <QCryptographicHash>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include "amm/bytes.h"
#include "amm/pool.h"
#include "market/account_files.h"
#include "market/pool_state.h"
#include "support/vectors.h"

using namespace oee;
using namespace oee::test;
using amm::raydium::ClmmPool;
using base::u128;

namespace {

constexpr int kVectors = 1'823;
const QString kProgram = "raydium-clmm";

QString mainnet(const QString& pool) {
    return QStringLiteral(OEE_SOURCE_DIR "/../shared/mainnet/") + kProgram + '/' + pool;
}

// Statistics in the pool that the recorded revision of the program kept and newer ones leave alone:
// what was swapped in and out, and what liquidity providers earned.
class LegacyCounters {
  public:
    explicit LegacyCounters(const std::vector<std::uint8_t>& poolBytes) {
        amm::FieldReader reader(poolBytes);
        for (std::size_t i = 0; i < swapped_.size(); ++i) {
            swapped_[i] = reader.read<u128>(kSwapped + i * 16);
        }
        for (std::size_t side : {0u, 1u}) {
            earned_[side] = reader.read<std::uint64_t>(kEarned + side * 16);
        }
    }
    void add(const amm::SwapResult& result, amm::SwapDirection direction) {
        // In of token 0, out of token 1, in of token 1, out of token 0.
        const std::size_t first = direction == amm::SwapDirection::aToB ? 0 : 2;
        swapped_[first] += result.amountInRaw - result.transferFeeInRaw;
        swapped_[first + 1] += result.amountOutRaw + result.transferFeeOutRaw;
        earned_[first / 2] += result.feeRaw - result.protocolFeeRaw;
    }
    void writeTo(std::vector<std::uint8_t>& poolBytes) const {
        amm::FieldWriter writer(poolBytes);
        for (std::size_t i = 0; i < swapped_.size(); ++i) {
            writer.write(kSwapped + i * 16, swapped_[i]);
        }
        for (std::size_t side : {0u, 1u}) {
            writer.write(kEarned + side * 16, earned_[side]);
        }
    }

  private:
    static constexpr std::size_t kSwapped = 325;
    static constexpr std::size_t kEarned = 1'032;
    std::array<u128, 4> swapped_{};
    std::array<std::uint64_t, 2> earned_{};
};

QString sha256Of(const std::vector<std::uint8_t>& bytes) {
    const QByteArrayView view(bytes.data(), static_cast<qsizetype>(bytes.size()));
    return QCryptographicHash::hash(view, QCryptographicHash::Sha256).toHex();
}

}  // namespace

class RaydiumClmmTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void vectors();
    void poolBytesOfSequences();
    void errorsAreTheProgramsOwn();
    void encodingADumpChangesNothing();
};

void RaydiumClmmTest::initTestCase() {
    if (!vectorsAvailable(kProgram)) {
        QSKIP("../shared/vectors and ../shared/mainnet are not here");
    }
}

// Amounts, failures and the state at the end of every sequence; the vaults' very bytes.
void RaydiumClmmTest::vectors() {
    VectorOptions options;
    options.program = kProgram;
    options.finalOf = market::poolStateOf;
    options.hashed = [](const amm::Pool& pool) {
        const auto& state = std::get<ClmmPool>(pool.state);
        std::vector<domain::Pubkey> addresses(state.vaults.begin(), state.vaults.end());
        for (const auto& slot : state.arrays) {
            addresses.push_back(slot.array->address);
        }
        return addresses;
    };
    const VectorReport report = judgeVectors(options);
    qInfo("%d vectors, %d swaps, %d hashes", report.passed, report.swaps, report.hashesCompared);
    QVERIFY2(report.failed == 0, qPrintable(report.text()));
    QCOMPARE(report.skipped, 0);
    QCOMPARE(report.passed, kVectors);
    QVERIFY(report.hashesCompared > 40);
}

// After every sequence that the program itself recorded, the pool has the same bytes: rewards, fee
// growth, bitmap and all.
void RaydiumClmmTest::poolBytesOfSequences() {
    QFile file(QStringLiteral(OEE_SOURCE_DIR "/../shared/vectors/raydium-clmm.jsonl"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    int compared = 0;
    while (!file.atEnd()) {
        const QJsonObject vector = QJsonDocument::fromJson(file.readLine()).object();
        const QString name = vector["pool"].toString();
        const QString hash = vector["final"]["sha256"][name].toString();
        if (hash.isEmpty()) {
            continue;
        }
        auto dump = market::readPoolDump(mainnet(name));
        QVERIFY(dump.has_value());
        LegacyCounters counters(dump->accounts.at(dump->pool).data);
        auto pool =
            std::make_shared<const amm::Pool>(amm::decodePool(dump->pool, dump->accounts).value());
        const QJsonObject clock = vector["clock"].toObject();
        for (const QJsonValue& step : vector["sequence"].toArray()) {
            amm::SwapRequest request;
            request.mode =
                step["mode"] == "exactIn" ? amm::SwapMode::exactIn : amm::SwapMode::exactOut;
            request.direction = *pool->directionFrom(
                *domain::pubkeyFromBase58(step["inputMint"].toString().toStdString()));
            request.amountRaw = u64Of(step["amount"]);
            const auto applied = amm::apply(*pool, request,
                                            {.slot = u64Of(clock["slot"]),
                                             .unixTimestamp = clock["unixTimestamp"].toInteger(),
                                             .epoch = u64Of(clock["epoch"])});
            if (applied) {
                counters.add(applied->result, request.direction);
                pool = applied->pool;
            }
        }
        amm::encodePool(*pool, dump->accounts);
        auto& bytes = dump->accounts.at(dump->pool).data;
        counters.writeTo(bytes);
        QCOMPARE(sha256Of(bytes), hash);
        ++compared;
    }
    QVERIFY(compared >= 20);
}

// The failures that our kinds of error can tell apart.
void RaydiumClmmTest::errorsAreTheProgramsOwn() {
    VectorOptions options;
    options.program = kProgram;
    options.compareErrorNames = true;
    options.wanted = [](const QJsonObject& vector) {
        const QString error = vector["result"]["error"].toString();
        return !error.isEmpty() && error != "TooMuchInputPaid" && error != "MaxTokenOverflow";
    };
    const VectorReport report = judgeVectors(options);
    QVERIFY2(report.failed == 0, qPrintable(report.text()));
    QVERIFY(report.passed > 500);
}

void RaydiumClmmTest::encodingADumpChangesNothing() {
    const auto dumps = market::readPoolDumps(mainnet({}));
    QVERIFY(dumps.has_value());
    QVERIFY(dumps->size() >= 20);
    for (const market::PoolDump& dump : *dumps) {
        const auto pool = amm::decodePool(dump.pool, dump.accounts);
        QVERIFY(pool.has_value());
        amm::AccountSet accounts = dump.accounts;
        QVERIFY(amm::encodePool(*pool, accounts).empty());
        QVERIFY(accounts == dump.accounts);
    }
}

QTEST_GUILESS_MAIN(RaydiumClmmTest)
#include "raydium_clmm_test.moc"
