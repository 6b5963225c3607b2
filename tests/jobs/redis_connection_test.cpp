#include "jobs/redis_connection.h"

#include <csignal>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <QTest>

#include "jobs/redis_probe.h"
#include "support/redis_server.h"

namespace oee::test {
namespace {

using jobs::RedisConnection;
using jobs::RedisErrorKind;
using jobs::RedisUrl;
using namespace std::chrono_literals;

RedisUrl urlOf(const RedisServer& server) {
    return *jobs::parseRedisUrl(server.url());
}

// Generous where the test waits for success, short where it waits for a time-out.
constexpr jobs::RedisTimeouts kPatient{30s, 30s};
constexpr jobs::RedisTimeouts kImpatient{100ms, 100ms};

// Of all sockets of this process that are connected to the port; answers how many.
int shutDownWritingTo(std::uint16_t port) {
    constexpr int kDescriptors = 1'024;
    int found = 0;
    for (int descriptor = 0; descriptor < kDescriptors; ++descriptor) {
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
            peer.sin_family == AF_INET && peer.sin_port == htons(port)) {
            ::shutdown(descriptor, SHUT_WR);
            ++found;
        }
    }
    return found;
}

}  // namespace

class RedisConnectionTest : public QObject {
    Q_OBJECT

  private slots:
    void typedReplies();
    void viewsOfNothing();
    void argumentsStayArguments();
    void pipelineKeepsOrderAndErrors();
    void databaseIsSelected();
    void nobodyThere();
    void silentServer();
    void brokenConnection();
    void writingToNobodyIsNoSignal();
    void logsIn();
    void wrongPassword();
    void passwordIsNotInErrors();
    void inspects();
    void probes();
};

void RedisConnectionTest::typedReplies() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    auto connection = RedisConnection::open(urlOf(server), kPatient);
    QVERIFY(connection.has_value());

    QCOMPARE(connection->command({"PING"})->view().text().value(), std::string_view("PONG"));
    QCOMPARE(connection->command({"INCR", "n"})->view().integer().value(), std::int64_t{1});
    QVERIFY(connection->command({"GET", "none"})->view().isNil());
    QVERIFY(connection->command({"RPUSH", "list", "a", "b"}).has_value());
    const auto list = connection->command({"LRANGE", "list", "0", "-1"});
    QVERIFY(list->view().isArray());
    QCOMPARE(list->view().size(), std::size_t{2});
    QCOMPARE(list->view()[1].text().value(), std::string_view("b"));

    const auto refused = connection->command({"INCR", "list"});
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().kind, RedisErrorKind::refused);
    QVERIFY(refused.error().text.starts_with("WRONGTYPE"));
    // An error reply is an answer: the connection goes on.
    QVERIFY(connection->isOpen());
    QVERIFY(connection->command({"PING"}).has_value());
}

void RedisConnectionTest::viewsOfNothing() {
    const jobs::ReplyView nothing(nullptr);
    QVERIFY(nothing.isNil() && !nothing.isArray());
    QVERIFY(!nothing.text() && !nothing.integer());
    QCOMPARE(nothing.size(), std::size_t{0});
    QVERIFY(nothing[0][1][static_cast<std::size_t>(-1)].isNil());
}

void RedisConnectionTest::argumentsStayArguments() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    auto connection = RedisConnection::open(urlOf(server), kPatient);
    QVERIFY(connection.has_value());
    QVERIFY(connection->command({"SET", "canary", "alive"}).has_value());

    using namespace std::string_view_literals;
    const std::vector<std::string_view> texts{
        ""sv,
        "two words"sv,
        "x\r\nFLUSHALL\r\n"sv,
        "*1\r\n$8\r\nFLUSHALL\r\n"sv,
        "before\0after"sv,
        "%s %n %b"sv,
        "\"quoted' \\ text"sv,
        "\xff\xfe"sv,
    };
    for (const std::string_view text : texts) {
        QVERIFY(connection->command({"SET", text, text}).has_value());
        QCOMPARE(connection->command({"GET", text})->view().text().value(), text);
    }
    QCOMPARE(connection->command({"DBSIZE"})->view().integer().value(),
             static_cast<std::int64_t>(texts.size() + 1));
    QCOMPARE(connection->command({"GET", "canary"})->view().text().value(),
             std::string_view("alive"));
}

