// Proposals through a real Redis: what is forged, repeated or too late changes nothing; and the
// signs of life of those who send them.

#include "jobs/proposal_stream.h"

#include <QtTest>

#include "jobs/job_recovery.h"
#include "jobs/redis_consumer.h"
#include "jobs/redis_fixture.h"
#include "jobs/redis_queue_state.h"
#include "jobs/remote_samples.h"
#include "jobs/worker_roster.h"

using namespace oee;
using namespace std::chrono_literals;

namespace {

const jobs::RemoteKeys kKeys("i");
const std::string kConsumer = jobs::consumerName("w", 1);

}  // namespace

class ProposalStreamTest : public QObject {
    Q_OBJECT

  private:
    test::RedisServer server_;
    const jobs::MessageSeal seal_{test::kSecret, "i"};
    std::optional<jobs::RedisConnection> connection_;
    std::unique_ptr<jobs::RedisQueue> queue_;
    std::optional<jobs::ProposalReader> reader_;

    std::unique_ptr<jobs::RedisConsumer> consumer(const std::string& name,
                                                  std::chrono::milliseconds lease = 1h) const {
        const jobs::RedisQueueOptions options{.lease = lease,
                                              .stalledJobs = jobs::StalledJobs::leave};
        return std::make_unique<jobs::RedisConsumer>(
            std::make_shared<jobs::RedisQueueState>(test::urlOf(server_), "i", options), name);
    }
    // A job that the consumer has taken.
    std::string takenBy(const std::string& name) const {
        const auto enqueued = queue_->enqueue(test::sampleJobs(1, 1));
        const auto own = consumer(name);
        const auto jobs = test::taken(*own, 1);
        return enqueued && jobs.size() == 1 ? jobs[0].receipt : std::string();
    }
    jobs::Proposal proposalFor(const std::string& receipt, std::uint64_t sequence,
                               const std::string& name = kConsumer) const {
        auto proposal = test::sampleProposal(sequence, name);
        proposal.receipt = receipt;
        return proposal;
    }
    void send(const jobs::Proposal& proposal) {
        QVERIFY(jobs::sendProposals(*connection_, seal_, kKeys, {&proposal, 1}));
    }
    jobs::ProposalReader::Batch readAll() {
        auto batch = reader_->read(*connection_, 1ms).value();
        if (!reader_->finish(*connection_, batch, {})) {
            qFatal("the batch cannot be finished");
        }
        return batch;
    }

  private slots:
    void initTestCase() { QVERIFY2(server_.start(), qPrintable(server_.problem())); }
    void init() {
        connection_.emplace(jobs::RedisConnection::open(test::urlOf(server_), {30s, 30s}).value());
        QVERIFY(connection_->command({"FLUSHALL"}));
        queue_ = test::openQueue(server_);
        QVERIFY(queue_);
        reader_.emplace(seal_, kKeys, test::kEpoch, 1h);
    }

    void aProposalArrivesAndItsJobIsDone() {
        const std::string receipt = takenBy(kConsumer);
        const auto proposal = proposalFor(receipt, 1);
        QCOMPARE(jobs::sendProposals(*connection_, seal_, kKeys, {&proposal, 1}).value(),
                 std::size_t{1});
        const auto batch = reader_->read(*connection_, test::kLong).value();
        QCOMPARE(batch.proposals.size(), std::size_t{1});
        QVERIFY(batch.proposals[0] == proposal);
        test::Administrator admin(server_);
        QCOMPARE(admin.pending(kKeys.jobs), std::int64_t{1});
        QVERIFY(reader_->finish(*connection_, batch, {{receipt}}));
        QCOMPARE(admin.pending(kKeys.jobs), std::int64_t{0});
        QCOMPARE(admin.number({"XLEN", kKeys.jobs}), std::int64_t{0});
        QCOMPARE(jobs::waitingProposals(*connection_, kKeys).value(), std::size_t{0});
        QVERIFY(reader_->read(*connection_, 1ms).value().entries.empty());
    }

    void forgeriesAreCounted() {
        const std::string receipt = takenBy(kConsumer);
        const auto proposal = proposalFor(receipt, 1);
        const jobs::MessageSeal other(test::kOtherSecret, "i");
        QVERIFY(jobs::sendProposals(*connection_, other, kKeys, {&proposal, 1}));
        QVERIFY(connection_->command({"XADD", kKeys.proposals, "*", "p", "nonsense"}));
        QVERIFY(connection_->command({"XADD", kKeys.proposals, "*", "q", "nonsense"}));
        // Sealed by somebody who knows the secret and speaks another language.
        const std::string odd = seal_.seal(jobs::MessageKind::proposal, "odd");
        QVERIFY(connection_->command({"XADD", kKeys.proposals, "*", "p", odd}));
        const auto batch = readAll();
        QVERIFY(batch.proposals.empty());
        QCOMPARE(batch.forged, std::size_t{4});
        QCOMPARE(jobs::waitingProposals(*connection_, kKeys).value(), std::size_t{0});
    }

