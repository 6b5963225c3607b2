#pragma once
// A window on a fake engine, and hands to use it with.

#include <memory>

#include <QAbstractButton>
#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QList>
#include <QPushButton>
#include <QTableView>
#include <QTest>
#include <QUrl>

#include "support/fake_engine.h"
#include "ui/history_panel.h"
#include "ui/main_window.h"

namespace oee::ui {

// Not a test itself: its slots init() and cleanup() surround each test of those that derive from
// it.
class WindowFixture : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        opened_.clear();
        engine_ = std::make_unique<test::FakeEngine>();
        WindowOptions options;
        options.pageUrl = QUrl(QStringLiteral("http://localhost:8000"));
        options.dataFolder = QStringLiteral("/data/of/the/engine");
        options.theme = ThemeChoice::dark;
        options.openUrl = [this](const QUrl& url) { opened_ << url; };
        window_ = std::make_unique<MainWindow>(*engine_, options);
        window_->show();
        QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    }
    void cleanup() {
        window_.reset();
        engine_.reset();
    }

  protected:
    template <typename T>
    T* child(const char* name) const {
        T* found = window_->findChild<T*>(QLatin1String(name));
        if (found == nullptr) {
            qFatal("no %s", name);
        }
        return found;
    }
    QString label(const char* name) const { return child<QLabel>(name)->text(); }
    int rows(const char* table) const { return child<QTableView>(table)->model()->rowCount(); }
    void type(const char* field, const QString& text) {
        child<QLineEdit>(field)->clear();
        QTest::keyClicks(child<QLineEdit>(field), text);
    }
    void choose(const char* box, const QString& text) {
        child<QComboBox>(box)->setCurrentText(text);
        QCOMPARE(child<QComboBox>(box)->currentText(), text);
    }
    void press(const char* button) {
        QTest::mouseClick(child<QAbstractButton>(button), Qt::LeftButton);
    }
    void trigger(const char* action) { child<QAction>(action)->trigger(); }
    void preview() { window_->flush(); }
    domain::OrderId placeOne(const QString& sentence = QStringLiteral("sell 2 SOL for USDC")) {
        type("smartLine", sentence);
        const int before = rows("ordersTable");
        press("ticketSubmit");
        if (!QTest::qWaitFor([&] { return rows("ordersTable") > before; })) {
            qFatal("no order came of it: %s", qPrintable(label("ticketError")));
        }
        const auto& orders = window_->findChild<HistoryPanel*>()->orders();
        return orders.at(orders.rowCount() - 1)->id;
    }

    std::unique_ptr<test::FakeEngine> engine_;
    std::unique_ptr<MainWindow> window_;
    QList<QUrl> opened_;
};

}  // namespace oee::ui
