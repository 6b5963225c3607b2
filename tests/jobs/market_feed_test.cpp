// The market on its way through a real Redis: who joins, who missed something, and a server that is
// emptied.

#include "jobs/market_feed.h"

#include <QtTest>

#include "jobs/redis_fixture.h"
#include "jobs/remote_samples.h"

using namespace oee;
using namespace std::chrono_literals;
using Follower = jobs::MarketFollower;
using Whole = jobs::MarketPublisher::Whole;

namespace {

const jobs::RemoteKeys kKeys("i");

// What a follower has: the whole and the changes since, in one text.
struct Reader {
    Reader(const test::RedisServer& server, const jobs::MessageSeal& seal)
        : connection(jobs::RedisConnection::open(test::urlOf(server), {30s, 30s}).value()),
          follower(seal, kKeys) {}

    Follower::Engine poll() {
        const auto news = follower.poll(connection, 1ms).value();
        if (news.whole) {
            text = *news.whole;
            ++wholes;
        }
        for (const std::string& change : news.changes) {
            text += change;
        }
        return news.engine;
    }
    bool reads(const std::string& wanted) {
        for (int i = 0; i < 5 && text != wanted; ++i) {
            poll();
        }
        return text == wanted;
    }

    jobs::RedisConnection connection;
    Follower follower;
    std::string text;
    int wholes = 0;
};

}  // namespace

class MarketFeedTest : public QObject {
    Q_OBJECT

  private:
    test::RedisServer server_;
    const jobs::MessageSeal seal_{test::kSecret, "i"};
    std::optional<jobs::RedisConnection> connection_;
    std::optional<jobs::MarketPublisher> publisher_;

    void publisherOf(const jobs::RemoteEpoch& epoch) {
        publisher_.emplace(seal_, kKeys, jobs::EngineSign{epoch, "1.0"});
        QVERIFY(publisher_->greet(*connection_));
    }
    bool whole(const std::string& text, Whole kind = Whole::anew) {
        return publisher_->publishWhole(*connection_, text, kind).has_value();
    }
    bool change(const std::string& text) {
        return publisher_->publishChange(*connection_, text).has_value();
    }

  private slots:
    void initTestCase() { QVERIFY2(server_.start(), qPrintable(server_.problem())); }
    void init() {
        connection_.emplace(jobs::RedisConnection::open(test::urlOf(server_), {30s, 30s}).value());
        QVERIFY(connection_->command({"FLUSHALL"}));
        publisherOf(test::kEpoch);
    }

    void followersHaveWhatWasPublished() {
        Reader early(server_, seal_);
        QVERIFY(early.poll() == Follower::Engine::alive);
        QVERIFY(early.text.empty());
        QVERIFY(whole("A") && change("b") && change("c"));
        QVERIFY(early.reads("Abc"));
        Reader late(server_, seal_);
        QVERIFY(change("d"));
        QVERIFY(late.reads("Abcd") && early.reads("Abcd"));
        QCOMPARE(early.wholes, 1);
    }

    void changesThatAreInTheWholeAreTrimmed() {
        Reader reader(server_, seal_);
        QVERIFY(whole("A") && change("b") && change("c"));
        QVERIFY(reader.reads("Abc"));
        QVERIFY(whole("Abc", Whole::asFollowed));
        test::Administrator admin(server_);
        QCOMPARE(admin.number({"XLEN", kKeys.slotChanges}), std::int64_t{0});
        QVERIFY(change("d"));
        QVERIFY(reader.reads("Abcd"));
        QCOMPARE(reader.wholes, 1);  // it had all of it
        Reader late(server_, seal_);
        QVERIFY(late.reads("Abcd"));
    }

    void whoMissedSomethingReadsTheWhole() {
        Reader reader(server_, seal_);
        QVERIFY(whole("A") && change("b"));
        QVERIFY(reader.reads("Ab"));
        QVERIFY(change("c") && whole("Abc", Whole::asFollowed) && change("d"));
        QVERIFY(reader.reads("Abcd"));
        QCOMPARE(reader.wholes, 2);
        // Published after a change that nobody was told.
        QVERIFY(whole("Xyz", Whole::anew) && change("!"));
        QVERIFY(reader.reads("Xyz!"));
    }

    void anotherRunStartsOver() {
        Reader reader(server_, seal_);
        QVERIFY(whole("A"));
        for (int i = 0; i < 50; ++i) {
            QVERIFY(change("b"));
        }
        QVERIFY(reader.reads("A" + std::string(50, 'b')));
        publisherOf(test::kOtherEpoch);  // without a farewell of the first
        QVERIFY(reader.poll() == Follower::Engine::alive);
        QVERIFY(whole("N") && change("o"));
        QVERIFY(reader.reads("No"));
    }

    void anEmptiedServerIsFilledAgain() {
        Reader reader(server_, seal_);
        QVERIFY(whole("A") && change("b"));
        QVERIFY(reader.reads("Ab"));
        QVERIFY(connection_->command({"FLUSHALL"}));
        QVERIFY(reader.poll() == Follower::Engine::away);
        QVERIFY(publisher_->greet(*connection_));
        QVERIFY(whole("Abc", Whole::anew) && change("d"));
        QVERIFY(reader.reads("Abcd"));
    }

    void aStrangersMarketIsNotRead() {
        const jobs::MessageSeal other(test::kOtherSecret, "i");
        Reader reader(server_, other);
        QVERIFY(whole("A") && change("b"));
        QVERIFY(reader.poll() == Follower::Engine::stranger);
        QVERIFY(reader.text.empty());
        // A true sign of life, and somebody else's bytes beside it.
        Reader honest(server_, seal_);
        const std::string forged = other.seal(jobs::MessageKind::market, std::string(64, 'x'));
        QVERIFY(connection_->command({"SET", kKeys.market, forged}));
        QVERIFY(honest.poll() == Follower::Engine::alive);
        QVERIFY(honest.text.empty());
        QVERIFY(whole("B"));
        QVERIFY(honest.reads("B"));
        QVERIFY(connection_->command({"XADD", kKeys.slotChanges, "3-0", "d", forged}));
        honest.poll();
        QCOMPARE(honest.text, std::string("B"));
    }

    void theSignOfLifeGoesAway() {
        Reader reader(server_, seal_);
        test::Administrator admin(server_);
        QVERIFY(admin.number({"PTTL", kKeys.engine}) > 0);
        QVERIFY(whole("A"));
        QVERIFY(publisher_->withdraw(*connection_));
        QCOMPARE(admin.number({"EXISTS", kKeys.market, kKeys.slotChanges}), std::int64_t{0});
        publisher_->leave(*connection_);
        QVERIFY(reader.poll() == Follower::Engine::away);
    }
};

QTEST_GUILESS_MAIN(MarketFeedTest)
#include "market_feed_test.moc"
