#include "app/simulate_options.h"

#include <cmath>
#include <optional>

#include <QDir>

#include "domain/amount.h"

namespace oee::app {
namespace {

constexpr std::uint64_t kMostOrders = 100'000'000;
constexpr std::uint64_t kMostRate = 10'000;  // as many as may be open at once

std::optional<std::uint64_t> countOf(const QString& text, std::uint64_t most) {
    const auto value = domain::parseRaw(text.toStdString());
    return value && *value >= 1 && *value <= most ? std::optional(*value) : std::nullopt;
}

QString notACount(const QString& option, const QString& text, std::uint64_t most) {
    return QStringLiteral("--%1: \"%2\" is not a whole number from 1 to %3.")
        .arg(option, text)
        .arg(most);
}

}  // namespace

void SimulateOptionSet::addTo(QCommandLineParser& parser) const {
    parser.addOptions(
        {orders_, rate_, pairs_, path_, pathScale_, counterfactuals_, out_, deterministic_});
}

tl::expected<SimulationChoice, QString> SimulateOptionSet::read(const QCommandLineParser& parser,
                                                                Command command) const {
    SimulationChoice choice;
    const bool isStress = command == Command::stress;
    if (command != Command::simulate) {
        for (const QCommandLineOption* option :
             {&rate_, &path_, &pathScale_, &counterfactuals_, &out_, &deterministic_}) {
            if (parser.isSet(*option)) {
                return tl::make_unexpected(
                    QStringLiteral("--%1 belongs to simulate.").arg(option->names().constFirst()));
            }
        }
        for (const QCommandLineOption* option : {&orders_, &pairs_}) {
            if (!isStress && parser.isSet(*option)) {
                return tl::make_unexpected(QStringLiteral("--%1 belongs to simulate and stress.")
                                               .arg(option->names().constFirst()));
            }
        }
        if (!isStress) {
            return choice;
        }
    }
    if (!parser.isSet(orders_)) {
        return tl::make_unexpected(
            QStringLiteral("%1: --orders is missing.")
                .arg(isStress ? QStringLiteral("stress") : QStringLiteral("simulate")));
    }
    const auto orders = countOf(parser.value(orders_), kMostOrders);
    if (!orders) {
        return tl::make_unexpected(
            notACount(QStringLiteral("orders"), parser.value(orders_), kMostOrders));
    }
    choice.orders = *orders;
    if (parser.isSet(rate_)) {
        const auto rate = countOf(parser.value(rate_), kMostRate);
        if (!rate) {
            return tl::make_unexpected(
                notACount(QStringLiteral("rate"), parser.value(rate_), kMostRate));
        }
        choice.rate = *rate;
    }
    if (parser.isSet(pairs_)) {
        choice.pairs = parser.value(pairs_).split(QLatin1Char(','));
    }
    for (const QString& text : parser.values(path_)) {
        const qsizetype equals = text.indexOf(QLatin1Char('='));
        if (equals <= 0 || equals + 1 == text.size()) {
            return tl::make_unexpected(
                QStringLiteral("--path: \"%1\" is not PAIR=FILE.").arg(text));
        }
        choice.paths.push_back(
            {text.left(equals), QDir::current().absoluteFilePath(text.mid(equals + 1))});
    }
    if (parser.isSet(pathScale_)) {
        bool isNumber = false;
        choice.pathScale = parser.value(pathScale_).toDouble(&isNumber);
        if (!isNumber || !std::isfinite(choice.pathScale) || choice.pathScale <= 0) {
            return tl::make_unexpected(QStringLiteral("--path-scale: \"%1\" is not a positive "
                                                      "number.")
                                           .arg(parser.value(pathScale_)));
        }
    }
    choice.counterfactuals = parser.isSet(counterfactuals_);
    if (parser.isSet(out_)) {
        choice.out = QDir::current().absoluteFilePath(parser.value(out_));
    }
    return choice;
}

}  // namespace oee::app
