#include "jobs/redis_publisher.h"

#include <array>
#include <atomic>
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
    enum class By { name, pattern };
    Subscriber(const RedisServer& server, const std::string& channel, By by = By::name)
        : context_(redisConnectWithTimeout("127.0.0.1", server.port(), {30, 0}), redisFree) {
        redisSetTimeout(context_.get(), {kLongMillis / 1000, 0});
        const std::string command = by == By::name ? "SUBSCRIBE" : "PSUBSCRIBE";
        std::array<const char*, 2> arguments{command.data(), channel.data()};
        std::array<std::size_t, 2> lengths{command.size(), channel.size()};
        freeReplyObject(redisCommandArgv(context_.get(), 2, arguments.data(), lengths.data()));
    }

    // The next message; empty if the connection ended or nothing came for a long time.
    std::optional<std::string> next() {
        void* raw = nullptr;
        if (redisGetReply(context_.get(), &raw) != REDIS_OK) {
            return std::nullopt;
        }
        const jobs::Reply reply(static_cast<redisReply*>(raw));
        // "message", channel, text; "pmessage", pattern, channel, text
        return std::string(reply.view()[reply.view().size() - 1].text().value_or(""));
    }

  private:
    std::unique_ptr<redisContext, decltype(&redisFree)> context_;
};

std::string numbered(int number) {
    return "event " + std::to_string(number);
}

void publish(RedisPublisher& publisher, const std::string& text) {
    publisher.publish({[text] { return text; }});
}

}  // namespace

class RedisPublisherTest : public QObject {
    Q_OBJECT

  private slots:
    void arrivesInOrder();
    void channelsAreApart();
    void isNotMadeForNobody();
    void patternsCount();
    void publishesWhereItMayNotAsk();
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
        publish(publisher, numbered(i));
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
    publish(a, "from a");
    QTRY_COMPARE_WITH_TIMEOUT(a.publishedCount(), std::uint64_t{1}, kLongMillis);
    publish(b, "from b");
    QCOMPARE(ofB.next().value_or("nothing"), std::string("from b"));
}

void RedisPublisherTest::isNotMadeForNobody() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    Subscriber ofAnother(server, "oee:another:events");
    RedisPublisher publisher(urlOf(server), "i");
    std::atomic<int> made = 0;
    const jobs::MessageMaker counted = [&made] { return numbered(++made); };
    publisher.publish({counted, counted});
    QTRY_COMPARE_WITH_TIMEOUT(publisher.publishedCount(), std::uint64_t{2}, kLongMillis);
    QCOMPARE(made.load(), 0);

    Subscriber subscriber(server, "oee:i:events");
    publisher.publish({counted, counted});
    QCOMPARE(subscriber.next().value_or("nothing"), numbered(1));
    QCOMPARE(subscriber.next().value_or("nothing"), numbered(2));
    QCOMPARE(made.load(), 2);
}

void RedisPublisherTest::patternsCount() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    Subscriber subscriber(server, "oee:*:events", Subscriber::By::pattern);
    RedisPublisher publisher(urlOf(server), "i");
    publish(publisher, "to all");
    QCOMPARE(subscriber.next().value_or("nothing"), std::string("to all"));
}

void RedisPublisherTest::publishesWhereItMayNotAsk() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const jobs::RedisUrl url = urlOf(server);
    auto administrator = jobs::RedisConnection::open(url, {});
    QVERIFY(administrator.has_value());
    QVERIFY(administrator
                ->command({"ACL", "SETUSER", "engine", "on", ">word", "&oee:*", "+ping", "+hello",
                           "+publish"})
                .has_value());
    jobs::RedisUrl asEngine = url;
    asEngine.user = "engine";
    asEngine.password = "word";
    Subscriber subscriber(server, "oee:i:events");
    RedisPublisher publisher(asEngine, "i");
    publish(publisher, "one");
    publish(publisher, "two");
    QCOMPARE(subscriber.next().value_or("nothing"), std::string("one"));
    QCOMPARE(subscriber.next().value_or("nothing"), std::string("two"));
}

void RedisPublisherTest::bytesStayBytes() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    Subscriber subscriber(server, "oee:i:events");
    RedisPublisher publisher(urlOf(server), "i");
    for (const std::string& payload :
         {"a b\0c\r\nPUBLISH x y\r\n%s"s, std::string(200'000, 'x'), std::string()}) {
        publish(publisher, payload);
        QCOMPARE(subscriber.next().value_or("nothing"), payload);
    }
}

void RedisPublisherTest::fullQueueDropsTheOldest() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    Subscriber subscriber(server, "oee:i:events");
    RedisPublisher publisher(urlOf(server), "i", {.capacity = 100, .timeouts = {}});
    publish(publisher, numbered(0));
    QCOMPARE(subscriber.next().value_or("nothing"), numbered(0));

    server.pause();
    constexpr int kMany = 5'000;
    for (int i = 1; i <= kMany; ++i) {
        publish(publisher, numbered(i));
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
    publish(publisher, "before");
    QTRY_COMPARE_WITH_TIMEOUT(publisher.publishedCount(), std::uint64_t{1}, kLongMillis);
    server.kill();
    publish(publisher, "while it was away");
    QVERIFY2(server.start(), qPrintable(server.problem()));
    QTRY_COMPARE_WITH_TIMEOUT(publisher.publishedCount(), std::uint64_t{2}, kLongMillis);
    Subscriber subscriber(server, "oee:i:events");
    publish(publisher, "after");
    QCOMPARE(subscriber.next().value_or("nothing"), std::string("after"));
    QCOMPARE(publisher.droppedCount(), std::uint64_t{0});
}

void RedisPublisherTest::endsWithoutAServer() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    const jobs::RedisUrl url = urlOf(server);
    server.kill();
    RedisPublisher publisher(url, "i");
    publish(publisher, "to nobody");
    // The destructor returns.
}

void RedisPublisherTest::sendsTheRestAtTheEnd() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    Subscriber subscriber(server, "oee:i:events");
    {
        RedisPublisher publisher(urlOf(server), "i");
        for (int i = 0; i < 2'000; ++i) {
            publish(publisher, numbered(i));
        }
    }
    for (int i = 0; i < 2'000; ++i) {
        QCOMPARE(subscriber.next().value_or("nothing"), numbered(i));
    }
}

}  // namespace oee::test

QTEST_GUILESS_MAIN(oee::test::RedisPublisherTest)
#include "redis_publisher_test.moc"
