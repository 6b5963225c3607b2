#pragma once

#include <vector>

#include <QTableView>
#include <QWidget>

#include "ui/filter_proxy.h"
#include "ui/table_base.h"

namespace oee::ui {

class CellDelegate;

// A table of the workspace: 24 px rows, no grid, whole-row selection and hover, sorting, a filter,
// Ctrl+C with exact amounts. Columns that a narrow view cannot hold are left out by rank. Shows a
// widget of the caller's in place of rows while the model has none.
class DataTable : public QTableView {
    Q_OBJECT

  public:
    // Sorted by the first column, newest first. `theme` and `model` must outlive the table.
    DataTable(TableBase& model, const Theme& theme, QWidget* parent = nullptr);

    FilterProxy& proxy() const { return *proxy_; }
    // The row of the table's own model under a view index; −1 where there is none.
    int sourceRow(const QModelIndex& index) const;
    void setEmptyWidget(QWidget* widget);  // takes ownership
    void leaveOut(int column);             // for good
    void copySelection() const;

  signals:
    void opened(int sourceRow);  // double click or Return
    void menuWanted(int sourceRow, const QPoint& globalPosition);

  protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

  private:
    void fitColumns();
    void showEmptyWidget();
    void setHoveredRow(int row);
    int preferredWidth(int column) const;

    FilterProxy* proxy_;
    CellDelegate* delegate_;
    QWidget* empty_ = nullptr;
    int hoveredRow_ = -1;
    std::vector<int> leftOut_;
};

}  // namespace oee::ui
