#include "ui/route_view.h"

#include <algorithm>
#include <utility>

#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "ui/data_table.h"
#include "ui/format.h"
#include "ui/order_words.h"
#include "ui/path_bars.h"
#include "ui/route_words.h"

namespace oee::ui {
namespace {

constexpr int kPathsWidth = 232;
// Below this the paths stand over the legs, at most two of them without scrolling.
constexpr int kWideEnough = 760;
constexpr int kPathsHeight = 72;

QLabel* addLine(QVBoxLayout& layout, const char* objectName, const char* role, QWidget* parent) {
    auto* label = new QLabel(parent);
    label->setObjectName(QLatin1String(objectName));
    label->setProperty("role", role);
    label->setProperty("figures", true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setWordWrap(true);
    layout.addWidget(label);
    return label;
}

}  // namespace

RouteView::RouteView(const TokenBook& tokens, const Theme& theme, QWidget* parent)
    : QWidget(parent),
      tokens_(tokens),
      legs_(tokens),
      message_(new QLabel(this)),
      plan_(new QWidget(this)),
      paths_(new PathBars(theme)),
      table_(new DataTable(legs_, theme)) {
    auto* planLayout = new QVBoxLayout(plan_);
    planLayout->setContentsMargins(0, 0, 0, 0);
    planLayout->setSpacing(4);
    result_ = addLine(*planLayout, "routeResult", "", plan_);
    bound_ = addLine(*planLayout, "routeBound", "hint", plan_);
    limits_ = addLine(*planLayout, "routeLimits", "warning", plan_);

    scroll_ = new QScrollArea(plan_);
    scroll_->setWidget(paths_);
    scroll_->setWidgetResizable(true);
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setFocusPolicy(Qt::NoFocus);
    scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll_->setObjectName(QStringLiteral("pathScroll"));
    scroll_->setAlignment(Qt::AlignTop);
    table_->setObjectName(QStringLiteral("routeLegs"));
    table_->setAccessibleName(tr("Legs of the route"));
    table_->sortByColumn(LegsModel::leg, Qt::AscendingOrder);
    for (const int column : {LegsModel::filledIn, LegsModel::filledOut, LegsModel::difference}) {
        table_->leaveOut(column);
    }
    parts_ = new QHBoxLayout;
    parts_->addWidget(scroll_);
    parts_->addWidget(table_, 1);
    planLayout->addLayout(parts_, 1);

    message_->setObjectName(QStringLiteral("routeMessage"));
    message_->setProperty("role", "secondary");
    message_->setAlignment(Qt::AlignCenter);
    message_->setWordWrap(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 0);
    layout->addWidget(plan_, 1);
    layout->addWidget(message_, 1);
    show(nullptr, {});
}

void RouteView::show(const std::shared_ptr<const runtime::QuoteView>& quote, const QString& why) {
    message_->setText(why);
    message_->setVisible(!quote);
    plan_->setVisible(quote != nullptr);
    if (quote) {
        showPlan(quote->plan);
    }
}

void RouteView::showPlan(const routing::Plan& plan) {
    const bool exactIn = plan.mode == domain::RouteMode::exactIn;
    result_->setText(tr("%1 \u2192 %2, %3 %4")
                         .arg(tokens_.exact(plan.amountInRaw, plan.inputMint),
                              tokens_.exact(plan.amountOutRaw, plan.outputMint),
                              exactIn ? tr("at least") : tr("at most"),
                              exactIn ? tokens_.exact(plan.minimumOutRaw, plan.outputMint)
                                      : tokens_.exact(plan.maximumInRaw, plan.inputMint)));
    QString bound = boundText(plan, tokens_);
    if (plan.gapPpb > 0) {
        bound += tr(": %1 apart").arg(gapText(plan.gapPpb));
    }
    if (plan.gapWithinHopsPpb) {
        bound +=
            tr("; within %1 hops %2").arg(domain::kMostHops).arg(gapText(*plan.gapWithinHopsPpb));
    }
    bound_->setText(bound + tr(". Slot %1.").arg(groupedInteger(plan.slot)));
    const QString limits = limitsText(plan, tokens_);
    limits_->setText(limits);
    limits_->setVisible(!limits.isEmpty());

    std::vector<PathBars::Path> paths;
    for (const routing::PlanPath& path : plan.paths) {
        PathBars::Path shown;
        shown.tokens = pathText(plan, path, tokens_);
        shown.share = path.share;
        QStringList numbers;
        for (const std::uint32_t leg : path.legs) {
            numbers << QString::number(leg + 1);
            shown.venues.push_back(toneOf(domain::venueOf(plan.legs[leg].program)));
        }
        shown.legs = (numbers.size() == 1 ? tr("leg %1") : tr("legs %1"))
                         .arg(numbers.join(QStringLiteral(", ")));
        paths.push_back(std::move(shown));
    }
    paths_->setPaths(std::move(paths));
    fitPaths();
    legs_.setRows(legRowsOf(plan));
}

void RouteView::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fitPaths();
}

void RouteView::fitPaths() {
    const bool wide = width() >= kWideEnough;
    parts_->setDirection(wide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    parts_->setSpacing(wide ? 16 : 4);
    scroll_->setMaximumWidth(wide ? kPathsWidth : QWIDGETSIZE_MAX);
    scroll_->setMinimumWidth(wide ? kPathsWidth : 0);
    const int height = std::min(paths_->sizeHint().height(), kPathsHeight);
    scroll_->setMaximumHeight(wide ? QWIDGETSIZE_MAX : height);
    scroll_->setMinimumHeight(wide ? 0 : height);
}

void RouteView::applyTheme() {
    paths_->update();
    table_->viewport()->update();
}

}  // namespace oee::ui
