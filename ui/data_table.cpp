#include "ui/data_table.h"

#include <algorithm>

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QVBoxLayout>

#include "ui/cell_delegate.h"
#include "ui/csv.h"

namespace oee::ui {
namespace {

int headerInt(const QAbstractItemModel& model, int column, int role) {
    return model.headerData(column, Qt::Horizontal, role).toInt();
}

}  // namespace

DataTable::DataTable(TableBase& model, const Theme& theme, QWidget* parent)
    : QTableView(parent), proxy_(new FilterProxy(this)), delegate_(new CellDelegate(theme, this)) {
    proxy_->setSourceModel(&model);
    setModel(proxy_);
    setItemDelegate(delegate_);
    setShowGrid(false);
    setWordWrap(false);
    setMouseTracking(true);
    setFrameShape(QFrame::NoFrame);
    setTabKeyNavigation(false);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(CellDelegate::kRowHeight);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setMinimumSectionSize(32);
    horizontalHeader()->setFixedHeight(CellDelegate::kRowHeight);
    setSortingEnabled(true);
    sortByColumn(0, Qt::DescendingOrder);
    connect(this, &QTableView::doubleClicked, this,
            [this](const QModelIndex& index) { emit opened(sourceRow(index)); });
    for (const auto signal :
         {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved}) {
        connect(&model, signal, this, &DataTable::showEmptyWidget);
    }
    connect(&model, &QAbstractItemModel::headerDataChanged, this, &DataTable::fitColumns);
    connect(&model, &QAbstractItemModel::modelReset, this, &DataTable::showEmptyWidget);
}

int DataTable::sourceRow(const QModelIndex& index) const {
    return index.isValid() ? proxy_->mapToSource(index).row() : -1;
}

void DataTable::setEmptyWidget(QWidget* widget) {
    empty_ = widget;
    auto* layout = new QVBoxLayout(viewport());
    layout->addWidget(widget, 0, Qt::AlignCenter);
    showEmptyWidget();
}

void DataTable::leaveOut(int column) {
    leftOut_.push_back(column);
    setColumnHidden(column, true);
    fitColumns();
}

void DataTable::showEmptyWidget() {
    if (empty_ != nullptr) {
        empty_->setVisible(proxy_->sourceModel()->rowCount() == 0);
    }
}

void DataTable::copySelection() const {
    const QModelIndexList rows = selectionModel()->selectedRows();
    if (!rows.isEmpty()) {
        QGuiApplication::clipboard()->setText(toClipboardText(rows));
    }
}

int DataTable::preferredWidth(int column) const {
    return delegate_->widthOf(*proxy_, column);
}

void DataTable::fitColumns() {
    const int columns = proxy_->columnCount();
    int wanted = 0;
    std::vector<int> byRank;
    for (int column = 0; column < columns; ++column) {
        if (std::find(leftOut_.begin(), leftOut_.end(), column) != leftOut_.end()) {
            continue;
        }
        wanted += preferredWidth(column);
        if (headerInt(*proxy_, column, dropRankRole) > 0) {
            byRank.push_back(column);
        }
    }
    std::sort(byRank.begin(), byRank.end(), [this](int one, int other) {
        return headerInt(*proxy_, one, dropRankRole) > headerInt(*proxy_, other, dropRankRole);
    });
    for (const int column : byRank) {
        const bool drop = wanted > viewport()->width();
        setColumnHidden(column, drop);
        wanted -= drop ? preferredWidth(column) : 0;
    }
    const int spare = std::max(0, viewport()->width() - wanted);
    bool stretched = false;
    for (int column = 0; column < columns; ++column) {
        const bool stretch = headerInt(*proxy_, column, stretchesRole) != 0;
        stretched = stretched || (stretch && !isColumnHidden(column));
        setColumnWidth(column, preferredWidth(column) + (stretch ? spare : 0));
    }
    horizontalHeader()->setStretchLastSection(!stretched);
}

void DataTable::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    fitColumns();
}

void DataTable::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) {
        copySelection();
    } else if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) &&
               currentIndex().isValid()) {
        emit opened(sourceRow(currentIndex()));
    } else {
        QTableView::keyPressEvent(event);
    }
}

void DataTable::setHoveredRow(int row) {
    if (row != hoveredRow_) {
        hoveredRow_ = row;
        delegate_->setHoveredRow(row);
        viewport()->update();
    }
}

void DataTable::mouseMoveEvent(QMouseEvent* event) {
    setHoveredRow(indexAt(event->position().toPoint()).row());
    QTableView::mouseMoveEvent(event);
}

void DataTable::leaveEvent(QEvent* event) {
    setHoveredRow(-1);
    QTableView::leaveEvent(event);
}

void DataTable::contextMenuEvent(QContextMenuEvent* event) {
    // From the keyboard the menu belongs to the current row, not to where the pointer is.
    const bool keyboard = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex index = keyboard ? currentIndex() : indexAt(event->pos());
    const QPoint position = keyboard && index.isValid()
                                ? viewport()->mapToGlobal(visualRect(index).bottomLeft())
                                : event->globalPos();
    if (index.isValid()) {
        emit menuWanted(sourceRow(index), position);
    }
}

}  // namespace oee::ui
