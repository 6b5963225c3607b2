#include "ui/status_strip.h"

#include <QDateTime>
#include <QLabel>
#include <QStringList>

#include "ui/format.h"

namespace oee::ui {
namespace {

const QString kDot = QStringLiteral(" \u00B7 ");

QString counted(std::uint64_t count, const QString& one, const QString& many) {
    return groupedInteger(count) + u' ' + (count == 1 ? one : many);
}

// A line for each: rate and last heartbeat, or why it is ignored.
QString describeRemote(const runtime::RemoteWorkerStatus& worker) {
    const QString name = fromStd(worker.name);
    switch (worker.state) {
        case runtime::RemoteWorkerState::ready:
            return StatusStrip::tr("%1: %2, %3 plans/s, last heartbeat %4")
                .arg(name,
                     counted(worker.threads, StatusStrip::tr("thread"), StatusStrip::tr("threads")),
                     QString::number(worker.plansPerSecond, 'f', 1),
                     QDateTime::fromMSecsSinceEpoch(worker.lastHeartbeatMicros / 1'000)
                         .toString(QStringLiteral("HH:mm:ss")));
        case runtime::RemoteWorkerState::anotherSecret:
            return StatusStrip::tr("%1: has another secret, is ignored").arg(name);
        case runtime::RemoteWorkerState::anotherVersion:
            return StatusStrip::tr("%1: version %2, is ignored").arg(name, fromStd(worker.version));
    }
    return name;
}

}  // namespace

StatusStrip::StatusStrip(const TokenBook& tokens, const Theme& theme, const QUrl& pageUrl,
                         QWidget* parent)
    : QStatusBar(parent),
      tokens_(tokens),
      theme_(theme),
      pageUrl_(pageUrl),
      queue_(new QLabel(this)),
      page_(new QLabel(this)),
      balance_(new QLabel(this)) {
    setSizeGripEnabled(false);
    queue_->setObjectName(QStringLiteral("statusQueue"));
    queue_->setAccessibleName(tr("Job queue"));
    page_->setObjectName(QStringLiteral("statusPage"));
    page_->setAccessibleName(tr("Browser page"));
    page_->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
    page_->setVisible(pageUrl.isValid());
    balance_->setObjectName(QStringLiteral("statusBalance"));
    balance_->setAccessibleName(tr("Balance"));
    for (QLabel* label : {queue_, page_, balance_}) {
        label->setProperty("figures", true);
    }
    addWidget(queue_);
    addWidget(page_);
    addPermanentWidget(balance_);
    connect(page_, &QLabel::linkActivated, this,
            [this](const QString& link) { emit pageWanted(QUrl(link)); });
    applyTheme();
}

void StatusStrip::setStatus(const runtime::EngineStatus& status) {
    QString workers = counted(status.workers, tr("worker"), tr("workers"));
    QStringList lines{tr("Jobs waiting in the queue, and orders that are not finished")};
    if (!status.remoteWorkers.empty()) {
        workers += tr(" + %1 remote").arg(groupedInteger(status.remoteWorkers.size()));
    }
    for (const runtime::RemoteWorkerStatus& worker : status.remoteWorkers) {
        lines.append(describeRemote(worker));
    }
    queue_->setText(tr("queue %1").arg(fromStd(status.queue)) + kDot + workers + kDot +
                    tr("%1 waiting").arg(groupedInteger(status.jobsWaiting)) + kDot +
                    tr("%1 open").arg(groupedInteger(status.openOrders)) +
                    (status.deadLetters == 0
                         ? QString()
                         : kDot + tr("%1 parked").arg(groupedInteger(status.deadLetters))));
    for (const std::string& remark : status.remarks) {
        lines.append(fromStd(remark));
    }
    queue_->setToolTip(lines.join(QLatin1String("\n\n")));
}

void StatusStrip::setBalances(const runtime::WalletPtr& wallet, const Pair& pair) {
    if (!wallet) {
        return;
    }
    const auto text = [&](const domain::Pubkey& mint) {
        const auto balance = wallet->balance(execution::WalletOwner::trader, mint);
        return tokens_.shown(balance.amountRaw, mint) + u' ' + tokens_.symbol(mint);
    };
    balance_->setText(tr("balance ") + text(pair.base) + kDot + text(pair.quote));
}

void StatusStrip::applyTheme() {
    const QString url = pageUrl_.toDisplayString(QUrl::RemoveUserInfo | QUrl::StripTrailingSlash);
    page_->setText(QStringLiteral("<a href=\"%1\" style=\"color:%2\">%3</a>")
                       .arg(QString::fromLatin1(pageUrl_.toEncoded()),
                            theme_.colors().accent.name(), url.toHtmlEscaped()));
    page_->setToolTip(tr("Open the browser page"));
}

QString marketBadge(const runtime::EngineStatus& status) {
    return fromView(runtime::nameOf(status.marketKind)) + kDot + fromStd(status.profile) + kDot +
           StatusStrip::tr("slot %1").arg(groupedInteger(status.slot));
}

}  // namespace oee::ui
