#include <QtTest>

#include "chain/chain.h"
#include "execution/admission.h"
#include "execution/explain.h"

using namespace oee;
using execution::Field;
using execution::RefusalReason;

namespace {

domain::TokenRegistry tokens() {
    domain::TokenRegistry registry;
    registry.add({domain::solMint(), "SOL", 9});
    registry.add({domain::usdcMint(), "USDC", 6});
    return registry;
}

chain::NetworkProfile profile() {
    chain::NetworkProfile value;
    value.baseFeeLamports = 5'000;
    value.computeUnitPriceMicroLamports = 50'000;
    return value;
}

execution::OrderRequest sellTenSol() {
    execution::OrderRequest request;
    request.tokenIn = "SOL";
    request.tokenOut = "USDC";
    request.amountIn = "10";
    return request;
}

}  // namespace

class AdmissionTest : public QObject {
    Q_OBJECT

  private slots:
    void aGoodRequestBecomesADraft() {
        auto request = sellTenSol();
        request.slippageBps = 10'000;
        request.idempotencyKey = "k";
        const auto draft = execution::validate(request, tokens(), profile(), {});
        QVERIFY(draft.has_value());
        QCOMPARE(draft->amountInRaw, std::uint64_t{10'000'000'000});
        QVERIFY(draft->inputMint == domain::solMint() && draft->outputMint == domain::usdcMint());
        QCOMPARE(draft->slippageBps, 10'000U);
        QVERIFY(draft->side == domain::Side::sell);
        QCOMPARE(draft->idempotencyKey, std::string("k"));
        // Three attempts of 1.4 million compute units at 0.05 lamports + 5,000.
        QCOMPARE(draft->reservedLamports, std::uint64_t{3 * (70'000 + 5'000)});
    }

    void deadlinesAreFromAMillisecondToADay() {
        auto request = sellTenSol();
        request.onRevert = domain::OnRevert::requote;
        for (const std::int64_t millis : {std::int64_t{1}, execution::kMaxDeadlineMs}) {
            request.deadlineMs = millis;
            const auto draft = execution::validate(request, tokens(), profile(), {});
            QVERIFY(draft.has_value());
            QCOMPARE(*draft->deadlineMs, millis);
            QVERIFY(draft->onRevert == domain::OnRevert::requote);
        }
        for (const std::int64_t millis :
             {std::int64_t{0}, std::int64_t{-5}, execution::kMaxDeadlineMs + 1}) {
            request.deadlineMs = millis;
            const auto refused = execution::validate(request, tokens(), profile(), {});
            QVERIFY(!refused.has_value());
            QVERIFY(refused.error().reason == RefusalReason::outOfRange);
            QVERIFY(refused.error().field == Field::deadlineMs);
            QVERIFY(execution::explain(refused.error()).find("deadlineMs: ") == 0);
        }
    }

    void rawAmountsReachTheLastUnit() {
        auto request = sellTenSol();
        request.amountIn.reset();
        request.amountInRaw = "18446744073709551615";
        const auto draft = execution::validate(request, tokens(), profile(), {});
        QCOMPARE(draft->amountInRaw, std::numeric_limits<std::uint64_t>::max());
    }

    void mintsAreTokensToo() {
        auto request = sellTenSol();
        request.tokenIn = domain::toBase58(domain::solMint());
        request.tokenOut = "usdc";
        QVERIFY(execution::validate(request, tokens(), profile(), {}).has_value());
    }

    void badInputNamesItsField_data() {
        QTest::addColumn<QString>("tokenIn");
        QTest::addColumn<QString>("tokenOut");
        QTest::addColumn<QString>("amountIn");
        QTest::addColumn<QString>("amountInRaw");
        QTest::addColumn<qint64>("slippageBps");
        QTest::addColumn<int>("reason");
        QTest::addColumn<QString>("field");
        const auto row = [](const char* name, const char* in, const char* out, const char* amount,
                            const char* raw, qint64 slippage, RefusalReason reason,
                            const char* field) {
            QTest::newRow(name) << in << out << amount << raw << slippage
                                << static_cast<int>(reason) << field;
        };
        row("no token", "", "USDC", "1", "", 50, RefusalReason::missing, "tokenIn");
        row("no output", "SOL", "", "1", "", 50, RefusalReason::missing, "tokenOut");
        row("unknown", "DOGE", "USDC", "1", "", 50, RefusalReason::unknownToken, "tokenIn");
        row("unknown out", "SOL", "DOGE", "1", "", 50, RefusalReason::unknownToken, "tokenOut");
        row("same", "SOL", "sol", "1", "", 50, RefusalReason::sameToken, "tokenOut");
        row("no amount", "SOL", "USDC", "", "", 50, RefusalReason::missing, "amountIn");
        row("both", "SOL", "USDC", "1", "1", 50, RefusalReason::bothAmounts, "amountIn");
        row("words", "SOL", "USDC", "ten", "", 50, RefusalReason::notANumber, "amountIn");
        row("negative", "SOL", "USDC", "-1", "", 50, RefusalReason::notANumber, "amountIn");
        row("exponent", "SOL", "USDC", "1e3", "", 50, RefusalReason::notANumber, "amountIn");
        row("blank", "SOL", "USDC", " 1", "", 50, RefusalReason::notANumber, "amountIn");
        row("zero", "SOL", "USDC", "0.0", "", 50, RefusalReason::notPositive, "amountIn");
        row("decimals", "SOL", "USDC", "0.0000000001", "", 50, RefusalReason::tooManyDecimals,
            "amountIn");
        row("huge", "SOL", "USDC", "18446744073.709551616", "", 50, RefusalReason::tooLarge,
            "amountIn");
        row("raw words", "SOL", "USDC", "", "1.5", 50, RefusalReason::notANumber, "amountInRaw");
        row("raw huge", "SOL", "USDC", "", "18446744073709551616", 50, RefusalReason::tooLarge,
            "amountInRaw");
        row("raw zero", "SOL", "USDC", "", "0", 50, RefusalReason::notPositive, "amountInRaw");
        row("slippage low", "SOL", "USDC", "1", "", -1, RefusalReason::outOfRange, "slippageBps");
        row("slippage high", "SOL", "USDC", "1", "", 10'001, RefusalReason::outOfRange,
            "slippageBps");
    }
    void badInputNamesItsField() {
        QFETCH(QString, tokenIn);
        QFETCH(QString, tokenOut);
        QFETCH(QString, amountIn);
        QFETCH(QString, amountInRaw);
        QFETCH(qint64, slippageBps);
        QFETCH(int, reason);
        QFETCH(QString, field);
        execution::OrderRequest request;
        request.tokenIn = tokenIn.toStdString();
        request.tokenOut = tokenOut.toStdString();
        if (!amountIn.isEmpty()) {
            request.amountIn = amountIn.toStdString();
        }
        if (!amountInRaw.isEmpty()) {
            request.amountInRaw = amountInRaw.toStdString();
        }
        request.slippageBps = slippageBps;
        const auto draft = execution::validate(request, tokens(), profile(), {});
        QVERIFY(!draft.has_value());
        QCOMPARE(static_cast<int>(draft.error().reason), reason);
        QCOMPARE(QString::fromUtf8(execution::nameOf(draft.error().field).data()), field);
        QVERIFY(!execution::explain(draft.error()).empty());
    }

    void aLongKeyIsRefused() {
        auto request = sellTenSol();
        request.idempotencyKey = std::string(execution::kMaxIdempotencyKeyLength, 'x');
        QVERIFY(execution::validate(request, tokens(), profile(), {}).has_value());
        request.idempotencyKey += 'x';
        const auto refused = execution::validate(request, tokens(), profile(), {});
        QVERIFY(refused.error().field == Field::idempotencyKey);
    }

    void theLargestOrderIsALimit() {
        execution::RiskLimits limits;
        limits.largestOrderRaw[domain::solMint()] = 10'000'000'000;
        QVERIFY(execution::validate(sellTenSol(), tokens(), profile(), limits).has_value());
        limits.largestOrderRaw[domain::solMint()] -= 1;
        const auto refused = execution::validate(sellTenSol(), tokens(), profile(), limits);
        QVERIFY(refused.error().reason == RefusalReason::orderTooLarge);
        QCOMPARE(refused.error().given, std::string("10 SOL"));
        QCOMPARE(refused.error().limit, std::string("9.999999999 SOL"));
    }

    void everyReasonHasAName() {
        QSet<QString> names;
        for (int i = 0; i <= static_cast<int>(RefusalReason::shuttingDown); ++i) {
            const auto reason = static_cast<RefusalReason>(i);
            const QString name = QString::fromUtf8(execution::nameOf(reason).data());
            QVERIFY(!name.isEmpty() && !names.contains(name));
            names.insert(name);
            QVERIFY(
                !execution::explain(execution::Refusal{reason, Field::amountIn, "1", "2"}).empty());
        }
    }
};

QTEST_APPLESS_MAIN(AdmissionTest)
#include "admission_test.moc"
