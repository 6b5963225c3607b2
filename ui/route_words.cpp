#include "ui/route_words.h"

#include <QCoreApplication>
#include <QStringList>

#include "ui/format.h"
#include "ui/order_words.h"

namespace oee::ui {
namespace {

constexpr std::uint64_t kPpbOfPpm = 1'000;
constexpr std::uint64_t kPpbOfBps = 100'000;

QString tr(const char* text) {
    return QCoreApplication::translate("route", text);
}

// One decimal, rounded up.
QString inUnits(std::uint64_t ppb, std::uint64_t unitPpb) {
    const std::uint64_t tenth = unitPpb / 10;
    const std::uint64_t tenths = ppb / tenth + (ppb % tenth == 0 ? 0 : 1);
    return groupedInteger(tenths / 10) + u'.' + QString::number(tenths % 10);
}

QString foundText(const routing::Plan& plan, std::uint64_t amountRaw, const TokenBook& tokens) {
    const bool exactIn = plan.mode == domain::RouteMode::exactIn;
    return tokens.exact(amountRaw, exactIn ? plan.outputMint : plan.inputMint);
}

}  // namespace

QString gapText(std::uint64_t gapPpb) {
    if (gapPpb < kPpbOfPpm) {
        return QString::number(gapPpb) + QStringLiteral(" ppb");
    }
    return gapPpb < kPpbOfBps ? inUnits(gapPpb, kPpbOfPpm) + QStringLiteral(" ppm")
                              : inUnits(gapPpb, kPpbOfBps) + QStringLiteral(" bps");
}

QString bestWords(domain::RouteScope scope, std::optional<domain::Venue> venue) {
    QString words;
    switch (scope) {
        case domain::RouteScope::single:
            words = tr("the best single pool");
            break;
        case domain::RouteScope::split:
            words = tr("the best direct split");
            break;
        case domain::RouteScope::full:
            words = tr("the best possible");
            break;
    }
    return venue ? words + tr(" on %1").arg(fromView(domain::displayNameOf(*venue))) : words;
}

QString gapSentence(std::uint64_t gapPpb, const QString& best) {
    if (gapPpb == 0) {
        return best.left(1).toUpper() + best.mid(1);
    }
    return tr("Within %1 of %2").arg(gapText(gapPpb), best);
}

QString gapSentence(const routing::Plan& plan, const QString& best) {
    if (!plan.gapWithinHopsPpb) {
        return gapSentence(plan.gapPpb, best);
    }
    return gapSentence(*plan.gapWithinHopsPpb,
                       tr("%1 in %2 hops").arg(best).arg(domain::kMostHops));
}

QString boundText(const routing::Plan& plan, const TokenBook& tokens) {
    const QString bound = foundText(plan, plan.boundRaw, tokens);
    if (plan.mode == domain::RouteMode::exactOut) {
        return tr("No plan of this routing costs less than %1, this one %2")
            .arg(bound, foundText(plan, plan.amountInRaw, tokens));
    }
    return (plan.networkCostOutRaw > 0
                ? tr("After network fees no plan of this routing brings more than %1, this one %2")
                : tr("No plan of this routing brings more than %1, this one %2"))
        .arg(bound, foundText(plan, plan.netOutRaw, tokens));
}

QString limitsText(const routing::Plan& plan, const TokenBook& tokens) {
    if (!plan.limits.any()) {
        return {};
    }
    QStringList names;
    const std::pair<bool, QString> all[] = {{plan.limits.hops, tr("the number of hops")},
                                            {plan.limits.legs, tr("the number of legs")},
                                            {plan.limits.bytes, tr("the size of a transaction")},
                                            {plan.limits.computeUnits, tr("its compute units")}};
    for (const auto& [binds, name] : all) {
        if (binds) {
            names << name;
        }
    }
    const bool exactIn = plan.mode == domain::RouteMode::exactIn;
    return (exactIn ? tr("Limited by %1; without, the best plan found brings %2.")
                    : tr("Limited by %1; without, the best plan found costs %2."))
        .arg(names.join(tr(" and ")), foundText(plan, plan.limits.unlimitedRaw, tokens));
}

QString routeText(const routing::Plan& plan) {
    if (plan.legs.size() == 1) {
        return venueText(plan.legs.front().program);
    }
    return plan.paths.size() > 1
               ? tr("%1 legs, %2 paths").arg(plan.legs.size()).arg(plan.paths.size())
               : tr("%1 legs").arg(plan.legs.size());
}

QString pathText(const routing::Plan& plan, const routing::PlanPath& path,
                 const TokenBook& tokens) {
    QStringList symbols{tokens.symbol(plan.inputMint)};
    for (const std::uint32_t leg : path.legs) {
        symbols << tokens.symbol(plan.legs[leg].outputMint);
    }
    return symbols.join(QStringLiteral(" \u2192 "));
}

}  // namespace oee::ui
