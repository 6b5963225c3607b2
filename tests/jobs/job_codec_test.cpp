#include "jobs/job_codec.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <QTest>

#include "domain/amount.h"
#include "execution/admission.h"
#include "jobs/job_samples.h"

namespace oee::test {
namespace {

using domain::Order;
using jobs::JobCodecError;
using namespace std::string_literals;

constexpr auto kMax64 = std::numeric_limits<std::uint64_t>::max();

// Every field set, every number at its end.
Order largestOrder() {
    Order order = sampleOrder(7);
    order.id = {kMax64, kMax64};
    order.side = domain::Side::buy;
    order.status = domain::OrderStatus::building;
    order.amountInRaw = kMax64;
    order.slippageBps = domain::kMaxSlippageBps;
    order.attempt = std::numeric_limits<std::uint32_t>::max();
    order.fence = kMax64;
    order.reservedLamports = kMax64;
    order.createdAtMicros = std::numeric_limits<std::int64_t>::max();
    order.updatedAtMicros = std::numeric_limits<std::int64_t>::min();
    order.createdSlot = kMax64;
    order.idempotencyKey = "a b\0c\r\nFLUSHALL\r\n\xff"s;
    order.mode = domain::RouteMode::exactOut;
    order.amountOutRaw = kMax64 - 1;
    order.route.scope = domain::RouteScope::split;
    order.route.venue = domain::Venue::meteora;
    order.route.maxLegs = std::numeric_limits<std::uint32_t>::max();
    order.route.excludedPools = {
        domain::pubkeyLiteral("675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8"), usdc()};
    order.onRevert = domain::OnRevert::requote;
    order.deadlineMicros = std::numeric_limits<std::int64_t>::max();
    order.spentLamports = kMax64;
    domain::Signature signature;
    signature.bytes.fill(0xab);
    order.signature = signature;
    return order;
}

Order smallestOrder() {
    Order order;
    order.inputMint = usdc();
    order.outputMint = wrappedSol();
    order.amountInRaw = 1;
    return order;
}

std::string bytesOf(const Order& order) {
    return jobs::encodeJob(jobOf(order));
}

std::optional<JobCodecError> errorOf(std::string_view bytes) {
    const auto job = jobs::decodeJob(bytes);
    return job ? std::nullopt : std::optional(job.error());
}

}  // namespace

class JobCodecTest : public QObject {
    Q_OBJECT

  private slots:
    void roundTrip();
    void writesTheseBytes();
    void otherVersionsAreNamed();
    void nothingMayBeMissingOrMore();
    void refusesWhatAnOrderMayNotBe_data();
    void refusesWhatAnOrderMayNotBe();
    void refusesNumbersBeyondTheEnums();
    void survivesDamage();
};

void JobCodecTest::roundTrip() {
    for (const Order& order : {smallestOrder(), sampleOrder(3), largestOrder()}) {
        const auto job = jobs::decodeJob(bytesOf(order));
        QVERIFY(job.has_value());
        QVERIFY(*job->order == order);
    }
}

// Written by hand.
void JobCodecTest::writesTheseBytes() {
    Order order = smallestOrder();
    order.id = {0x0102030405060708, 0x1112131415161718};
    order.inputMint.bytes.fill(0xaa);
    order.outputMint.bytes.fill(0xbb);
    order.amountInRaw = 0x2122232425262728;
    order.slippageBps = 50;
    order.route.venue = domain::Venue::meteora;
    order.attempt = 2;
    order.fence = 3;
    order.reservedLamports = 4;
    order.spentLamports = 5;
    order.createdAtMicros = 6;
    order.updatedAtMicros = -1;
    order.createdSlot = 7;
    order.status = domain::OrderStatus::routing;
    order.idempotencyKey = "ab";
    const QByteArray expected =
        "03000000"
        "0807060504030201"
        "1817161514131211"  // version, id
        "00"
        "00" +  // market, sell
        QByteArray(64, 'a') +
        QByteArray(64, 'b') +  // mints
        "00"
        "2827262524232221"
        "0000000000000000"  // exact in, amounts
        "32000000"          // slippage
        "02"
        "01"
        "01"
        "03000000"
        "00000000"
        "00000000"  // full, Meteora, hops, legs, pools
        "00"
        "00"  // fail, no deadline
        "01"
        "02000000"
        "0300000000000000"  // routing, attempt, fence
        "0400000000000000"
        "0500000000000000"  // lamports
        "0600000000000000"
        "ffffffffffffffff"  // times
        "0700000000000000"  // slot
        "02000000"
        "6162"
        "00";  // key, no signature
    QCOMPARE(QByteArray::fromStdString(bytesOf(order)).toHex(), expected);
}

void JobCodecTest::otherVersionsAreNamed() {
    std::string bytes = bytesOf(sampleOrder(1));
    for (const char version : {'\0', '\2', '\4'}) {
        bytes[0] = version;
        QCOMPARE(errorOf(bytes), JobCodecError::anotherVersion);
    }
    QCOMPARE(errorOf("v"), JobCodecError::malformed);
    QCOMPARE(errorOf({}), JobCodecError::malformed);
}

void JobCodecTest::nothingMayBeMissingOrMore() {
    for (const Order& order : {smallestOrder(), largestOrder()}) {
        const std::string whole = bytesOf(order);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            QCOMPARE(errorOf(whole.substr(0, size)), JobCodecError::malformed);
        }
        QCOMPARE(errorOf(whole + '\0'), JobCodecError::malformed);
    }
}