void RedisConnectionTest::pipelineKeepsOrderAndErrors() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    auto connection = RedisConnection::open(urlOf(server), kPatient);
    QVERIFY(connection.has_value());
    const std::vector<jobs::RedisCommand> commands{
        {"INCR", "n"}, {"INCR"}, {"INCRBY", "n", "5"}, {"NOSUCH"}, {"GET", "n"}};
    const auto answers = connection->pipeline(commands);
    QVERIFY(answers.has_value());
    QCOMPARE(answers->size(), commands.size());
    QCOMPARE((*answers)[0]->view().integer().value(), std::int64_t{1});
    QVERIFY(!(*answers)[1].has_value());
    QCOMPARE((*answers)[2]->view().integer().value(), std::int64_t{6});
    QVERIFY(!(*answers)[3].has_value());
    QCOMPARE((*answers)[4]->view().text().value(), std::string_view("6"));
    QVERIFY(connection->pipeline({})->empty());
}

void RedisConnectionTest::databaseIsSelected() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    RedisUrl url = urlOf(server);
    url.database = 3;
    QVERIFY(RedisConnection::open(url, kPatient)->command({"SET", "k", "3"}).has_value());
    QVERIFY(RedisConnection::open(urlOf(server), kPatient)->command({"GET", "k"})->view().isNil());
    QVERIFY(!RedisConnection::open(url, kPatient)->command({"GET", "k"})->view().isNil());

    url.database = 4'000'000;
    const auto outOfRange = RedisConnection::open(url, kPatient);
    QVERIFY(!outOfRange.has_value());
    QCOMPARE(outOfRange.error().kind, RedisErrorKind::refused);
}

void RedisConnectionTest::nobodyThere() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    server.kill();
    const auto connection = RedisConnection::open(urlOf(server), kPatient);
    QVERIFY(!connection.has_value());
    QCOMPARE(connection.error().kind, RedisErrorKind::connect);
    QVERIFY(!connection.error().text.empty());
}

void RedisConnectionTest::silentServer() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    auto connection = RedisConnection::open(urlOf(server), kImpatient);
    QVERIFY(connection.has_value());
    server.pause();
    const auto answer = connection->command({"PING"});
    QVERIFY(!answer.has_value());
    QCOMPARE(answer.error().kind, RedisErrorKind::timeout);
    // Its next bytes would be the answer to an old question: it must never be used again.
    QVERIFY(!connection->isOpen());
    server.resume();
    QCOMPARE(connection->command({"PING"}).error().kind, RedisErrorKind::closed);
}

void RedisConnectionTest::brokenConnection() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    auto connection = RedisConnection::open(urlOf(server), kPatient);
    QVERIFY(connection.has_value());
    server.kill();
    const std::string large(8'000'000, 'x');
    const auto answer = connection->command({"SET", "k", large});
    QVERIFY(!answer.has_value());
    QCOMPARE(answer.error().kind, RedisErrorKind::closed);
    QVERIFY(!connection->isOpen());
}

// Without care a write to a connection that is down for writing ends the process.
void RedisConnectionTest::writingToNobodyIsNoSignal() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    auto connection = RedisConnection::open(urlOf(server), kPatient);
    QVERIFY(connection.has_value());
    QVERIFY(connection->command({"PING"}).has_value());
    QCOMPARE(shutDownWritingTo(server.port()), 1);

    // QProcess has switched the signal off for the whole process; others do not.
    const auto before = std::signal(SIGPIPE, SIG_DFL);
    const auto answer = connection->command({"PING"});
    sigset_t blocked;
    sigset_t pending;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    sigpending(&pending);
    std::signal(SIGPIPE, before);
    QVERIFY(!answer.has_value());
    QCOMPARE(answer.error().kind, RedisErrorKind::closed);
    QCOMPARE(sigismember(&blocked, SIGPIPE), 0);
    QCOMPARE(sigismember(&pending, SIGPIPE), 0);
}

