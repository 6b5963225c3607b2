#pragma once

#include <QWidget>

#include "runtime/engine.h"
#include "ui/events_model.h"
#include "ui/fills_model.h"
#include "ui/orders_model.h"
#include "ui/theme.h"
#include "ui/token_book.h"
#include "ui/update_feed.h"
#include "ui/wallet_model.h"

class QLineEdit;
class QTabWidget;
class QToolButton;

namespace oee::ui {

class DataTable;
class SampleOffer;

// Orders, fills, log and balances, with a filter and CSV export. `engine`, `tokens` and `theme`
// must outlive it.
class HistoryPanel : public QWidget {
    Q_OBJECT

  public:
    struct Parts {
        runtime::Engine& engine;
        const TokenBook& tokens;
        const Theme& theme;
    };

    explicit HistoryPanel(const Parts& parts, QWidget* parent = nullptr);

    // Asks the engine for what is stored; rows come as it answers.
    void loadHistory();
    void take(const Batch& batch);
    void addNotice(const QString& text);
    void setWallet(const runtime::WalletPtr& wallet) { wallet_.setWallet(wallet); }

    void setSample(const QString& sentence);
    void setSampleArmed(bool armed);
    void showBalances();
    void focusFilter();

    // What the current table shows, as CSV. False with a notice where the file cannot be written.
    bool exportTo(const QString& path);

    const OrdersModel& orders() const { return orders_; }

  public slots:
    void exportCsv();  // asks for the file
    void applyTheme();

  signals:
    void orderOpened(const oee::domain::OrderId& orderId);
    void samplePressed();

  private:
    void loadOrders(std::optional<domain::OrderId> before, int pagesLeft);
    void loadFills();
    void addTabs();
    QWidget* makeCorner();
    DataTable* addTable(TableBase& model, const QString& title, const QString& objectName,
                        const QString& accessibleName);
    DataTable* currentTable() const;
    void addSampleOffer(DataTable& table, const QString& missing);
    void showOrderMenu(int row, const QPoint& position);
    void cancelOrder(domain::OrderId orderId);
    QString suggestedFileName() const;

    runtime::Engine& engine_;
    const TokenBook& tokens_;
    const Theme& theme_;
    OrdersModel orders_;
    FillsModel fills_;
    EventsModel log_;
    WalletModel wallet_;
    QTabWidget* tabs_;
    QLineEdit* filter_ = nullptr;
    QToolButton* csv_ = nullptr;
    std::vector<SampleOffer*> offers_;
};

}  // namespace oee::ui
