#pragma once

#include <functional>

#include <QMainWindow>
#include <QString>
#include <QUrl>

#include "runtime/engine.h"
#include "ui/coalescer.h"
#include "ui/theme.h"
#include "ui/ticket.h"
#include "ui/token_book.h"
#include "ui/update_feed.h"

class QAction;
class QLabel;
class QSettings;
class QSplitter;
class QTabWidget;

namespace oee::ui {

class CompareChart;
class DepthChart;
class HistoryPanel;
class OrderDetail;
class RouteView;
class StatusStrip;

struct WindowOptions {
    QUrl pageUrl;                             // of the browser page; invalid: none is served
    QString dataFolder;                       // opened from the menu
    QString databasePath;                     // empty: what the engine's status says
    ThemeChoice theme = ThemeChoice::system;  // where the settings say nothing
    QSettings* settings = nullptr;            // must outlive the window; null: nothing is kept
    // Opens pages and folders; empty: the desktop does.
    std::function<void(const QUrl&)> openUrl;
};

// The workspace. Everything it shows comes from `engine`, which must outlive it.
class MainWindow : public QMainWindow {
    Q_OBJECT

  public:
    explicit MainWindow(runtime::Engine& engine, WindowOptions options = {},
                        QWidget* parent = nullptr);
    ~MainWindow() override;

    Theme& theme() { return theme_; }
    // Shows at once what slots and updates asked for.
    void flush();

  protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void buildWorkspace();
    void connectParts();
    void connectEngine();

    // main_window_menu.cpp
    void buildMenus();
    void buildFileMenu();
    void buildWalletMenu();
    void buildViewMenu();
    void buildHelpMenu();
    void addShortcuts();
    void askToResetWallet();
    void resetWallet();
    void showAbout();

    void restore();
    void save() const;
    void openUrl(const QUrl& url) const;
    void onBatch(const Batch& batch);
    void onSlot();
    void refreshStatus();
    void refreshDepth();
    void refreshSample();
    void onSamplePressed();
    void openOrder(const domain::OrderId& orderId);
    void applyTheme();

    runtime::Engine& engine_;
    WindowOptions options_;
    Theme theme_;
    TokenBook tokens_;
    UpdateFeed feed_;
    Coalescer slotFeed_;
    runtime::WalletPtr wallet_;
    QString sample_;

    Ticket* ticket_ = nullptr;
    CompareChart* compare_ = nullptr;
    DepthChart* depth_ = nullptr;
    RouteView* route_ = nullptr;
    OrderDetail* detail_ = nullptr;
    HistoryPanel* history_ = nullptr;
    StatusStrip* status_ = nullptr;
    QLabel* badge_ = nullptr;
    QTabWidget* views_ = nullptr;
    QSplitter* splitter_ = nullptr;
    QTimer* statusTimer_ = nullptr;
};

}  // namespace oee::ui
