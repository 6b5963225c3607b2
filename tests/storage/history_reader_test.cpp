#include "storage/history_reader.h"

#include <algorithm>
#include <future>
#include <map>
#include <optional>
#include <thread>

#include <QFile>
#include <QTest>

#include "storage/store_fixture.h"

using namespace oee;
using namespace oee::storage;
using namespace oee::storage::test;
using domain::OrderStatus;
using execution::StoreError;

namespace {

using Page = tl::expected<std::vector<domain::OrderPtr>, StoreError>;
using Detail = tl::expected<OrderRecord, StoreError>;
using Fills = tl::expected<std::vector<domain::Fill>, StoreError>;

struct Reading {
    explicit Reading(const StoreFixture& fixture) {
        auto opened = HistoryReader::open(fixture.path());
        if (!opened) {
            qFatal("no reader: %s", opened.error().detail.c_str());
        }
        reader = std::move(*opened);
    }
    Page orders(const OrderFilter& filter) {
        return waitFor<Page>([&](auto answer) { reader->orders(filter, std::move(answer)); });
    }
    Detail order(domain::OrderId id) {
        return waitFor<Detail>([&](auto answer) { reader->order(id, std::move(answer)); });
    }
    Fills fills(std::size_t limit) {
        return waitFor<Fills>([&](auto answer) { reader->fills(limit, std::move(answer)); });
    }

    std::unique_ptr<HistoryReader> reader;
};

}  // namespace

class HistoryReaderTest : public QObject {
    Q_OBJECT

  private slots:
    void pagesGoFromNewestToOldest();
    void pagesStandStillWhileOrdersComeIn();
    void statusIsFiltered();
    void pagesOfOneStatusFollowEachOther();
    void anOrderComesWithItsEventsAndFills();
    void fillsComeNewestFirst();
    void everyValueSurvives();
    void theLogIsNotPinned();
    void aBrokenRowIsAnErrorOfItsQueryOnly();
    void closingAnswersWhatWaits();
    void filesWithoutHistoryAreRefused();
};

void HistoryReaderTest::pagesGoFromNewestToOldest() {
    StoreFixture fixture;
    fixture.open();
    std::vector<domain::OrderId> expected;
    for (int i = 0; i < 25; ++i) {
        expected.insert(expected.begin(), fixture.admitted()->id);
    }
    Reading reading(fixture);
    std::vector<domain::OrderId> seen;
    OrderFilter filter;
    filter.limit = 10;
    std::vector<std::size_t> sizes;
    do {
        const Page page = reading.orders(filter);
        QVERIFY(page.has_value());
        sizes.push_back(page->size());
        for (const domain::OrderPtr& order : *page) {
            seen.push_back(order->id);
        }
        filter.before = seen.back();
    } while (sizes.back() > 0);
    QVERIFY(sizes == (std::vector<std::size_t>{10, 10, 5, 0}));
    QVERIFY(seen == expected);
    filter = {};
    filter.limit = 0;
    QCOMPARE(reading.orders(filter)->size(), std::size_t{0});
    filter.limit = SIZE_MAX;
    QCOMPARE(reading.orders(filter)->size(), std::size_t{25});
}

void HistoryReaderTest::pagesStandStillWhileOrdersComeIn() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr old = fixture.admitted();
    const domain::OrderPtr middle = fixture.admitted();
    Reading reading(fixture);
    OrderFilter filter;
    filter.before = middle->id;
    fixture.admitted();
    const Page page = reading.orders(filter);
    QCOMPARE(page->size(), std::size_t{1});
    QVERIFY(*page->front() == *old);
}

void HistoryReaderTest::statusIsFiltered() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr pending = fixture.admitted();
    const domain::OrderPtr cancelled = *fixture.cancel(fixture.admitted()->id);
    const domain::OrderPtr sent = fixture.submitted();
    Reading reading(fixture);
    const std::map<OrderStatus, domain::OrderPtr> expected{{OrderStatus::pending, pending},
                                                           {OrderStatus::cancelled, cancelled},
                                                           {OrderStatus::submitted, sent}};
    for (const OrderStatus status : domain::kOrderStatuses) {
        OrderFilter filter;
        filter.status = status;
        const Page page = reading.orders(filter);
        const auto found = expected.find(status);
        QCOMPARE(page->size(), found == expected.end() ? std::size_t{0} : std::size_t{1});
        if (found != expected.end()) {
            QVERIFY(*page->front() == *found->second);
        }
    }
}

