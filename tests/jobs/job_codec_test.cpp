#include "jobs/job_codec.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include <QTest>

#include "domain/amount.h"
#include "execution/admission.h"
#include "jobs/job_samples.h"

namespace oee::test {
namespace {

using domain::Order;
using jobs::JobFieldError;
using jobs::JobFieldProblem;
using namespace std::string_literals;
using Texts = std::vector<std::string>;

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

Texts flatten(const jobs::JobFields& fields) {
    Texts flat;
    for (const auto& [name, value] : fields) {
        flat.emplace_back(name);
        flat.push_back(value);
    }
    return flat;
}

auto decode(const Texts& flat) {
    const std::vector<std::string_view> views(flat.begin(), flat.end());
    return jobs::decodeJob(views);
}

std::optional<JobFieldError> errorOf(const Texts& flat) {
    const auto job = decode(flat);
    return job ? std::nullopt : std::optional(job.error());
}

Texts flatOf(const Order& order) {
    return flatten(jobs::encodeJob(jobOf(order)));
}

Texts withValue(Texts flat, const std::string& name, const std::string& value) {
    for (std::size_t i = 0; i < flat.size(); i += 2) {
        if (flat[i] == name) {
            flat[i + 1] = value;
            return flat;
        }
    }
    qFatal("no field %s", name.c_str());
    return flat;
}

}  // namespace

class JobCodecTest : public QObject {
    Q_OBJECT

