#pragma once

#include <QStyledItemDelegate>

#include "ui/theme.h"

namespace oee::ui {

// Paints the cells of a TableBase: numbers aligned on the decimal point with their unit behind,
// tones, ids in monospace. `theme` must outlive it.
class CellDelegate : public QStyledItemDelegate {
    Q_OBJECT

  public:
    static constexpr int kPadding = 8;
    static constexpr int kRowHeight = 24;

    explicit CellDelegate(const Theme& theme, QObject* parent = nullptr);

    // What a column needs so that none of its numbers is cut.
    int widthOf(const QAbstractItemModel& model, int column) const;

    // −1: none. The row under the pointer, in the view's model.
    void setHoveredRow(int row) { hoveredRow_ = row; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

  private:
    void paintNumber(QPainter& painter, const QRect& rect, const QModelIndex& index,
                     const QColor& color) const;

    const Theme& theme_;
    int hoveredRow_ = -1;
};

}  // namespace oee::ui
