#include "ui/csv.h"

#include <algorithm>

#include <QStringList>

#include "ui/format.h"
#include "ui/table_base.h"

namespace oee::ui {
namespace {

QString quoted(QString text) {
    static const QString kFormulaStarts = QStringLiteral("=+-@\t\r");
    if (!text.isEmpty() && kFormulaStarts.contains(text.front())) {
        text.prepend(u'\'');
    }
    const bool needsQuotes = std::any_of(text.begin(), text.end(), [](QChar character) {
        return character == u',' || character == u'"' || character == u'\n' || character == u'\r';
    });
    return needsQuotes ? u'"' + text.replace(u'"', QStringLiteral("\"\"")) + u'"' : text;
}

bool hasUnits(const QAbstractItemModel& model, int column) {
    return !model.headerData(column, Qt::Horizontal, longestUnitRole).toString().isEmpty();
}

// "1,000.5 SOL" → "1000.5", "SOL"; the unit is what follows the number.
QStringList numberFields(const QModelIndex& index, bool withUnit) {
    const QString exact = index.data(exactRole).toString();
    const qsizetype blank = exact.indexOf(u' ');
    QString number = blank < 0 ? exact : exact.left(blank);
    number.remove(u',');
    if (number == unknownText()) {
        number.clear();
    }
    return withUnit ? QStringList{quoted(number), quoted(index.data(unitRole).toString())}
                    : QStringList{quoted(number)};
}

}  // namespace

QByteArray toCsv(const QAbstractItemModel& model) {
    QString csv;
    QStringList fields;
    for (int column = 0; column < model.columnCount(); ++column) {
        const QString title = model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        fields << quoted(title);
        if (hasUnits(model, column)) {
            fields << quoted(title + QStringLiteral(" unit"));
        }
    }
    csv += fields.join(u',') + QStringLiteral("\r\n");
    for (int row = 0; row < model.rowCount(); ++row) {
        fields.clear();
        for (int column = 0; column < model.columnCount(); ++column) {
            const QModelIndex index = model.index(row, column);
            if (index.data(kindRole).toInt() == static_cast<int>(CellKind::number)) {
                fields << numberFields(index, hasUnits(model, column));
                continue;
            }
            const QString exact = index.data(exactRole).toString();
            fields << quoted(exact == unknownText() ? QString() : exact);
        }
        csv += fields.join(u',') + QStringLiteral("\r\n");
    }
    return csv.toUtf8();
}

QString toClipboardText(const QModelIndexList& selectedRows) {
    QModelIndexList rows = selectedRows;
    std::sort(rows.begin(), rows.end(), [](const QModelIndex& one, const QModelIndex& other) {
        return one.row() < other.row();
    });
    QStringList lines;
    for (const QModelIndex& row : rows) {
        QStringList fields;
        for (int column = 0; column < row.model()->columnCount(); ++column) {
            fields << row.siblingAtColumn(column).data(exactRole).toString();
        }
        lines << fields.join(u'\t');
    }
    return lines.join(u'\n');
}

}  // namespace oee::ui
