#include "jobs/redis_url.h"

#include <QTest>

namespace oee::test {

using jobs::RedisUrl;
using jobs::RedisUrlError;

class RedisUrlTest : public QObject {
    Q_OBJECT

  private slots:
    void reads_data();
    void reads();
    void refuses_data();
    void refuses();
    void passwordIsNeverShown();
};

void RedisUrlTest::reads_data() {
    QTest::addColumn<RedisUrl>("expected");
    const auto add = [](const char* text, const RedisUrl& expected) {
        QTest::newRow(text) << expected;
    };
    add("redis://127.0.0.1", {});
    add("redis://127.0.0.1/", {});
    add("redis://127.0.0.1:6379/0", {});
    add("redis://cache-1.example.org:1/15", {"cache-1.example.org", 1, 15, "", ""});
    add("redis://h:65535", {"h", 65535, 0, "", ""});
    add("redis://[::1]:7000/2", {"::1", 7000, 2, "", ""});
    add("redis://[fe80::1%eth0]", {"fe80::1%eth0", 6379, 0, "", ""});
    add("redis://:secret@h", {"h", 6379, 0, "", "secret"});
    add("redis://bob:secret@h:7/3", {"h", 7, 3, "bob", "secret"});
    add("redis://b%40b:p%2Fa%3as%25s%20@h", {"h", 6379, 0, "b@b", "p/a:s%s "});
    // Not encoded, but not ambiguous either.
    add("redis://bob:a@b:c@h", {"h", 6379, 0, "bob", "a@b:c"});
}

void RedisUrlTest::reads() {
    QFETCH(RedisUrl, expected);
    const auto url = jobs::parseRedisUrl(QTest::currentDataTag());
    QVERIFY(url.has_value());
    QVERIFY(*url == expected);
}

void RedisUrlTest::refuses_data() {
    QTest::addColumn<RedisUrlError>("expected");
    const auto add = [](const char* text, RedisUrlError expected) {
        QTest::newRow(text) << expected;
    };
    for (const char* text : {"auto", "127.0.0.1:6379", "http://h", "redis:/h", "REDIS://h"}) {
        add(text, RedisUrlError::scheme);
    }
    add("rediss://h", RedisUrlError::tls);
    for (const char* text : {"redis://bob@h", "redis://bob:@h", "redis://:%4@h", "redis://:%zz@h",
                             "redis://:a%@h", "redis://@h"}) {
        add(text, RedisUrlError::credentials);
    }
    for (const char* text :
         {"redis://", "redis://:6379", "redis:///0", "redis://a b", "redis://a\nb", "redis://[::1",
          "redis://[]", "redis://:p@", "redis://h?x", "redis://::1"}) {
        add(text, RedisUrlError::host);
    }
    for (const char* text : {"redis://h:", "redis://h:0", "redis://h:65536", "redis://h:+1",
                             "redis://h:1x", "redis://[::1]6379"}) {
        add(text, RedisUrlError::port);
    }
    for (const char* text : {"redis://h/x", "redis://h/-1", "redis://h/1/2", "redis://h/1?a=b",
                             "redis://h/4294967296", "redis://h//"}) {
        add(text, RedisUrlError::database);
    }
}

void RedisUrlTest::refuses() {
    QFETCH(RedisUrlError, expected);
    const auto url = jobs::parseRedisUrl(QTest::currentDataTag());
    QVERIFY(!url.has_value());
    QCOMPARE(url.error(), expected);
    QVERIFY(!jobs::explain(url.error()).empty());
}

void RedisUrlTest::passwordIsNeverShown() {
    QCOMPARE(jobs::describe(*jobs::parseRedisUrl("redis://bob:secret@h:7/3")),
             std::string("h:7/3"));
    QCOMPARE(jobs::describe(*jobs::parseRedisUrl("redis://:secret@[::1]")),
             std::string("[::1]:6379/0"));
}

}  // namespace oee::test

QTEST_APPLESS_MAIN(oee::test::RedisUrlTest)
#include "redis_url_test.moc"