    void whatWasSaidBeforeDoesNotCount() {
        const std::string receipt = takenBy(kConsumer);
        send(proposalFor(receipt, 5));
        QCOMPARE(readAll().proposals.size(), std::size_t{1});
        send(proposalFor(receipt, 5));
        send(proposalFor(receipt, 4));
        auto elsewhen = proposalFor(receipt, 6);
        elsewhen.epoch = test::kOtherEpoch;
        send(elsewhen);
        auto batch = readAll();
        QVERIFY(batch.proposals.empty());
        QCOMPARE(batch.replayed, std::size_t{3});
        send(proposalFor(receipt, 6));
        QCOMPARE(readAll().proposals.size(), std::size_t{1});
    }

    void onlyWhoHoldsTheJobMayPropose() {
        const std::string receipt = takenBy("remote:other:1");
        send(proposalFor(receipt, 1));
        send(proposalFor("0-1", 2));
        send(proposalFor("no receipt", 3));
        auto batch = readAll();
        QVERIFY(batch.proposals.empty());
        QCOMPARE(batch.leaseLost, std::size_t{3});
        // Until the lease is over.
        send(proposalFor(receipt, 1, "remote:other:1"));
        QCOMPARE(readAll().proposals.size(), std::size_t{1});
        jobs::ProposalReader strict(seal_, kKeys, test::kEpoch, 1ms);
        QTest::qWait(2);
        send(proposalFor(receipt, 2, "remote:other:1"));
        QCOMPARE(strict.read(*connection_, 1ms).value().leaseLost, std::size_t{1});
    }

    void whoBeginsSaysSoAndHasProposedNothing() {
        auto begun = proposalFor(takenBy(kConsumer), 1);
        begun.outcome = jobs::Begun{};
        send(begun);
        send(begun);
        const auto batch = readAll();
        QCOMPARE(batch.begun.size(), std::size_t{1});
        QVERIFY(batch.begun[0] == begun);
        QVERIFY(batch.proposals.empty());
        QCOMPARE(batch.replayed, std::size_t{1});
        QCOMPARE(jobs::waitingProposals(*connection_, kKeys).value(), std::size_t{0});
    }

    void whatIsTakenBackComesToNobodyElse() {
        QVERIFY(queue_->enqueue(test::sampleJobs(1, 3)));
        const auto own = consumer(kConsumer);
        QCOMPARE(test::taken(*own, 2).size(), std::size_t{2});
        const auto other = consumer("remote:other:1");
        QCOMPARE(test::taken(*other, 1).size(), std::size_t{1});
        const auto back = jobs::takeBackFrom(*connection_, kKeys, kConsumer).value();
        QCOMPARE(back.size(), std::size_t{2});
        QVERIFY(*back[0].order == test::sampleOrder(1));
        QVERIFY(*back[1].order == test::sampleOrder(2));
        test::Administrator admin(server_);
        QCOMPARE(admin.pending(kKeys.jobs), std::int64_t{1});
        QCOMPARE(admin.number({"XLEN", kKeys.jobs}), std::int64_t{1});
        QVERIFY(jobs::takeBackFrom(*connection_, kKeys, kConsumer).value().empty());
        QVERIFY(jobs::leaveGroup(*connection_, kKeys, kConsumer).value());
    }

    void leasesThatAreOverEndWithTheirJobs() {
        QVERIFY(queue_->enqueue(test::sampleJobs(1, 2)));
        const auto own = consumer(kConsumer, 1ms);
        QCOMPARE(test::taken(*own, 1).size(), std::size_t{1});
        QVERIFY(jobs::takeBackStalled(*connection_, kKeys, 1h).value().empty());
        QTest::qWait(2);
        // Remote workers leave that to the engine.
        const auto other = consumer("remote:other:1", 1ms);
        QCOMPARE(test::numbersOf(test::taken(*other, 2)), test::numbersFrom(2, 1));
        QVERIFY(connection_->command({"XADD", kKeys.jobs, "*", "no", "job"}));
        QVERIFY(test::taken(*other, 1, 1ms).empty());  // acknowledged, as it is none
        QTest::qWait(2);
        const auto back = jobs::takeBackStalled(*connection_, kKeys, 1ms).value();
        QCOMPARE(back.size(), std::size_t{2});
        test::Administrator admin(server_);
        QCOMPARE(admin.number({"XLEN", kKeys.jobs}), std::int64_t{0});
    }

