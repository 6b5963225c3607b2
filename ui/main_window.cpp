#include "ui/main_window.h"

#include <utility>

#include <QCloseEvent>
#include <QDesktopServices>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenuBar>
#include <QScrollArea>
#include <QSettings>
#include <QSplitter>
#include <QTabWidget>
#include <QTimer>

#include "ui/compare_chart.h"
#include "ui/depth_chart.h"
#include "ui/format.h"
#include "ui/history_panel.h"
#include "ui/order_detail.h"
#include "ui/route_view.h"
#include "ui/sample_order.h"
#include "ui/smart_line.h"
#include "ui/status_strip.h"

namespace oee::ui {
namespace {

constexpr int kTicketWidth = 304;
// Without slots (a profile that opens them only for transactions) the status still ages.
constexpr std::chrono::seconds kStatusInterval{1};

const QString kGeometryKey = QStringLiteral("window/geometry");
const QString kSplitterKey = QStringLiteral("window/splitter");
const QString kThemeKey = QStringLiteral("window/theme");

ThemeChoice chosenTheme(const WindowOptions& options) {
    return options.settings != nullptr && options.settings->contains(kThemeKey)
               ? themeChoiceFrom(options.settings->value(kThemeKey).toString())
               : options.theme;
}

bool says(const TicketForm& form, const SmartOrder& order) {
    return form.side == order.side && form.base == order.base && form.quote == order.quote &&
           form.mode == order.mode && form.amountText == order.amountText;
}

}  // namespace

MainWindow::MainWindow(runtime::Engine& engine, WindowOptions options, QWidget* parent)
    : QMainWindow(parent),
      engine_(engine),
      options_(std::move(options)),
      theme_(chosenTheme(options_)),
      tokens_(engine),
      feed_(engine, kUpdateInterval),
      slotFeed_(kUpdateInterval),
      wallet_(engine.wallet()) {
    setObjectName(QStringLiteral("mainWindow"));
    if (options_.databasePath.isEmpty()) {
        options_.databasePath = engine.status().databasePath;
    }
    theme_.applyTo(*this);
    buildWorkspace();
    buildMenus();
    connectParts();
    connectEngine();
    refreshSample();
    refreshStatus();
    ticket_->flushPreview();
    restore();
    history_->loadHistory();
    ticket_->focusSmartLine();
}

MainWindow::~MainWindow() = default;

void MainWindow::buildWorkspace() {
    ticket_ = new Ticket({engine_, tokens_, theme_});
    auto* ticketArea = new QScrollArea(this);
    ticketArea->setObjectName(QStringLiteral("ticketArea"));
    ticketArea->setWidget(ticket_);
    ticketArea->setWidgetResizable(true);
    ticketArea->setFrameShape(QFrame::NoFrame);
    ticketArea->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    ticketArea->setFixedWidth(kTicketWidth);
    ticketArea->setFocusPolicy(Qt::NoFocus);

    views_ = new QTabWidget(this);
    views_->setObjectName(QStringLiteral("viewTabs"));
    compare_ = new CompareChart(tokens_, theme_);
    depth_ = new DepthChart(tokens_, theme_);
    route_ = new RouteView(tokens_, theme_);
    detail_ = new OrderDetail({engine_, tokens_, theme_});
    views_->addTab(compare_, tr("&Compare"));
    views_->addTab(depth_, tr("&Depth"));
    views_->addTab(route_, tr("Ro&ute"));
    views_->addTab(detail_, tr("O&rder"));
    history_ = new HistoryPanel({engine_, tokens_, theme_});

    splitter_ = new QSplitter(Qt::Vertical, this);
    splitter_->setChildrenCollapsible(false);
    splitter_->setHandleWidth(8);
    splitter_->addWidget(views_);
    splitter_->addWidget(history_);
    splitter_->setStretchFactor(0, 0);
    splitter_->setStretchFactor(1, 1);
    splitter_->setSizes({300, 420});

    auto* workspace = new QWidget(this);
    auto* layout = new QHBoxLayout(workspace);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->setSpacing(8);
    layout->addWidget(ticketArea);
    layout->addWidget(splitter_, 1);
    setCentralWidget(workspace);

    status_ = new StatusStrip(tokens_, theme_, options_.pageUrl, this);
    setStatusBar(status_);
    badge_ = new QLabel(this);
    badge_->setObjectName(QStringLiteral("marketBadge"));
    badge_->setAccessibleName(tr("Market"));
    badge_->setProperty("figures", true);
    menuBar()->setCornerWidget(badge_, Qt::TopRightCorner);
    setMinimumSize(960, 560);
    resize(1280, 800);
    applyTheme();
}

void MainWindow::connectParts() {
    connect(&theme_, &Theme::changed, this, &MainWindow::applyTheme);
    connect(ticket_, &Ticket::quoteChanged, compare_, &CompareChart::show);
    connect(ticket_, &Ticket::quoteChanged, route_, &RouteView::show);
    connect(ticket_, &Ticket::quoteChanged, this, &MainWindow::refreshSample);
    connect(ticket_, &Ticket::pairChanged, this, [this] {
        refreshDepth();
        status_->setBalances(wallet_, ticket_->pair());
    });
    connect(ticket_, &Ticket::orderLinkActivated, this, &MainWindow::openOrder);
    connect(history_, &HistoryPanel::orderOpened, this, &MainWindow::openOrder);
    connect(history_, &HistoryPanel::samplePressed, this, &MainWindow::onSamplePressed);
    connect(views_, &QTabWidget::currentChanged, this, &MainWindow::refreshDepth);
    connect(status_, &StatusStrip::pageWanted, this, &MainWindow::openUrl);
}

void MainWindow::connectEngine() {
    connect(&feed_, &UpdateFeed::batch, this, &MainWindow::onBatch);
    connect(&engine_, &runtime::Engine::slotPublished, &slotFeed_, &Coalescer::request,
            Qt::QueuedConnection);
    connect(&slotFeed_, &Coalescer::due, this, &MainWindow::onSlot);
    connect(&engine_, &runtime::Engine::notice, history_, &HistoryPanel::addNotice,
            Qt::QueuedConnection);
    for (const std::string& remark : engine_.status().remarks) {
        history_->addNotice(QString::fromStdString(remark));
    }
    statusTimer_ = new QTimer(this);
    connect(statusTimer_, &QTimer::timeout, this, &MainWindow::refreshStatus);
    statusTimer_->start(kStatusInterval);
}

void MainWindow::flush() {
    feed_.flush();
    slotFeed_.flush();
    ticket_->flushPreview();
}

void MainWindow::onBatch(const Batch& batch) {
    history_->take(batch);
    detail_->take(batch);
    ticket_->follow(batch.orders);
    if (batch.wallet) {
        wallet_ = batch.wallet;
        ticket_->setWallet(wallet_);
    }
    refreshStatus();
}

void MainWindow::onSlot() {
    refreshStatus();
    if (isMinimized()) {
        return;  // nobody looks; the next slot will do
    }
    ticket_->refreshPreview();
    refreshDepth();
}

void MainWindow::refreshStatus() {
    const runtime::EngineStatus status = engine_.status();
    status_->setStatus(status);
    status_->setBalances(wallet_, ticket_->pair());
    badge_->setText(marketBadge(status));
    badge_->setToolTip(fromStd(status.marketDescription) + tr("\nNo real funds move."));
}

void MainWindow::refreshDepth() {
    if (views_->currentWidget() != depth_) {
        return;
    }
    const Pair pair = ticket_->pair();
    const auto book = engine_.orderBook(domain::toBase58(pair.base), domain::toBase58(pair.quote));
    if (book) {
        depth_->show(*book);
    } else {
        depth_->showNothing(wordsOf(book.error()));
    }
}

// --- the sample order

void MainWindow::refreshSample() {
    if (sample_.isEmpty() && wallet_) {
        sample_ = sampleSentence(tokens_, *wallet_).value_or(QString());
        history_->setSample(sample_);
    }
    const auto order = parseSmartLine(sample_, tokens_);
    history_->setSampleArmed(order && says(ticket_->form(), *order));
}

void MainWindow::onSamplePressed() {
    const auto order = parseSmartLine(sample_, tokens_);
    if (!order) {
        return;
    }
    if (says(ticket_->form(), *order)) {
        ticket_->submit();
        return;
    }
    ticket_->fill(*order);
    ticket_->flushPreview();
    views_->setCurrentWidget(compare_);
}

void MainWindow::openOrder(const domain::OrderId& orderId) {
    detail_->open(orderId);
    views_->setCurrentWidget(detail_);
}

void MainWindow::openUrl(const QUrl& url) const {
    if (options_.openUrl) {
        options_.openUrl(url);
    } else {
        QDesktopServices::openUrl(url);
    }
}

// --- looks and what is kept

void MainWindow::applyTheme() {
    theme_.applyTo(*this);
    ticket_->applyTheme();
    compare_->applyTheme();
    depth_->applyTheme();
    route_->applyTheme();
    detail_->applyTheme();
    history_->applyTheme();
    status_->applyTheme();
}

void MainWindow::restore() {
    if (options_.settings == nullptr) {
        return;
    }
    restoreGeometry(options_.settings->value(kGeometryKey).toByteArray());
    splitter_->restoreState(options_.settings->value(kSplitterKey).toByteArray());
}

void MainWindow::save() const {
    if (options_.settings == nullptr) {
        return;
    }
    options_.settings->setValue(kGeometryKey, saveGeometry());
    options_.settings->setValue(kSplitterKey, splitter_->saveState());
    options_.settings->setValue(kThemeKey, nameOf(theme_.choice()));
}

void MainWindow::closeEvent(QCloseEvent* event) {
    save();
    QMainWindow::closeEvent(event);
}

void MainWindow::changeEvent(QEvent* event) {
    if (event->type() == QEvent::ApplicationPaletteChange) {
        theme_.systemPaletteChanged();
    }
    QMainWindow::changeEvent(event);
}

}  // namespace oee::ui
