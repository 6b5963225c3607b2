#pragma once

#include <optional>

#include <QWidget>

#include "runtime/engine.h"
#include "ui/events_model.h"
#include "ui/fills_model.h"
#include "ui/legs_model.h"
#include "ui/theme.h"
#include "ui/token_book.h"
#include "ui/update_feed.h"

class QGridLayout;
class QLabel;
class QTabWidget;
class QTimer;

namespace oee::ui {

class DataTable;
class ReceiptView;

// One order: what was asked, what came of it, its execution path and fills, the route that was
// planned, and its receipt. Follows it live.
// `engine`, `tokens` and `theme` must outlive it.
class OrderDetail : public QWidget {
    Q_OBJECT

  public:
    struct Parts {
        runtime::Engine& engine;
        const TokenBook& tokens;
        const Theme& theme;
    };

    explicit OrderDetail(const Parts& parts, QWidget* parent = nullptr);

    void open(const domain::OrderId& orderId);
    void take(const Batch& batch);

  public slots:
    void applyTheme();

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    void takeAnswer(const domain::OrderId& orderId,
                    const tl::expected<runtime::OrderDetail, execution::StoreError>& answer);
    void ask();
    void buildTabs();
    QWidget* makeRouteTab();
    void showOrder(const domain::Order& order);
    static QString retriesOf(const domain::Order& order);
    void showAmounts(const domain::Order& order);
    QLabel& nameOf(const QLabel& fact) const;
    void showRoute(const domain::Order& order);
    void showReceipt(const domain::Order& order);
    bool waitsForReceipt() const;
    QLabel* addFact(QGridLayout& facts, const QString& name, const char* objectName);

    runtime::Engine& engine_;
    const TokenBook& tokens_;
    const Theme& theme_;
    EventsModel events_;
    FillsModel fills_;
    LegsModel legs_;
    QLabel* title_;
    QLabel* state_ = nullptr;
    QLabel* expected_ = nullptr;
    QLabel* limit_ = nullptr;
    QLabel* spent_ = nullptr;
    QLabel* received_ = nullptr;
    QLabel* fee_ = nullptr;
    QLabel* signature_ = nullptr;
    QLabel* reason_;
    DataTable* eventsTable_;
    DataTable* fillsTable_;
    DataTable* legsTable_;
    QLabel* routeNote_ = nullptr;
    ReceiptView* receiptView_;
    QTabWidget* tabs_;
    // Receipts and their markouts come after the order's last update: asked for while on screen.
    QTimer* receiptTimer_;
    int asksLeft_ = 0;
    domain::OrderPtr order_;
    std::optional<domain::Receipt> receipt_;
    std::optional<domain::OrderId> orderId_;
};

}  // namespace oee::ui