    void aJobHandedOverIsNotTakenTwiceBeforeItsLeaseIsOver() {
        QVERIFY(queue_->enqueue(test::sampleJobs(1, 3)));
        const auto own = consumer(kConsumer);
        const auto jobs = test::taken(*own, 3);
        QCOMPARE(jobs.size(), std::size_t{3});
        own->handOver(jobs);
        QVERIFY(test::taken(*own, 3, 20ms).empty());
        test::Administrator admin(server_);
        QCOMPARE(admin.pending(kKeys.jobs), std::int64_t{3});
    }

    void whoLeavesTakesItsNameAlong() {
        const std::string receipt = takenBy(kConsumer);
        QVERIFY(!jobs::leaveGroup(*connection_, kKeys, kConsumer).value());
        QVERIFY(connection_->command({"XACK", kKeys.jobs, "workers", receipt}));
        QVERIFY(jobs::leaveGroup(*connection_, kKeys, kConsumer).value());
        test::Administrator admin(server_);
        QCOMPARE(admin({"XINFO", "CONSUMERS", kKeys.jobs, "workers"}).view().size(),
                 std::size_t{0});
        // Without a stream nobody holds anything.
        QVERIFY(connection_->command({"FLUSHALL"}));
        QVERIFY(jobs::takeBackFrom(*connection_, kKeys, kConsumer).value().empty());
        QVERIFY(jobs::takeBackStalled(*connection_, kKeys, 1h).value().empty());
    }

    void theRosterSaysWhoIsThere() {
        jobs::Heartbeat heartbeat{"a-1", "1.0", 3, 44, 55, test::kEpoch, 1};
        QVERIFY(jobs::beat(*connection_, seal_, kKeys, heartbeat));
        const jobs::MessageSeal other(test::kOtherSecret, "i");
        jobs::Heartbeat stranger = heartbeat;
        stranger.worker = "b-2";
        QVERIFY(jobs::beat(*connection_, other, kKeys, stranger));
        jobs::Heartbeat old = heartbeat;
        old.worker = "c-3";
        old.version = "0.9";
        QVERIFY(jobs::beat(*connection_, seal_, kKeys, old));
        // Somebody else's name on it.
        const std::string copied = kKeys.heartbeatOf("d-4");
        QVERIFY(connection_->command({"COPY", kKeys.heartbeatOf("a-1"), copied}));
        QVERIFY(connection_->command({"SADD", kKeys.workers, "d-4", "never-beat"}));

        const auto roster = jobs::readRoster(*connection_, seal_, kKeys, "1.0").value();
        QCOMPARE(roster.size(), std::size_t{4});
        QVERIFY(roster[0].state == jobs::WorkerState::ready);
        QVERIFY(roster[0].heartbeat == heartbeat);
        QVERIFY(roster[1].state == jobs::WorkerState::anotherSecret);
        QCOMPARE(roster[1].name, std::string("b-2"));
        QVERIFY(roster[2].state == jobs::WorkerState::anotherVersion);
        QCOMPARE(roster[2].heartbeat.version, std::string("0.9"));
        QVERIFY(roster[3].state == jobs::WorkerState::anotherVersion);
        test::Administrator admin(server_);
        QVERIFY(admin.number({"PTTL", kKeys.heartbeatOf("a-1")}) > 0);
        QCOMPARE(admin.number({"SISMEMBER", kKeys.workers, "never-beat"}), std::int64_t{0});

        jobs::signOff(*connection_, kKeys, "a-1");
        QCOMPARE(jobs::readRoster(*connection_, seal_, kKeys, "1.0").value().size(),
                 std::size_t{3});
    }

    void enginesAreFound() {
        QVERIFY(jobs::listEngines(*connection_).value().empty());
        for (const char* key : {"oee:b:engine", "oee:a:engine", "oee:a:market", "other"}) {
            QVERIFY(connection_->command({"SET", key, "x"}));
        }
        QVERIFY((jobs::listEngines(*connection_).value() == std::vector<std::string>{"a", "b"}));
    }
};

QTEST_GUILESS_MAIN(ProposalStreamTest)
#include "proposal_stream_test.moc"
