#include "ui/table_base.h"

#include <utility>

namespace oee::ui {
namespace {

QString textWithUnit(const Cell& cell) {
    return cell.unit.isEmpty() ? cell.text : cell.text + u' ' + cell.unit;
}

QVariant alignmentOf(const Column& column) {
    const Qt::Alignment horizontal =
        column.kind == CellKind::number ? Qt::AlignRight : Qt::AlignLeft;
    return QVariant::fromValue(static_cast<int>(horizontal | Qt::AlignVCenter));
}

}  // namespace

TableBase::TableBase(std::vector<Column> columns, QObject* parent)
    : QAbstractTableModel(parent), columns_(std::move(columns)), measures_(columns_.size()) {}

int TableBase::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(columns_.size());
}

QVariant TableBase::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const Column& column = columns_[static_cast<std::size_t>(index.column())];
    switch (role) {
        case Qt::TextAlignmentRole:
            return alignmentOf(column);
        case kindRole:
            return static_cast<int>(column.kind);
        case Qt::DisplayRole:
        case Qt::ToolTipRole:
        case Qt::AccessibleTextRole:
        case exactRole:
        case sortRole:
        case numberRole:
        case unitRole:
        case toneRole:
            return cellData(cell(index.row(), index.column()), column, role);
        default:
            return {};
    }
}

QVariant TableBase::cellData(const Cell& cell, const Column& column, int role) const {
    const QString exact = cell.exact.isEmpty() ? textWithUnit(cell) : cell.exact;
    switch (role) {
        case Qt::DisplayRole:
            return textWithUnit(cell);
        case Qt::AccessibleTextRole:
            return QString(column.title + QStringLiteral(": ") + textWithUnit(cell));
        case Qt::ToolTipRole:
            return cell.hint.isEmpty() ? exact : cell.hint;
        case exactRole:
            return exact;
        case sortRole:
            return cell.sortKey.isEmpty() ? cell.text : cell.sortKey;
        case numberRole:
            return cell.text;
        case unitRole:
            return cell.unit;
        case toneRole:
            return static_cast<int>(cell.tone);
        default:
            return {};
    }
}

QVariant TableBase::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) {
        return {};
    }
    const Column& column = columns_[static_cast<std::size_t>(section)];
    const Measure& measure = measures_[static_cast<std::size_t>(section)];
    switch (role) {
        case Qt::DisplayRole:
            return column.title;
        case Qt::ToolTipRole:
            return column.hint.isEmpty() ? QVariant() : column.hint;
        case Qt::TextAlignmentRole:
            return alignmentOf(column);
        case kindRole:
            return static_cast<int>(column.kind);
        case fractionDigitsRole:
            return measure.fractionDigits;
        case longestUnitRole:
            return measure.longestUnit;
        case wholeCharsRole:
            return measure.wholeChars;
        case widthCharsRole:
            return column.widthChars;
        case dropRankRole:
            return column.dropRank;
        case stretchesRole:
            return column.stretches;
        default:
            return {};
    }
}

void TableBase::measureRows(int first, int last) {
    for (int column = 0; column < columnCount(); ++column) {
        if (columns_[static_cast<std::size_t>(column)].kind != CellKind::number) {
            continue;
        }
        Measure& measure = measures_[static_cast<std::size_t>(column)];
        bool grew = false;
        for (int row = first; row <= last; ++row) {
            const Cell shown = cell(row, column);
            const qsizetype point = shown.text.indexOf(u'.');
            const int fraction = point < 0 ? 0 : static_cast<int>(shown.text.size() - point - 1);
            const int whole = static_cast<int>(point < 0 ? shown.text.size() : point);
            if (whole > measure.wholeChars) {
                measure.wholeChars = whole;
                grew = true;
            }
            if (fraction > measure.fractionDigits) {
                measure.fractionDigits = fraction;
                grew = true;
            }
            if (shown.unit.size() > measure.longestUnit.size()) {
                measure.longestUnit = shown.unit;
                grew = true;
            }
        }
        if (grew) {
            emit headerDataChanged(Qt::Horizontal, column, column);
        }
    }
}

}  // namespace oee::ui
