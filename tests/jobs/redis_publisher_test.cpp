#include "jobs/redis_publisher.h"

#include <array>
#include <memory>
#include <optional>
#include <string>

#include <QTest>

#include <hiredis/hiredis.h>

#include "jobs/redis_fixture.h"

namespace oee::test {
namespace {

using jobs::RedisPublisher;
using namespace std::string_literals;

constexpr int kLongMillis = 60'000;

// Listens to one channel, with hiredis itself.
class Subscriber {
  public:
    Subscriber(const RedisServer& server, const std::string& channel)
        : context_(redisConnectWithTimeout("127.0.0.1", server.port(), {30, 0}), redisFree) {
        redisSetTimeout(context_.get(), {kLongMillis / 1000, 0});
        std::array<const char*, 2> arguments{"SUBSCRIBE", channel.data()};
        std::array<std::size_t, 2> lengths{9, channel.size()};
        freeReplyObject(redisCommandArgv(context_.get(), 2, arguments.data(), lengths.data()));
    }

    // The next message; empty if the connection ended or nothing came for a long time.
    std::optional<std::string> next() {
        void* raw = nullptr;
        if (redisGetReply(context_.get(), &raw) != REDIS_OK) {
            return std::nullopt;
        }
        const jobs::Reply reply(static_cast<redisReply*>(raw));
        return std::string(reply.view()[2].text().value_or(""));
    }

  private:
    std::unique_ptr<redisContext, decltype(&redisFree)> context_;
};

std::string numbered(int number) {
    return "event " + std::to_string(number);
}

}  // namespace

class RedisPublisherTest : public QObject {
    Q_OBJECT

  private slots:
    void arrivesInOrder();
    void channelsAreApart();
    void bytesStayBytes();
    void fullQueueDropsTheOldest();
    void goesOnAfterARestart();
    void endsWithoutAServer();
    void sendsTheRestAtTheEnd();
};

void RedisPublisherTest::arrivesInOrder() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    Subscriber subscriber(server, "oee:i:events");
    RedisPublisher publisher(urlOf(server), "i");
    for (int i = 0; i < 1'000; ++i) {
        publisher.publish(numbered(i));
    }
    for (int i = 0; i < 1'000; ++i) {
        QCOMPARE(subscriber.next().value_or("nothing"), numbered(i));
    }
    QTRY_COMPARE_WITH_TIMEOUT(publisher.publishedCount(), std::uint64_t{1'000}, kLongMillis);
    QCOMPARE(publisher.droppedCount(), std::uint64_t{0});
}

void RedisPublisherTest::channelsAreApart() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    Subscriber ofB(server, "oee:b:events");
    RedisPublisher a(urlOf(server), "a");
    RedisPublisher b(urlOf(server), "b");
    a.publish("from a");
    QTRY_COMPARE_WITH_TIMEOUT(a.publishedCount(), std::uint64_t{1}, kLongMillis);
    b.publish("from b");
    QCOMPARE(ofB.next().value_or("nothing"), std::string("from b"));
}

void RedisPublisherTest::bytesStayBytes() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    Subscriber subscriber(server, "oee:i:events");
    RedisPublisher publisher(urlOf(server), "i");
    for (const std::string& payload :
         {"a b\0c\r\nPUBLISH x y\r\n%s"s, std::string(200'000, 'x'), std::string()}) {
        publisher.publish(payload);
        QCOMPARE(subscriber.next().value_or("nothing"), payload);
    }
}

void RedisPublisherTest::fullQueueDropsTheOldest() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    Subscriber subscriber(server, "oee:i:events");
    RedisPublisher publisher(urlOf(server), "i", {.capacity = 100, .timeouts = {}});
    publisher.publish(numbered(0));
    QCOMPARE(subscriber.next().value_or("nothing"), numbered(0));

    server.pause();
    constexpr int kMany = 5'000;
    for (int i = 1; i <= kMany; ++i) {
        publisher.publish(numbered(i));
    }
    QVERIFY(publisher.droppedCount() > 0);
    server.resume();

    // Something is missing, but the newest is there and the order is kept.
    int last = 0;
    int received = 0;
    while (last < kMany) {
        const auto message = subscriber.next();
        QVERIFY(message.has_value());
        last = QString::fromStdString(*message).section(' ', 1).toInt();
        ++received;
    }
    QCOMPARE(last, kMany);
    QVERIFY(received < kMany);
}

void RedisPublisherTest::goesOnAfterARestart() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    RedisPublisher publisher(urlOf(server), "i");
    publisher.publish("before");
    QTRY_COMPARE_WITH_TIMEOUT(publisher.publishedCount(), std::uint64_t{1}, kLongMillis);
    server.kill();
    publisher.publish("while it was away");
    QVERIFY2(server.start(), qPrintable(server.problem()));
    QTRY_COMPARE_WITH_TIMEOUT(publisher.publishedCount(), std::uint64_t{2}, kLongMillis);
    Subscriber subscriber(server, "oee:i:events");
    publisher.publish("after");
    QCOMPARE(subscriber.next().value_or("nothing"), std::string("after"));
    QCOMPARE(publisher.droppedCount(), std::uint64_t{0});
}

void RedisPublisherTest::endsWithoutAServer() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const jobs::RedisUrl url = urlOf(server);
    server.kill();
    RedisPublisher publisher(url, "i");
    publisher.publish("to nobody");
    // The destructor returns.
}

void RedisPublisherTest::sendsTheRestAtTheEnd() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    Subscriber subscriber(server, "oee:i:events");
    {
        RedisPublisher publisher(urlOf(server), "i");
        for (int i = 0; i < 2'000; ++i) {
            publisher.publish(numbered(i));
        }
    }
    for (int i = 0; i < 2'000; ++i) {
        QCOMPARE(subscriber.next().value_or("nothing"), numbered(i));
    }
}

}  // namespace oee::test

QTEST_GUILESS_MAIN(oee::test::RedisPublisherTest)
#include "redis_publisher_test.moc"