void RedisConnectionTest::logsIn() {
    RedisServer server({.password = "p@ss/w%rd :x"});
    QVERIFY2(server.start(), qPrintable(server.problem()));
    auto connection = RedisConnection::open(urlOf(server), kPatient);
    QVERIFY2(connection.has_value(), connection ? "" : connection.error().text.c_str());
    QVERIFY(connection->command({"ACL", "SETUSER", "bob", "on", ">builder", "+@all", "~*", "&*"})
                .has_value());

    RedisUrl asBob = urlOf(server);
    asBob.user = "bob";
    asBob.password = "builder";
    auto bobs = RedisConnection::open(asBob, kPatient);
    QVERIFY(bobs.has_value());
    QCOMPARE(bobs->command({"ACL", "WHOAMI"})->view().text().value(), std::string_view("bob"));
}

void RedisConnectionTest::wrongPassword() {
    RedisServer server({.password = "right"});
    QVERIFY2(server.start(), qPrintable(server.problem()));
    RedisUrl url = urlOf(server);
    url.password = "wrong-secret";
    const auto refused = RedisConnection::open(url, kPatient);
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().kind, RedisErrorKind::login);
    QCOMPARE(refused.error().text.find("wrong-secret"), std::string::npos);

    url.password.clear();
    auto stranger = RedisConnection::open(url, kPatient);
    QVERIFY(stranger.has_value());
    QCOMPARE(stranger->command({"PING"}).error().kind, RedisErrorKind::login);
}

// A server that does not know AUTH repeats its arguments in the error.
void RedisConnectionTest::passwordIsNotInErrors() {
    RedisServer server({.settings = {"--rename-command", "AUTH", ""}});
    QVERIFY2(server.start(), qPrintable(server.problem()));
    RedisUrl url = urlOf(server);
    auto plain = RedisConnection::open(url, kPatient);
    QVERIFY(plain.has_value());
    const auto echoed = plain->command({"AUTH", "hush-hush"});
    QVERIFY(!echoed.has_value());
    QVERIFY2(echoed.error().text.find("hush-hush") != std::string::npos,
             "the server does not do what this test is about");

    url.password = "hush-hush";
    const auto refused = RedisConnection::open(url, kPatient);
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().kind, RedisErrorKind::login);
    QCOMPARE(refused.error().text.find("hush-hush"), std::string::npos);
}

void RedisConnectionTest::inspects() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    auto connection = RedisConnection::open(urlOf(server), kPatient);
    QVERIFY(connection.has_value());
    const auto info = jobs::inspect(*connection);
    QVERIFY(info.has_value());
    QVERIFY(info->version.starts_with(std::to_string(info->major) + '.' +
                                      std::to_string(info->minor) + '.'));
    QVERIFY(info->major >= 6);
}

void RedisConnectionTest::probes() {
    RedisServer server;
    QVERIFY2(server.start(), qPrintable(server.problem()));
    QVERIFY(jobs::probeRedis(urlOf(server), 60s).has_value());
    server.pause();
    QCOMPARE(jobs::probeRedis(urlOf(server), 200ms).error().kind, RedisErrorKind::timeout);
    server.kill();
    QCOMPARE(jobs::probeRedis(urlOf(server), 60s).error().kind, RedisErrorKind::connect);

    RedisServer guarded({.password = "p"});
    QVERIFY2(guarded.start(), qPrintable(guarded.problem()));
    RedisUrl url = urlOf(guarded);
    QVERIFY(jobs::probeRedis(url, 60s).has_value());
    url.password.clear();
    QCOMPARE(jobs::probeRedis(url, 60s).error().kind, RedisErrorKind::login);
}

}  // namespace oee::test

QTEST_GUILESS_MAIN(oee::test::RedisConnectionTest)
#include "redis_connection_test.moc"
