#pragma once

#include <optional>

#include <QWidget>

#include "runtime/engine.h"
#include "ui/events_model.h"
#include "ui/fills_model.h"
#include "ui/theme.h"
#include "ui/token_book.h"
#include "ui/update_feed.h"

class QGridLayout;
class QLabel;

namespace oee::ui {

class DataTable;

// One order: what was asked, what came of it, its execution path and fills. Follows it live.
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

  private:
    void takeAnswer(const domain::OrderId& orderId,
                    const tl::expected<runtime::OrderDetail, execution::StoreError>& answer);
    void showOrder(const domain::Order& order);
    QLabel* addFact(QGridLayout& facts, int column, const QString& name, const char* objectName);

    runtime::Engine& engine_;
    const TokenBook& tokens_;
    const Theme& theme_;
    EventsModel events_;
    FillsModel fills_;
    QLabel* title_;
    QLabel* state_ = nullptr;
    QLabel* expected_ = nullptr;
    QLabel* minimum_ = nullptr;
    QLabel* received_ = nullptr;
    QLabel* fee_ = nullptr;
    QLabel* signature_ = nullptr;
    QLabel* reason_;
    DataTable* eventsTable_;
    DataTable* fillsTable_;
    domain::OrderPtr order_;
    std::optional<domain::OrderId> orderId_;
};

}  // namespace oee::ui
