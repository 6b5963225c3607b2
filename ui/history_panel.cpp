#include "ui/history_panel.h"

#include <QClipboard>
#include <QDateTime>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QSaveFile>
#include <QShortcut>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "execution/explain.h"
#include "ui/csv.h"
#include "ui/data_table.h"
#include "ui/format.h"
#include "ui/order_words.h"
#include "ui/sample_order.h"

namespace oee::ui {
namespace {

constexpr std::size_t kPageSize = 1'000;  // the most that one question may ask for
constexpr int kPages = static_cast<int>(kRowBound / kPageSize);

bool isCancellable(const domain::Order& order) {
    return domain::isLegalTransition(order.status, domain::OrderStatus::cancelled);
}

}  // namespace

HistoryPanel::HistoryPanel(const Parts& parts, QWidget* parent)
    : QWidget(parent),
      engine_(parts.engine),
      tokens_(parts.tokens),
      theme_(parts.theme),
      orders_(parts.tokens),
      fills_(parts.tokens),
      log_(parts.tokens),
      wallet_(parts.tokens),
      tabs_(new QTabWidget(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(tabs_);
    tabs_->setObjectName(QStringLiteral("historyTabs"));
    tabs_->setCornerWidget(makeCorner());
    addTabs();
    connect(tabs_, &QTabWidget::currentChanged, this,
            [this] { currentTable()->proxy().setFilterText(filter_->text()); });
    setWallet(engine_.wallet());
}

void HistoryPanel::addTabs() {
    DataTable* orders =
        addTable(orders_, tr("&Orders"), QStringLiteral("ordersTable"), tr("Orders"));
    DataTable* fills = addTable(fills_, tr("F&ills"), QStringLiteral("fillsTable"), tr("Fills"));
    DataTable* log = addTable(log_, tr("Lo&g"), QStringLiteral("logView"), tr("Execution log"));
    DataTable* wallet =
        addTable(wallet_, tr("Bala&nces"), QStringLiteral("walletTable"), tr("Balances"));
    wallet->sortByColumn(WalletModel::token, Qt::AscendingOrder);
    connect(orders, &DataTable::opened, this,
            [this](int row) { emit orderOpened(orders_.at(row)->id); });
    connect(orders, &DataTable::menuWanted, this, &HistoryPanel::showOrderMenu);
    connect(fills, &DataTable::opened, this,
            [this](int row) { emit orderOpened(fills_.at(row).orderId); });
    connect(log, &DataTable::opened, this, [this](int row) {
        if (const auto& orderId = log_.at(row).orderId) {
            emit orderOpened(*orderId);
        }
    });
    addSampleOffer(*orders, tr("No orders yet."));
    addSampleOffer(*fills, tr("No fills yet: a confirmed order makes one."));
    auto* quiet = new QLabel(tr("Nothing has happened since the window was opened."));
    quiet->setProperty("role", "secondary");
    log->setEmptyWidget(quiet);
}

DataTable* HistoryPanel::addTable(TableBase& model, const QString& title, const QString& objectName,
                                  const QString& accessibleName) {
    auto* table = new DataTable(model, theme_, tabs_);
    table->setObjectName(objectName);
    table->setAccessibleName(accessibleName);
    tabs_->addTab(table, title);
    return table;
}

QWidget* HistoryPanel::makeCorner() {
    auto* corner = new QWidget(tabs_);
    auto* layout = new QHBoxLayout(corner);
    layout->setContentsMargins(0, 2, 8, 2);
    layout->setSpacing(8);
    filter_ = new QLineEdit(corner);
    filter_->setObjectName(QStringLiteral("filterLine"));
    filter_->setPlaceholderText(tr("Filter"));
    filter_->setToolTip(tr("Rows that hold all of these words (Ctrl+F; Escape clears)"));
    filter_->setAccessibleName(tr("Filter the table"));
    filter_->setFixedWidth(180);
    csv_ = new QToolButton(corner);
    csv_->setObjectName(QStringLiteral("exportCsv"));
    csv_->setText(QStringLiteral("\u2913 CSV"));
    csv_->setToolTip(tr("Save the rows shown, with exact amounts"));
    csv_->setAccessibleName(tr("Export CSV"));
    csv_->setFocusPolicy(Qt::StrongFocus);
    layout->addWidget(filter_);
    layout->addWidget(csv_);
    connect(filter_, &QLineEdit::textChanged, this,
            [this](const QString& text) { currentTable()->proxy().setFilterText(text); });
    auto* clear = new QShortcut(QKeySequence(Qt::Key_Escape), filter_);
    clear->setContext(Qt::WidgetShortcut);
    connect(clear, &QShortcut::activated, filter_, &QLineEdit::clear);
    connect(csv_, &QToolButton::clicked, this, &HistoryPanel::exportCsv);
    return corner;
}

void HistoryPanel::addSampleOffer(DataTable& table, const QString& missing) {
    auto* offer = new SampleOffer(missing);
    connect(offer, &SampleOffer::pressed, this, &HistoryPanel::samplePressed);
    table.setEmptyWidget(offer);
    offers_.push_back(offer);
}

void HistoryPanel::setSample(const QString& sentence) {
    for (SampleOffer* offer : offers_) {
        offer->setSentence(sentence);
    }
}

void HistoryPanel::setSampleArmed(bool armed) {
    for (SampleOffer* offer : offers_) {
        offer->setArmed(armed);
    }
}

DataTable* HistoryPanel::currentTable() const {
    return static_cast<DataTable*>(tabs_->currentWidget());
}

void HistoryPanel::showBalances() {
    tabs_->setCurrentIndex(tabs_->count() - 1);
}

void HistoryPanel::focusFilter() {
    filter_->setFocus(Qt::ShortcutFocusReason);
    filter_->selectAll();
}

// --- rows

void HistoryPanel::loadHistory() {
    loadOrders(std::nullopt, kPages);
    loadFills();
}

void HistoryPanel::loadOrders(std::optional<domain::OrderId> before, int pagesLeft) {
    runtime::OrderQuery query;
    query.before = before;
    query.limit = kPageSize;
    engine_.orders(query, this, [this, pagesLeft](const auto& answer) {
        if (!answer) {
            addNotice(tr("Stored orders could not be read. %1")
                          .arg(fromStd(execution::explain(answer.error()))));
            return;
        }
        orders_.merge(*answer);
        if (answer->size() == kPageSize && pagesLeft > 1) {
            loadOrders(answer->back()->id, pagesLeft - 1);
        }
    });
}

void HistoryPanel::loadFills() {
    engine_.fills(kPageSize, this, [this](const auto& answer) {
        if (!answer) {
            addNotice(tr("Stored fills could not be read. %1")
                          .arg(fromStd(execution::explain(answer.error()))));
            return;
        }
        fills_.merge(*answer);
    });
}

void HistoryPanel::take(const Batch& batch) {
    orders_.merge(batch.orders);
    fills_.merge(batch.fills);
    std::vector<LogLine> lines;
    lines.reserve(batch.events.size());
    for (const runtime::OrderEventPtr& event : batch.events) {
        lines.push_back(log_.lineOf(*event));
    }
    log_.merge(std::move(lines));
    setWallet(batch.wallet);
}

void HistoryPanel::addNotice(const QString& text) {
    log_.addNotice(text, QDateTime::currentMSecsSinceEpoch() * 1000);
}

// --- actions

void HistoryPanel::showOrderMenu(int row, const QPoint& position) {
    const domain::OrderPtr order = orders_.at(row);
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("orderMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("Show execution path"), this,
                    [this, id = order->id] { emit orderOpened(id); });
    menu->addAction(tr("Copy row"), this, [this] { currentTable()->copySelection(); });
    menu->addAction(tr("Copy order id"), this,
                    [id = orderIdText(order->id)] { QGuiApplication::clipboard()->setText(id); });
    menu->addSeparator();
    QAction* cancel =
        menu->addAction(tr("Cancel order"), this, [this, id = order->id] { cancelOrder(id); });
    cancel->setObjectName(QStringLiteral("cancelOrder"));
    cancel->setEnabled(isCancellable(*order));
    cancel->setToolTip(tr("Possible until the order is submitted"));
    menu->popup(position);
}

void HistoryPanel::cancelOrder(domain::OrderId orderId) {
    engine_.cancel(orderId, this, [this, orderId](const auto& answer) {
        if (!answer) {
            addNotice(tr("Order %1 was not cancelled. %2")
                          .arg(shortOrderId(orderId), fromStd(execution::explain(answer.error()))));
        }
    });
}

QString HistoryPanel::suggestedFileName() const {
    QString name = tabs_->tabText(tabs_->currentIndex()).remove(u'&').toLower();
    return name + u'-' +
           QDateTime::currentDateTime().toString(QStringLiteral("yyyy-MM-dd-HHmmss")) +
           QStringLiteral(".csv");
}

void HistoryPanel::exportCsv() {
    auto* dialog = new QFileDialog(this, tr("Save the rows shown as CSV"));
    dialog->setObjectName(QStringLiteral("csvDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilter(tr("CSV files (*.csv)"));
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    dialog->selectFile(suggestedFileName());
    connect(dialog, &QFileDialog::fileSelected, this, &HistoryPanel::exportTo);
    dialog->open();
}

bool HistoryPanel::exportTo(const QString& path) {
    QSaveFile file(path);
    const QByteArray csv = toCsv(currentTable()->proxy());
    if (!file.open(QIODevice::WriteOnly) || file.write(csv) != csv.size() || !file.commit()) {
        addNotice(tr("%1 could not be written: %2").arg(path, file.errorString()));
        return false;
    }
    return true;
}

void HistoryPanel::applyTheme() {
    for (int tab = 0; tab < tabs_->count(); ++tab) {
        static_cast<DataTable*>(tabs_->widget(tab))->viewport()->update();
    }
}

}  // namespace oee::ui
