// The same work on many items: each once, and what follows in their order.

#include <atomic>
#include <vector>

#include <QTest>
#include <QThread>

#include "runtime/parallel.h"

using namespace oee;

class ParallelTest : public QObject {
    Q_OBJECT

  private slots:
    void eachItemIsWorkedOnOnce_data() { threads(); }
    void eachItemIsWorkedOnOnce();
    void whatFollowsIsInOrder_data() { threads(); }
    void whatFollowsIsInOrder();

  private:
    static void threads();
};

void ParallelTest::threads() {
    QTest::addColumn<unsigned>("threads");
    for (const unsigned count : {1U, 2U, 4U}) {
        QTest::addRow("%u", count) << count;
    }
}

void ParallelTest::eachItemIsWorkedOnOnce() {
    QFETCH(unsigned, threads);
    runtime::Parallel parallel(threads);
    for (const std::size_t count : {0U, 1U, 2U, 7U, 1000U}) {
        std::vector<int> worked(count);
        std::vector<std::atomic<bool>> isBusy(parallel.threads());
        std::atomic<bool> collided{false};
        parallel.forEach(count, [&](std::size_t item, std::size_t thread) {
            collided = collided || isBusy[thread].exchange(true);
            ++worked[item];
            isBusy[thread] = false;
        });
        QCOMPARE(worked, std::vector<int>(count, 1));
        QVERIFY(!collided);
    }
}

void ParallelTest::whatFollowsIsInOrder() {
    QFETCH(unsigned, threads);
    runtime::Parallel parallel(threads);
    const QThread* const caller = QThread::currentThread();
    for (int round = 0; round < 200; ++round) {
        const auto count = static_cast<std::size_t>(round % 20);
        std::vector<std::size_t> worked(count);
        std::vector<std::size_t> followed;
        parallel.forEachInOrder(
            count, [&](std::size_t item, std::size_t) { worked[item] = item + 1; },
            [&](std::size_t item) {
                // Its work is done, and seen here.
                QCOMPARE(worked[item], item + 1);
                QCOMPARE(QThread::currentThread(), caller);
                followed.push_back(item);
            });
        QCOMPARE(followed.size(), count);
        for (std::size_t item = 0; item < count; ++item) {
            QCOMPARE(followed[item], item);
        }
    }
}

QTEST_GUILESS_MAIN(ParallelTest)
#include "parallel_test.moc"
