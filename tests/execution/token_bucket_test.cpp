#include "execution/token_bucket.h"

#include <QTest>

using oee::execution::TokenBucket;

namespace {

constexpr std::int64_t kSecond = 1'000'000;

int taken(TokenBucket& bucket, std::int64_t nowMicros) {
    int count = 0;
    while (bucket.hasToken(nowMicros)) {
        bucket.take();
        ++count;
    }
    return count;
}

}  // namespace

class TokenBucketTest : public QObject {
    Q_OBJECT

  private slots:
    void tenSecondsAtOnceThenTheRate() {
        TokenBucket bucket(600, 5 * kSecond);
        QCOMPARE(taken(bucket, 5 * kSecond), 100);
        QCOMPARE(bucket.microsUntilToken(5 * kSecond), std::int64_t{100'000});
        QCOMPARE(taken(bucket, 5 * kSecond + 99'999), 0);
        QCOMPARE(taken(bucket, 5 * kSecond + 100'000), 1);
        QCOMPARE(taken(bucket, 8 * kSecond), 29);
        QCOMPARE(taken(bucket, 3'600 * kSecond), 100);  // it never holds more
    }

    // However often it is asked: nothing is lost to rounding.
    void theRateIsExact() {
        for (const int perMinute : {12, 59, 601}) {
            TokenBucket bucket(static_cast<std::uint32_t>(perMinute), 0);
            taken(bucket, 0);
            int tokens = 0;
            for (std::int64_t now = 7; now < 60 * kSecond; now += 59'993) {
                tokens += taken(bucket, now);
            }
            QCOMPARE(tokens + taken(bucket, 60 * kSecond), perMinute);
        }
    }

    void theLargestRateDoesNotOverflow() {
        TokenBucket bucket(4'294'967'295U, 0);
        for (int i = 0; i < 100'000; ++i) {
            QVERIFY(bucket.hasToken(0));
            bucket.take();
        }
        QVERIFY(bucket.hasToken(std::int64_t{1} << 62));
        QCOMPARE(bucket.microsUntilToken(std::int64_t{1} << 62), std::int64_t{0});
    }

    void whatIsToldToWaitSuffices() {
        for (const std::uint32_t perMinute : {1U, 7U, 60U, 61U}) {
            TokenBucket bucket(perMinute, 0);
            taken(bucket, 0);
            const std::int64_t wait = bucket.microsUntilToken(1'234);
            QVERIFY(!bucket.hasToken(1'234 + wait - 1));
            QVERIFY(bucket.hasToken(1'234 + wait));
        }
    }

    void aTokenComesBackUpToTheBrim() {
        TokenBucket bucket(12, 0);  // holds two
        QCOMPARE(taken(bucket, 0), 2);
        bucket.giveBack(5);
        QCOMPARE(taken(bucket, 0), 2);
        bucket.giveBack(1);
        QCOMPARE(taken(bucket, 0), 1);
    }

    void noRateIsNoToken() {
        TokenBucket bucket(0, 0);
        QVERIFY(!bucket.hasToken(1'000'000 * kSecond));
        QCOMPARE(bucket.microsUntilToken(0), 60 * kSecond);
    }

    void aClockThatStandsBringsNothing() {
        TokenBucket bucket(60, 10 * kSecond);
        taken(bucket, 10 * kSecond);
        QVERIFY(!bucket.hasToken(2 * kSecond));
        QVERIFY(!bucket.hasToken(10 * kSecond));
    }
};

QTEST_GUILESS_MAIN(TokenBucketTest)
#include "token_bucket_test.moc"
