#pragma once

#include <QAbstractItemModel>
#include <QByteArray>
#include <QModelIndexList>
#include <QString>

namespace oee::ui {

// RFC 4180, UTF-8, CRLF: a header line, then the model's rows as they are sorted and filtered,
// with exact amounts and full ids. Numbers are ungrouped, units stand in columns of their own. A
// text that a spreadsheet would run as a formula gets an apostrophe in front.
QByteArray toCsv(const QAbstractItemModel& model);

// Tab-separated exact texts of the rows of a selection, in the model's order: for the clipboard.
QString toClipboardText(const QModelIndexList& selectedRows);

}  // namespace oee::ui
