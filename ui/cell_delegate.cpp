#include "ui/cell_delegate.h"

#include <algorithm>

#include <QPainter>

#include "ui/format.h"
#include "ui/table_base.h"

namespace oee::ui {
namespace {

constexpr int kUnitGap = 4;
constexpr int kSortMark = 12;  // beside a title
constexpr int kSlack = 4;      // for parts that are rounded one by one

// Where the parts of a number stand, from its right edge.
struct NumberSlots {
    int unit = 0;
    int fraction = 0;
};

NumberSlots slotsOf(const QAbstractItemModel& model, int column, const Fonts& fonts) {
    const auto header = [&](int role) { return model.headerData(column, Qt::Horizontal, role); };
    const QString longestUnit = header(longestUnitRole).toString();
    const int digits = header(fractionDigitsRole).toInt();
    NumberSlots parts;
    if (!longestUnit.isEmpty()) {
        parts.unit = kUnitGap + QFontMetrics(fonts.small).horizontalAdvance(longestUnit);
    }
    if (digits > 0) {
        parts.fraction =
            QFontMetrics(fonts.number).horizontalAdvance(u'.' + QString(digits, QLatin1Char('0')));
    }
    return parts;
}

}  // namespace

CellDelegate::CellDelegate(const Theme& theme, QObject* parent)
    : QStyledItemDelegate(parent), theme_(theme) {}

QSize CellDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QSize size = QStyledItemDelegate::sizeHint(option, index);
    size.setHeight(kRowHeight);
    return size;
}

int CellDelegate::widthOf(const QAbstractItemModel& model, int column) const {
    const auto header = [&](int role) { return model.headerData(column, Qt::Horizontal, role); };
    const QFontMetrics metrics(theme_.fonts().number);
    const int digit = metrics.horizontalAdvance(u'0');
    const int title = metrics.horizontalAdvance(header(Qt::DisplayRole).toString()) + kSortMark;
    int width = std::max(header(widthCharsRole).toInt() * digit, title);
    if (header(kindRole).toInt() == static_cast<int>(CellKind::number)) {
        const NumberSlots parts = slotsOf(model, column, theme_.fonts());
        const int whole = header(wholeCharsRole).toInt() * digit;
        width = std::max(width, whole + parts.fraction + parts.unit + kSlack);
    }
    return width + 2 * kPadding;
}

void CellDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                         const QModelIndex& index) const {
    const Colors& colors = theme_.colors();
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const QColor background = selected                     ? colors.selection
                              : index.row() == hoveredRow_ ? colors.input
                                                           : colors.panel;
    painter->save();
    painter->fillRect(option.rect, background);
    if (selected && index.column() == 0) {
        painter->fillRect(QRect(option.rect.topLeft(), QSize(2, option.rect.height())),
                          colors.accent);
    }
    const QColor color = colors.of(static_cast<Tone>(index.data(toneRole).toInt()));
    const QRect inner = option.rect.adjusted(kPadding, 0, -kPadding, 0);
    const auto kind = static_cast<CellKind>(index.data(kindRole).toInt());
    if (kind == CellKind::number) {
        paintNumber(*painter, inner, index, color);
    } else {
        // Words may hold times and slots: tabular figures keep them still.
        const QFont font = kind == CellKind::id ? theme_.fonts().mono : theme_.fonts().number;
        painter->setFont(font);
        painter->setPen(color);
        const QString text = QFontMetrics(font).elidedText(index.data(Qt::DisplayRole).toString(),
                                                           Qt::ElideRight, inner.width());
        painter->drawText(inner, Qt::AlignLeft | Qt::AlignVCenter, text);
    }
    painter->restore();
}

void CellDelegate::paintNumber(QPainter& painter, const QRect& rect, const QModelIndex& index,
                               const QColor& color) const {
    const QFont& font = theme_.fonts().number;
    const QFontMetrics metrics(font);
    const QString number = index.data(numberRole).toString();
    const QString unit = index.data(unitRole).toString();
    const NumberSlots parts = slotsOf(*index.model(), index.column(), theme_.fonts());
    const qsizetype point = number.indexOf(u'.');
    const QString whole = point < 0 ? number : number.left(point);
    const QString fraction = point < 0 ? QString() : number.mid(point);
    const int pointX = rect.right() + 1 - parts.unit - parts.fraction;

    painter.setFont(font);
    painter.setPen(number == unknownText() ? theme_.colors().secondary : color);
    if (pointX - metrics.horizontalAdvance(whole) < rect.left()) {
        // Too narrow to align: what there is, from the right.
        const QString all = unit.isEmpty() ? number : number + u' ' + unit;
        painter.drawText(rect, Qt::AlignRight | Qt::AlignVCenter,
                         metrics.elidedText(all, Qt::ElideRight, rect.width()));
        return;
    }
    painter.drawText(QRect(rect.left(), rect.top(), pointX - rect.left(), rect.height()),
                     Qt::AlignRight | Qt::AlignVCenter, whole);
    painter.drawText(QRect(pointX, rect.top(), parts.fraction + 1, rect.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, fraction);
    if (!unit.isEmpty()) {
        painter.setFont(theme_.fonts().small);
        painter.setPen(theme_.colors().secondary);
        painter.drawText(
            QRect(rect.right() + 1 - parts.unit + kUnitGap, rect.top(), parts.unit, rect.height()),
            Qt::AlignLeft | Qt::AlignVCenter, unit);
    }
}

}  // namespace oee::ui