  private slots:
    void roundTrip();
    void writesExactDigits();
    void everyFieldIsNeeded();
    void refusesMalformed_data();
    void refusesMalformed();
    void refusesUnknownDuplicateAndOdd();
    void survivesDamage();
};

void JobCodecTest::roundTrip() {
    const Order smallest = [] {
        Order order;
        order.inputMint = usdc();
        order.outputMint = wrappedSol();
        order.amountInRaw = 1;
        return order;
    }();
    for (const Order& order : {smallest, sampleOrder(3), largestOrder()}) {
        const auto job = decode(flatOf(order));
        QVERIFY2(job.has_value(), job ? "" : job.error().field.c_str());
        QVERIFY(*job->order == order);
    }
}

void JobCodecTest::writesExactDigits() {
    std::map<std::string, std::string> fields;
    for (const auto& [name, value] : jobs::encodeJob(jobOf(largestOrder()))) {
        fields.emplace(name, value);
    }
    // Written by hand: 2^64 − 1, ±2^63, the largest ULID, Solana's wrapped SOL.
    QCOMPARE(fields.at("amountInRaw"), std::string("18446744073709551615"));
    QCOMPARE(fields.at("fence"), std::string("18446744073709551615"));
    QCOMPARE(fields.at("amountOutRaw"), std::string("18446744073709551614"));
    QCOMPARE(fields.at("createdAtMicros"), std::string("9223372036854775807"));
    QCOMPARE(fields.at("updatedAtMicros"), std::string("-9223372036854775808"));
    QCOMPARE(fields.at("id"), std::string("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
    QCOMPARE(fields.at("inputMint"), std::string("So11111111111111111111111111111111111111112"));
    QCOMPARE(fields.at("route.venue"), std::string("meteora"));
    QCOMPARE(fields.at("side"), std::string("buy"));
    QCOMPARE(fields.at("status"), std::string("building"));
}

void JobCodecTest::everyFieldIsNeeded() {
    const Texts whole = flatOf(largestOrder());
    int optional = 0;
    for (std::size_t i = 0; i < whole.size(); i += 2) {
        Texts flat = whole;
        const auto field = flat.begin() + static_cast<std::ptrdiff_t>(i);
        flat.erase(field, field + 2);
        const auto error = errorOf(flat);
        const std::array mayBeAbsent{"signature", "route.venue", "route.maxLegs", "deadlineMicros"};
        if (std::find(mayBeAbsent.begin(), mayBeAbsent.end(), whole[i]) != mayBeAbsent.end()) {
            QVERIFY(!error);
            ++optional;
        } else {
            QVERIFY2(error.has_value(), whole[i].c_str());
            QCOMPARE(error->problem, JobFieldProblem::missing);
            QCOMPARE(error->field, whole[i]);
        }
    }
    QCOMPARE(optional, 4);
    QCOMPARE(errorOf({})->problem, JobFieldProblem::missing);
}

void JobCodecTest::refusesMalformed_data() {
    QTest::addColumn<std::string>("field");
    QTest::addColumn<std::string>("value");
    const auto add = [](const std::string& field, const std::string& value) {
        QTest::addRow("%s = '%s'", field.c_str(), value.c_str()) << field << value;
    };
    for (const char* value : {"", "0", "1", "2 ", "v2"}) {
        add("v", value);
    }
    for (const char* value : {"", "7ZZZZZZZZZZZZZZZZZZZZZZZZ", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
                              "7ZZZZZZZZZZZZZZZZZZZZZZZZU", "7ZZZZZZZZZZZZZZZZZZZZZZZZZZ"}) {
        add("id", value);
    }
    for (const char* value : {"", "0", "-1", "+5", " 1", "1 ", "1.0", "1e3", "0x10", "nan",
                              "18446744073709551616", "99999999999999999999999"}) {
        add("amountInRaw", value);
    }
    for (const char* field :
         {"fence", "reservedLamports", "createdSlot", "amountOutRaw", "spentLamports"}) {
        for (const char* value : {"", "-1", "+5", " 1", "18446744073709551616"}) {
            add(field, value);
        }
    }
    for (const char* field : {"createdAtMicros", "updatedAtMicros"}) {
        for (const char* value : {"", "+5", "-", "1.5", "9223372036854775808"}) {
            add(field, value);
        }
    }
    for (const char* value : {"", "-1", "10001", "4294967346"}) {
        add("slippageBps", value);
    }
    add("attempt", "0");
    add("attempt", "4294967296");
    add("route.maxLegs", "4294967296");
    add("route.maxHops", "0");
    add("route.scope", "all");
    add("mode", "exact");
    add("type", "limit");
    add("side", "Sell");
    for (const char* value : {"", "done", "confirmed", "failed", "cancelled"}) {
        add("status", value);
    }
    for (const char* field : {"inputMint", "outputMint"}) {
        for (const char* value : {"", "So1", "So1111111111111111111111111111111111111111l",
                                  "So111111111111111111111111111111111111111121111111"}) {
            add(field, value);
        }
    }
    // The same as the input.
    add("outputMint", "So11111111111111111111111111111111111111112");
    add("route.venue", "uniswap");
    add("route.excludedPools", "So1");
    add("route.excludedPools", ",");
    add("signature", "abc");
    add("idempotencyKey", std::string(execution::kMaxIdempotencyKeyLength + 1, 'k'));
}

void JobCodecTest::refusesMalformed() {
    QFETCH(std::string, field);
    QFETCH(std::string, value);
    const auto error = errorOf(withValue(flatOf(largestOrder()), field, value));
    QVERIFY(error.has_value());
    QCOMPARE(error->problem, JobFieldProblem::malformed);
    QCOMPARE(error->field, field);
}

void JobCodecTest::refusesUnknownDuplicateAndOdd() {
    Texts flat = flatOf(sampleOrder(1));
    flat.insert(flat.end(), {"colour", "red"});
    QCOMPARE(*errorOf(flat), (JobFieldError{JobFieldProblem::unknown, "colour"}));

    flat = flatOf(sampleOrder(1));
    flat.insert(flat.end(), {"fence", "99"});
    QCOMPARE(*errorOf(flat), (JobFieldError{JobFieldProblem::duplicate, "fence"}));

    flat = flatOf(sampleOrder(1));
    flat.push_back("signature");
    QCOMPARE(*errorOf(flat), (JobFieldError{JobFieldProblem::oddCount, "signature"}));

    // What is shown of a name is bounded.
    flat = flatOf(sampleOrder(1));
    flat.insert(flat.end(), {std::string(100'000, 'x'), ""});
    QCOMPARE(errorOf(flat)->field.size(), std::size_t{64});
}

// Whatever happens to an entry: an order that reads the same again, or an error value.
void JobCodecTest::survivesDamage() {
    const Texts whole = flatOf(largestOrder());
    int refused = 0;
    int damaged = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        for (std::size_t at = 0; at < whole[i].size(); ++at) {
            for (const char byte : {'\0', ' ', '0', '\xff', static_cast<char>(whole[i][at] ^ 1)}) {
                Texts flat = whole;
                flat[i][at] = byte;
                ++damaged;
                const auto job = decode(flat);
                if (job) {
                    QVERIFY(*decode(flatOf(*job->order))->order == *job->order);
                } else {
                    ++refused;
                    QVERIFY(!job.error().field.empty());
                }
            }
        }
    }
    QVERIFY(refused > 0 && refused < damaged);
}

}  // namespace oee::test

QTEST_APPLESS_MAIN(oee::test::JobCodecTest)
#include "job_codec_test.moc"