void HistoryReaderTest::pagesOfOneStatusFollowEachOther() {
    StoreFixture fixture;
    fixture.open();
    std::map<OrderStatus, std::vector<domain::OrderPtr>> expected;  // newest first
    for (int i = 0; i < 5; ++i) {
        const auto put = [&](const domain::OrderPtr& order) {
            expected[order->status].insert(expected[order->status].begin(), order);
        };
        put(fixture.admitted());
        put(*fixture.cancel(fixture.admitted()->id));
        put(fixture.submitted());
    }
    Reading reading(fixture);
    for (const auto& [status, orders] : expected) {
        OrderFilter filter;
        filter.status = status;
        filter.limit = 2;
        for (std::size_t first = 0; first <= orders.size(); first += 2) {
            const Page page = reading.orders(filter);
            QCOMPARE(page->size(), std::min<std::size_t>(2, orders.size() - first));
            for (std::size_t i = 0; i < page->size(); ++i) {
                QVERIFY(*page->at(i) == *orders[first + i]);
                filter.before = page->at(i)->id;
            }
        }
        QVERIFY(reading.orders(filter)->empty());
    }
}

void HistoryReaderTest::anOrderComesWithItsEventsAndFills() {
    StoreFixture fixture;
    fixture.open();
    fixture.admitted();
    const domain::OrderPtr order = fixture.submitted(2 * kSol);
    chain::TransactionOutcome outcome = StoreFixture::landed(*order, 300 * kUsdc);
    auto& landed = std::get<chain::Landed>(outcome.result);
    landed.fills.push_back(landed.fills[0]);
    landed.fills[1].leg = 1;
    QVERIFY(fixture.commitSlot(fixture.slotWith({outcome})));
    Reading reading(fixture);
    const Detail detail = reading.order(order->id);
    QVERIFY(detail.has_value());
    QVERIFY(*detail->order == *fixture.watcher.events().back()->order);
    std::vector<std::shared_ptr<const domain::OrderEvent>> told;
    for (const auto& event : fixture.watcher.events()) {
        if (event->order->id == order->id) {
            told.push_back(event);
        }
    }
    QCOMPARE(detail->events.size(), told.size());
    for (std::size_t i = 0; i < told.size(); ++i) {
        QCOMPARE(detail->events[i].sequence, told[i]->sequence);
        QCOMPARE(detail->events[i].status, told[i]->status);
        QCOMPARE(detail->events[i].slot, told[i]->slot);
        QCOMPARE(detail->events[i].atMicros, told[i]->atMicros);
        QCOMPARE(detail->events[i].detail, told[i]->detail);
        QVERIFY(detail->events[i].order == detail->order);
    }
    QVERIFY(detail->fills == fixture.watcher.fills());
    QCOMPARE(reading.order({1, 1}).error(), StoreError::notFound);
}

void HistoryReaderTest::fillsComeNewestFirst() {
    StoreFixture fixture;
    fixture.open();
    for (int i = 0; i < 5; ++i) {
        const domain::OrderPtr order = fixture.submitted();
        QVERIFY(fixture.commitSlot(fixture.slotWith({StoreFixture::landed(*order, kUsdc)})));
    }
    std::vector<domain::Fill> expected = fixture.watcher.fills();
    std::reverse(expected.begin(), expected.end());
    Reading reading(fixture);
    QVERIFY(*reading.fills(100) == expected);
    expected.resize(2);
    QVERIFY(*reading.fills(2) == expected);
}

