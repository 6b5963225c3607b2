#pragma once

#include <memory>

#include <QWidget>

#include "runtime/engine.h"
#include "ui/legs_model.h"
#include "ui/theme.h"
#include "ui/token_book.h"

class QBoxLayout;
class QLabel;
class QScrollArea;

namespace oee::ui {

class DataTable;
class PathBars;

// The plan behind the ticket's preview: its paths and legs, how good it is proven to be, and what
// keeps it from being better. `tokens` and `theme` must outlive it.
class RouteView : public QWidget {
    Q_OBJECT

  public:
    RouteView(const TokenBook& tokens, const Theme& theme, QWidget* parent = nullptr);

  public slots:
    void show(const std::shared_ptr<const oee::runtime::QuoteView>& quote, const QString& why);
    void applyTheme();

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    void fitPaths();
    void showPlan(const routing::Plan& plan);

    const TokenBook& tokens_;
    LegsModel legs_;
    QLabel* result_;
    QLabel* bound_;
    QLabel* limits_;
    QLabel* message_;
    QWidget* plan_;
    QBoxLayout* parts_ = nullptr;
    QScrollArea* scroll_ = nullptr;
    PathBars* paths_;
    DataTable* table_;
};

}  // namespace oee::ui
