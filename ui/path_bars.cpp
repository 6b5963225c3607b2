#include "ui/path_bars.h"

#include <algorithm>
#include <utility>

#include <QPainter>

namespace oee::ui {
namespace {

constexpr int kRowHeight = 36;
constexpr int kTextHeight = 20;
constexpr int kBarHeight = 6;
constexpr int kWidth = 220;

QString percentOf(double share) {
    // What is used at all is never shown as nothing.
    const double percent = share * 100;
    return percent > 0 && percent < 0.05 ? QStringLiteral("< 0.1 %")
                                         : QString::number(percent, 'f', 1) + QStringLiteral(" %");
}

}  // namespace

PathBars::PathBars(const Theme& theme, QWidget* parent) : QWidget(parent), theme_(theme) {
    setObjectName(QStringLiteral("pathBars"));
    setAccessibleName(tr("Paths of the route"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void PathBars::setPaths(std::vector<Path> paths) {
    std::stable_sort(paths.begin(), paths.end(),
                     [](const Path& one, const Path& other) { return one.share > other.share; });
    const bool grows = paths.size() != paths_.size();
    paths_ = std::move(paths);
    QString text;
    for (const Path& path : paths_) {
        text += QStringLiteral("%1: %2, %3; ").arg(path.tokens, percentOf(path.share), path.legs);
    }
    setAccessibleDescription(text);
    if (grows) {
        updateGeometry();
    }
    update();
}

QSize PathBars::sizeHint() const {
    return {kWidth, static_cast<int>(paths_.size()) * kRowHeight};
}

void PathBars::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    QRect row(0, 0, width(), kRowHeight);
    for (const Path& path : paths_) {
        paintPath(painter, row, path);
        row.translate(0, kRowHeight);
    }
}

void PathBars::paintPath(QPainter& painter, const QRect& row, const Path& path) const {
    const Colors& colors = theme_.colors();
    const QRect text(row.left(), row.top(), row.width(), kTextHeight);
    const QString share = percentOf(path.share);
    const QFontMetrics number(theme_.fonts().number);
    const int shareWidth = number.horizontalAdvance(share) + 8;
    painter.setFont(theme_.fonts().number);
    painter.setPen(colors.text);
    painter.drawText(text, Qt::AlignRight | Qt::AlignVCenter, share);
    const QFontMetrics base(theme_.fonts().base);
    const QFontMetrics small(theme_.fonts().small);
    const int room = text.width() - shareWidth;
    const QString tokens = base.elidedText(path.tokens, Qt::ElideMiddle, room);
    painter.setFont(theme_.fonts().base);
    painter.drawText(text, Qt::AlignLeft | Qt::AlignVCenter, tokens);
    const int used = base.horizontalAdvance(tokens) + 8;
    painter.setFont(theme_.fonts().small);
    painter.setPen(colors.secondary);
    painter.drawText(text.adjusted(used, 0, -shareWidth, 0), Qt::AlignLeft | Qt::AlignVCenter,
                     small.elidedText(path.legs, Qt::ElideRight, std::max(0, room - used)));

    const QRect track(row.left(), row.top() + kTextHeight + 2, row.width(), kBarHeight);
    painter.fillRect(track, colors.input);
    const double length = std::max(2.0, track.width() * std::min(path.share, 1.0));
    const auto legs = static_cast<double>(std::max<std::size_t>(path.venues.size(), 1));
    for (std::size_t i = 0; i < path.venues.size(); ++i) {
        const QRectF part(track.left() + length * static_cast<double>(i) / legs, track.top(),
                          length / legs, track.height());
        painter.fillRect(part.adjusted(i == 0 ? 0 : 1, 0, 0, 0), colors.of(path.venues[i]));
    }
}

}  // namespace oee::ui