void JobCodecTest::refusesWhatAnOrderMayNotBe_data() {
    QTest::addColumn<Order>("order");
    const auto add = [](const char* name, auto change) {
        Order order = largestOrder();
        change(order);
        QTest::newRow(name) << order;
    };
    add("no amount", [](Order& order) { order.amountInRaw = 0; });
    add("one token", [](Order& order) { order.outputMint = order.inputMint; });
    add("slippage", [](Order& order) { order.slippageBps = domain::kMaxSlippageBps + 1; });
    add("no hops", [](Order& order) { order.route.maxHops = 0; });
    add("no attempt", [](Order& order) { order.attempt = 0; });
    add("key", [](Order& order) {
        order.idempotencyKey = std::string(execution::kMaxIdempotencyKeyLength + 1, 'k');
    });
}

void JobCodecTest::refusesWhatAnOrderMayNotBe() {
    QFETCH(Order, order);
    QCOMPARE(errorOf(bytesOf(order)), JobCodecError::malformed);
}

// Where two orders that differ in one enum differ in one byte, the enum stands there.
void JobCodecTest::refusesNumbersBeyondTheEnums() {
    int found = 0;
    const auto check = [&found](auto change) {
        Order other = sampleOrder(1);
        change(other);
        const std::string one = bytesOf(sampleOrder(1));
        const std::string two = bytesOf(other);
        QCOMPARE(one.size(), two.size());
        const auto at = std::mismatch(one.begin(), one.end(), two.begin()).first - one.begin();
        for (const char beyond : {'\7', '\x7f', '\xff'}) {
            std::string bytes = one;
            bytes[static_cast<std::size_t>(at)] = beyond;
            QCOMPARE(errorOf(bytes), JobCodecError::malformed);
        }
        ++found;
    };
    check([](Order& order) { order.side = domain::Side::buy; });
    check([](Order& order) { order.mode = domain::RouteMode::exactOut; });
    check([](Order& order) { order.route.scope = domain::RouteScope::single; });
    check([](Order& order) { order.onRevert = domain::OnRevert::requote; });
    check([](Order& order) { order.status = domain::OrderStatus::building; });
    QCOMPARE(found, 5);
    // Ended orders are no jobs.
    for (const domain::OrderStatus status :
         {domain::OrderStatus::confirmed, domain::OrderStatus::failed,
          domain::OrderStatus::cancelled}) {
        Order other = sampleOrder(1);
        other.status = domain::OrderStatus::building;
        std::string bytes = bytesOf(sampleOrder(1));
        const std::string two = bytesOf(other);
        const auto at = std::mismatch(bytes.begin(), bytes.end(), two.begin()).first;
        *at = static_cast<char>(status);
        QCOMPARE(errorOf(bytes), JobCodecError::malformed);
    }
}

// Whatever happens to an entry: an order that is written as it was read, or an error value.
void JobCodecTest::survivesDamage() {
    const std::string whole = bytesOf(largestOrder());
    int refused = 0;
    int damaged = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char byte : {'\0', '\1', ' ', '\xff', static_cast<char>(whole[at] ^ 1)}) {
            std::string bytes = whole;
            bytes[at] = byte;
            ++damaged;
            const auto job = jobs::decodeJob(bytes);
            if (job) {
                QCOMPARE(bytesOf(*job->order), bytes);
            } else {
                ++refused;
            }
        }
    }
    QVERIFY(refused > 0 && refused < damaged);
}

}  // namespace oee::test

QTEST_APPLESS_MAIN(oee::test::JobCodecTest)
#include "job_codec_test.moc"
