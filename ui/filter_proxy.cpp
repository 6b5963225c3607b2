#include "ui/filter_proxy.h"

#include <algorithm>

#include <QRegularExpression>

#include "ui/table_base.h"

namespace oee::ui {

FilterProxy::FilterProxy(QObject* parent) : QSortFilterProxyModel(parent) {
    setSortRole(TableRole::sortRole);
    setDynamicSortFilter(true);
}

void FilterProxy::setFilterText(const QString& text) {
    static const QRegularExpression kBlanks(QStringLiteral("\\s+"));
    words_ = text.split(kBlanks, Qt::SkipEmptyParts);
    invalidateFilter();
}

bool FilterProxy::filterAcceptsRow(int row, const QModelIndex& parent) const {
    return std::all_of(words_.begin(), words_.end(),
                       [&](const QString& word) { return rowHas(word, row, parent); });
}

bool FilterProxy::rowHas(const QString& word, int row, const QModelIndex& parent) const {
    for (int column = 0; column < sourceModel()->columnCount(parent); ++column) {
        const QModelIndex index = sourceModel()->index(row, column, parent);
        for (const int role : {static_cast<int>(Qt::DisplayRole), static_cast<int>(exactRole)}) {
            if (index.data(role).toString().contains(word, Qt::CaseInsensitive)) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace oee::ui
