#pragma once

#include <QSortFilterProxyModel>
#include <QStringList>

namespace oee::ui {

// Sorts by sortRole; keeps the rows in which every word is found somewhere, in what is shown or in
// the exact text behind it (full ids, addresses, signatures).
class FilterProxy : public QSortFilterProxyModel {
    Q_OBJECT

  public:
    explicit FilterProxy(QObject* parent = nullptr);

    void setFilterText(const QString& text);

  protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

  private:
    bool rowHas(const QString& word, int row, const QModelIndex& parent) const;

    QStringList words_;
};

}  // namespace oee::ui
