#include "domain/order.h"

#include <QTest>

#include <map>
#include <set>
#include <string>

#include "base/rng.h"

using namespace oee::domain;

namespace {

const std::map<OrderStatus, std::set<OrderStatus>> kLegal{
    {OrderStatus::pending, {OrderStatus::routing, OrderStatus::failed, OrderStatus::cancelled}},
    {OrderStatus::routing,
     {OrderStatus::routing, OrderStatus::building, OrderStatus::failed, OrderStatus::cancelled}},
    {OrderStatus::building,
     {OrderStatus::routing, OrderStatus::submitted, OrderStatus::failed, OrderStatus::cancelled}},
    // No cancelling any more: the network has it.
    {OrderStatus::submitted, {OrderStatus::routing, OrderStatus::confirmed, OrderStatus::failed}},
    {OrderStatus::confirmed, {}},
    {OrderStatus::failed, {}},
    {OrderStatus::cancelled, {}},
};

}  // namespace

class OrderTest : public QObject {
    Q_OBJECT

  private slots:
    void everyTransition() {
        QCOMPARE(kLegal.size(), kOrderStatuses.size());
        for (const OrderStatus from : kOrderStatuses) {
            for (const OrderStatus to : kOrderStatuses) {
                const std::string change =
                    std::string(nameOf(from)) + " to " + std::string(nameOf(to));
                QVERIFY2(isLegalTransition(from, to) == kLegal.at(from).contains(to),
                         change.c_str());
            }
        }
    }

    // An order can always come to an end, and an end is final.
    void endsAreExactlyTheDeadEnds() {
        for (const OrderStatus status : kOrderStatuses) {
            QCOMPARE(isTerminal(status), kLegal.at(status).empty());
        }
    }

    // These names are in databases and in other people's programs.
    void names() {
        const std::map<OrderStatus, std::string_view> names{
            {OrderStatus::pending, "pending"},     {OrderStatus::routing, "routing"},
            {OrderStatus::building, "building"},   {OrderStatus::submitted, "submitted"},
            {OrderStatus::confirmed, "confirmed"}, {OrderStatus::failed, "failed"},
            {OrderStatus::cancelled, "cancelled"}};
        for (const auto& [status, name] : names) {
            QCOMPARE(nameOf(status), name);
            QCOMPARE(orderStatusFromName(name), std::optional(status));
        }
        QCOMPARE(orderStatusFromName("Pending"), std::optional<OrderStatus>());
        QCOMPARE(orderStatusFromName(""), std::optional<OrderStatus>());
        QCOMPARE(sideFromName("buy"), std::optional(Side::buy));
        QCOMPARE(sideFromName("sell"), std::optional(Side::sell));
        QCOMPARE(sideFromName("SELL"), std::optional<Side>());
        QCOMPARE(orderTypeFromName("market"), std::optional(OrderType::market));
        QCOMPARE(orderTypeFromName("stop"), std::optional<OrderType>());
        for (const OnRevert onRevert : {OnRevert::fail, OnRevert::requote}) {
            QVERIFY(!nameOf(onRevert).empty());
            QCOMPARE(onRevertFromName(nameOf(onRevert)), std::optional(onRevert));
        }
        for (const FailureReason reason :
             {FailureReason::none, FailureReason::noPool, FailureReason::noLiquidity,
              FailureReason::amountTooSmall, FailureReason::slippageExceeded,
              FailureReason::poolDisabled, FailureReason::programError, FailureReason::expired,
              FailureReason::dropped, FailureReason::deadline, FailureReason::internal}) {
            QVERIFY(!nameOf(reason).empty());
            QCOMPARE(failureReasonFromName(nameOf(reason)), std::optional(reason));
        }
    }

