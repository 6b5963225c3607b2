#include "base/crash_points.h"

#include <QTest>

#include <csignal>
#include <set>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace oee::base;

namespace {

// The signal that ended a child which reaches `point` so many times; 0 where it lived.
int endOf(const CrashPoints& points, CrashPoint point, int times) {
    const pid_t child = ::fork();
    if (child == 0) {
        for (int i = 0; i < times; ++i) {
            points.reach(point);
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

class CrashPointsTest : public QObject {
    Q_OBJECT

  private slots:
    void everyPlaceHasItsOwnName() {
        std::set<std::string_view> names;
        for (std::size_t i = 0; i < kCrashPoints.size(); ++i) {
            QCOMPARE(static_cast<std::size_t>(kCrashPoints[i].point), i);
            QVERIFY(kCrashPoints[i].name.find('.') != std::string_view::npos);
            names.insert(kCrashPoints[i].name);
        }
        QCOMPARE(names.size(), kCrashPointCount);
        QCOMPARE(kCrashPoints.back().point, CrashPoint::remoteAfterPropose);
        QVERIFY(kCrashPointCount >= 40);
    }

    void onlyNamesWithCountsAreRead() {
        for (const NamedCrashPoint& known : kCrashPoints) {
            QVERIFY(CrashPoints::parse(std::string(known.name) + ":1").has_value());
        }
        for (const char* text :
             {"", ":", ":1", "store.afterCommit", "store.afterCommit:", "store.afterCommit:0",
              "store.afterCommit:-1", "store.afterCommit:1x",
              "store.afterCommit:1:", "store.afterCommit:1:x", "store.afterCommit::1",
              "store.afterCommit:1:1:1", "store.afterCommit:1:60001", "store.aftercommit:1",
              "nowhere:1", "store.afterCommit:99999999999999999999"}) {
            QVERIFY2(!CrashPoints::parse(text).has_value(), text);
        }
    }

    void nothingEndsWithoutBeingTold() {
        for (const NamedCrashPoint& known : kCrashPoints) {
            CrashPoints().reach(known.point);
        }
        const CrashPoints points(CrashPoint::storeAfterCommit, 1);
        QCOMPARE(endOf(points, CrashPoint::storeBeforeCommit, 9), 0);
    }

    void theCountIsKept() {
        const auto points = CrashPoints::parse("store.afterCommit:3");
        QCOMPARE(endOf(*points, CrashPoint::storeAfterCommit, 2), 0);
        QCOMPARE(endOf(*points, CrashPoint::storeAfterCommit, 3), SIGKILL);
        const auto paused = CrashPoints::parse("store.afterCommit:2:5");
        QCOMPARE(endOf(*paused, CrashPoint::storeAfterCommit, 1), 0);
        QCOMPARE(endOf(*paused, CrashPoint::storeAfterCommit, 2), SIGKILL);
    }

    // One count for all who were given it.
    void copiesCountTogether() {
        const std::vector<CrashPoints> copies(2, CrashPoints(CrashPoint::chainAfterStep, 3));
        copies[0].reach(CrashPoint::chainAfterStep);
        copies[1].reach(CrashPoint::chainAfterStep);
        QCOMPARE(endOf(copies[0], CrashPoint::chainAfterStep, 1), SIGKILL);
    }
};

QTEST_APPLESS_MAIN(CrashPointsTest)
#include "crash_points_test.moc"