void HistoryReaderTest::everyValueSurvives() {
    StoreFixture fixture;
    fixture.open();
    execution::OrderDraft draft = draftOf(UINT64_MAX, "key");
    draft.inputMint = kBonk;
    draft.side = domain::Side::buy;
    draft.slippageBps = 10'000;
    draft.createdSlot = UINT64_MAX;
    const domain::OrderPtr handed = *fixture.handOut(fixture.admit(draft)->order->id);
    const domain::OrderPtr sent = *fixture.submit({fixture.transactionFor(*handed), UINT64_MAX});
    Reading reading(fixture);
    QVERIFY(*reading.order(sent->id)->order == *sent);
    QCOMPARE(reading.order(sent->id)->events.back().slot, std::uint64_t{UINT64_MAX});
    const auto reverted = StoreFixture::reverted(*sent, amm::SwapError::slippageExceeded);
    QVERIFY(fixture.commitSlot(fixture.slotWith({reverted})));
    QVERIFY(*reading.order(sent->id)->order == *fixture.watcher.events().back()->order);
    // The program has a number for it, or not.
    const domain::OrderPtr other = fixture.submitted();
    QVERIFY(fixture.commitSlot(
        fixture.slotWith({StoreFixture::reverted(*other, amm::SwapError::mathOverflow)})));
    QVERIFY(*reading.order(other->id)->order == *fixture.watcher.events().back()->order);
}

void HistoryReaderTest::theLogIsNotPinned() {
    StoreFixture fixture;
    fixture.open();
    fixture.admitted();
    Reading reading(fixture);
    QVERIFY(reading.orders({}).has_value());
    QVERIFY(reading.order({1, 1}).error() == StoreError::notFound);
    OrderFilter one;
    one.limit = 1;
    QVERIFY(reading.orders(one).has_value());
    fixture.admitted();
    // busy, frames in the log, frames moved: a reader that stands on an old state would keep some.
    QCOMPARE(fixture.rows("PRAGMA wal_checkpoint(TRUNCATE)"), QStringList{"0|0|0"});
    QCOMPARE(reading.orders({})->size(), std::size_t{2});
}

void HistoryReaderTest::aBrokenRowIsAnErrorOfItsQueryOnly() {
    StoreFixture fixture;
    fixture.open();
    const domain::OrderPtr good = fixture.admitted();
    const domain::OrderPtr broken = fixture.admitted();
    Reading reading(fixture);
    QVERIFY(fixture.change("UPDATE order_rows SET amount_in_raw = '12' WHERE id = '" +
                           QString::fromStdString(domain::toString(broken->id)) + "'"));
    QCOMPARE(reading.orders({}).error(), StoreError::unavailable);
    QCOMPARE(reading.order(broken->id).error(), StoreError::unavailable);
    QVERIFY(*reading.order(good->id)->order == *good);
}

void HistoryReaderTest::closingAnswersWhatWaits() {
    StoreFixture fixture;
    fixture.open();
    fixture.admitted();
    auto reader = std::move(Reading(fixture).reader);
    HistoryReader* asked = reader.get();  // `reader` is being destroyed while it is asked
    std::promise<void> begun;
    std::promise<void> goOn;
    std::promise<Page> late;
    asked->orders({}, [&](const Page&) {
        begun.set_value();
        goOn.get_future().wait();
        auto answer = std::make_shared<std::optional<Page>>();
        while (!*answer || (*answer)->error() == StoreError::unavailable) {
            asked->orders({}, [answer](Page page) { *answer = std::move(page); });
            std::this_thread::yield();
        }
        late.set_value(**answer);
    });
    std::promise<Page> waiting;
    asked->orders({}, [&](Page page) { waiting.set_value(std::move(page)); });
    begun.get_future().wait();
    std::thread helper([&] { goOn.set_value(); });
    reader.reset();
    helper.join();
    QCOMPARE(late.get_future().get().error(), StoreError::closed);
    QCOMPARE(waiting.get_future().get().error(), StoreError::closed);
}

void HistoryReaderTest::filesWithoutHistoryAreRefused() {
    StoreFixture fixture;
    auto refused = HistoryReader::open(fixture.path());
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().error, OpenError::cannotOpen);
    QVERIFY(!QFile::exists(fixture.path()));
    QVERIFY(fixture.change("CREATE TABLE photographs (name TEXT)"));
    refused = HistoryReader::open(fixture.path());
    QVERIFY(!refused.has_value());
    QCOMPARE(refused.error().error, OpenError::foreignDatabase);
}

QTEST_GUILESS_MAIN(HistoryReaderTest)
#include "history_reader_test.moc"