    // The example of the ULID specification: 1469918176385 ms begin with 01ARYZ6S41.
    void idTextIsAUlid() {
        const OrderId id = makeOrderId({.unixMillis = 1'469'918'176'385, .number = 0, .random = 0});
        QCOMPARE(toString(id), std::string("01ARYZ6S410000000000000000"));
        QCOMPARE(toString(OrderId{~std::uint64_t{0}, ~std::uint64_t{0}}),
                 std::string("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
        QCOMPARE(toString(OrderId{0, 31}), std::string("0000000000000000000000000Z"));
        QCOMPARE(toString(OrderId{0, 32}), std::string("00000000000000000000000010"));
    }

    void idTextComesBack() {
        oee::base::CounterRng rng(26, oee::base::RngPurpose::test, 0);
        for (int i = 0; i < 10'000; ++i) {
            const OrderId id{rng.nextU64(), rng.nextU64()};
            QCOMPARE(orderIdFromString(toString(id)), std::optional(id));
        }
    }

    void idTextIsRefused_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("short") << QByteArray(25, '0');
        QTest::newRow("long") << QByteArray(27, '0');
        QTest::newRow("over 128 bits") << QByteArray("80000000000000000000000000");
        QTest::newRow("lower case") << QByteArray("01aryz6s410000000000000000");
        QTest::newRow("I is no digit") << QByteArray("01ARYZ6S41000000000000000I");
        QTest::newRow("L is no digit") << QByteArray("01ARYZ6S41000000000000000L");
        QTest::newRow("O is no digit") << QByteArray("01ARYZ6S41000000000000000O");
        QTest::newRow("U is no digit") << QByteArray("01ARYZ6S41000000000000000U");
        QTest::newRow("minus") << QByteArray("-1ARYZ6S410000000000000000");
        QTest::newRow("blank") << QByteArray("01ARYZ6S41000000 000000000");
    }

    void idTextIsRefused() {
        QFETCH(QByteArray, text);
        QCOMPARE(orderIdFromString(text.toStdString()), std::optional<OrderId>());
    }

    // First by time, then by the order's number; the random part decides nothing else. The text
    // sorts as the id does, which is what the database's index relies on.
    void idsAreTimeOrdered() {
        const std::vector<OrderIdParts> inOrder{
            {.unixMillis = 1'000, .number = 0, .random = 0xffff'ffff'ffff},
            {.unixMillis = 1'000, .number = 1, .random = 5},
            {.unixMillis = 1'000, .number = 0xffff, .random = 5},
            {.unixMillis = 1'000, .number = 0x10000, .random = 0},
            {.unixMillis = 1'000, .number = 0xffff'ffff, .random = 0xffff'ffff'ffff},
            {.unixMillis = 1'001, .number = 0, .random = 0},
            {.unixMillis = (std::uint64_t{1} << 48) - 1, .number = 0, .random = 0},
        };
        for (std::size_t i = 1; i < inOrder.size(); ++i) {
            const OrderId before = makeOrderId(inOrder[i - 1]);
            const OrderId after = makeOrderId(inOrder[i]);
            QVERIFY(before < after);
            QVERIFY(toString(before) < toString(after));
        }
    }

    void onlyTheLower48RandomBitsCount() {
        const OrderIdParts parts{.unixMillis = 5, .number = 6, .random = 7};
        OrderIdParts wide = parts;
        wide.random |= std::uint64_t{0xabcd} << 48;
        QVERIFY(makeOrderId(wide) == makeOrderId(parts));
    }

    void theNumberComesBack() {
        const std::uint64_t most = ~std::uint64_t{0};
        for (const std::uint32_t number : {0U, 1U, 0xffffU, 0x1'0000U, 0x1234'5678U, ~0U}) {
            QCOMPARE(orderNumberOf(makeOrderId({.unixMillis = 0, .number = number, .random = 0})),
                     number);
            QCOMPARE(orderNumberOf(
                         makeOrderId({.unixMillis = most >> 16, .number = number, .random = most})),
                     number);
        }
    }
};

QTEST_APPLESS_MAIN(OrderTest)
#include "order_test.moc"
