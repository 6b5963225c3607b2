#pragma once
// What all tables of the window share: columns, cells, roles.

#include <optional>
#include <vector>

#include <QAbstractTableModel>
#include <QString>
#include <QStringList>

#include "ui/theme.h"

namespace oee::ui {

enum class CellKind {
    words,
    number,  // aligned on the decimal point
    id,      // monospace
};

// A column is left out of a narrow view, the highest drop rank first; 0 always stays.
struct Column {
    QString title;
    CellKind kind = CellKind::words;
    int widthChars = 8;
    int dropRank = 0;
    bool stretches = false;
    QString hint;  // tool tip of the header
};

struct Cell {
    QString text;     // what is shown; numbers grouped, without their unit
    QString unit;     // behind a number, where rows have different ones
    QString exact;    // on hover, in CSV and when copied; empty: text and unit
    QString hint;     // on hover instead of `exact`, in words
    QString sortKey;  // empty: text
    Tone tone = Tone::normal;
};

enum TableRole {
    // QString
    exactRole = Qt::UserRole + 1,
    sortRole,
    numberRole,
    unitRole,
    // int: Tone, CellKind
    toneRole,
    kindRole,
    // Of headers: int digits behind the point in the column, QString its longest unit.
    fractionDigitsRole,
    longestUnitRole,
    wholeCharsRole,  // the most characters before the point
    // Of headers: what Column says.
    widthCharsRole,
    dropRankRole,
    stretchesRole,
};

// Columns and roles; rows are the subclass's.
class TableBase : public QAbstractTableModel {
    Q_OBJECT

  public:
    TableBase(std::vector<Column> columns, QObject* parent);

    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  protected:
    virtual Cell cell(int row, int column) const = 0;
    // Learns what the column needs to align its numbers; only ever grows, so that columns do not
    // move while somebody reads them. Emits headerDataChanged where something grew.
    void measureRows(int first, int last);

  private:
    QVariant cellData(const Cell& cell, const Column& column, int role) const;

    struct Measure {
        int wholeChars = 0;
        int fractionDigits = 0;
        QString longestUnit;
    };

    std::vector<Column> columns_;
    std::vector<Measure> measures_;
};

}  // namespace oee::ui
