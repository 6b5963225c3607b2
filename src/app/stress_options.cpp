#include "app/stress_options.h"

#include "domain/amount.h"

namespace oee::app {
namespace {

constexpr std::uint64_t kMostConcurrency = 500;  // an engine takes 512 connections

}  // namespace

void StressOptionSet::addTo(QCommandLineParser& parser) const {
    parser.addOptions({concurrency_, url_});
}

tl::expected<StressChoice, QString> StressOptionSet::read(const QCommandLineParser& parser,
                                                          const Options& options) const {
    StressChoice choice;
    if (options.command != Command::stress) {
        for (const QCommandLineOption* option : {&concurrency_, &url_}) {
            if (parser.isSet(*option)) {
                return tl::make_unexpected(
                    QStringLiteral("--%1 belongs to stress.").arg(option->names().constFirst()));
            }
        }
        return choice;
    }
    if (parser.isSet(concurrency_)) {
        const auto value = domain::parseRaw(parser.value(concurrency_).toStdString());
        if (!value || *value < 1 || *value > kMostConcurrency) {
            return tl::make_unexpected(
                QStringLiteral("--concurrency: \"%1\" is not a whole number from 1 to %2.")
                    .arg(parser.value(concurrency_))
                    .arg(kMostConcurrency));
        }
        choice.concurrency = static_cast<unsigned>(*value);
    }
    if (parser.isSet(url_)) {
        choice.url = QUrl(parser.value(url_), QUrl::StrictMode);
        if (!choice.url.isValid() || choice.url.scheme() != QLatin1String("http") ||
            choice.url.host().isEmpty()) {
            return tl::make_unexpected(
                QStringLiteral("--url: \"%1\" is not an address such as http://127.0.0.1:8000.")
                    .arg(parser.value(url_)));
        }
    }
    return choice;
}

}  // namespace oee::app
