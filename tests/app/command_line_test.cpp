#include <QDir>
#include <QTest>

#include "app/command_line.h"

using namespace oee;

namespace {

tl::expected<app::Options, app::Refused> parse(const QStringList& arguments) {
    return app::parseCommandLine(QStringList{QStringLiteral("order-execution-engine")} + arguments);
}

}  // namespace

class CommandLineTest : public QObject {
    Q_OBJECT

  private slots:
    void theDefaultsAreAWindowOnACalmNetwork() {
        const auto options = parse({});
        QVERIFY(options.has_value());
        QVERIFY(options->command == app::Command::window);
        QCOMPARE(options->profile, QStringLiteral("calm"));
        QCOMPARE(options->redis, QStringLiteral("auto"));
        QCOMPARE(options->httpPort, std::uint16_t{8000});
        QCOMPARE(options->wsPort, std::uint16_t{8001});
        QVERIFY(!options->dataFolder.isEmpty());
        QVERIFY(!options->accounts);
    }

    void optionsStandBeforeOrAfterTheCommand() {
        for (const QStringList& arguments :
             {QStringList{"serve", "--seed", "18446744073709551615", "--workers=3"},
              QStringList{"--seed", "18446744073709551615", "serve", "--workers", "3"}}) {
            const auto options = parse(arguments);
            QVERIFY(options.has_value());
            QVERIFY(options->command == app::Command::serve);
            QCOMPARE(options->seed, std::numeric_limits<std::uint64_t>::max());
            QVERIFY(options->workers == 3U);
        }
    }

    void quoteTakesAFolderAndBatch() {
        const auto options = parse({"quote", "--accounts", "/dumps", "--batch"});
        QVERIFY(options.has_value());
        QVERIFY(options->command == app::Command::quote);
        QCOMPARE(*options->accounts, QStringLiteral("/dumps"));
    }

    void routeTakesAFolderAndBatch() {
        const auto options = parse({"--batch", "route", "--accounts", "/dumps"});
        QVERIFY(options.has_value());
        QVERIFY(options->command == app::Command::route);
    }

    void verifyTakesADataFolder() {
        const auto options = parse({"verify", "--data-dir", "/data"});
        QVERIFY(options.has_value());
        QVERIFY(options->command == app::Command::verify);
        QCOMPARE(options->dataFolder, QStringLiteral("/data"));
    }

    void simulateTakesItsOwnOptions() {
        const auto options =
            parse({"simulate", "--orders", "7", "--rate", "3", "--pairs", "SOL/USDC,JUP/SOL",
                   "--path", "SOL/USDC=/a.csv", "--path", "JUP/SOL=/b=c.csv", "--path-scale", "0.5",
                   "--counterfactuals", "--out", "/report.json", "--deterministic"});
        QVERIFY(options.has_value());
        QVERIFY(options->command == app::Command::simulate);
        const app::SimulationChoice& choice = options->simulation;
        QCOMPARE(choice.orders, std::uint64_t{7});
        QCOMPARE(choice.rate, std::uint64_t{3});
        QCOMPARE(choice.pairs, (QStringList{"SOL/USDC", "JUP/SOL"}));
        QCOMPARE(choice.paths.size(), std::size_t{2});
        QCOMPARE(choice.paths[1].pair, QStringLiteral("JUP/SOL"));
        QCOMPARE(choice.paths[1].file, QStringLiteral("/b=c.csv"));
        QCOMPARE(choice.pathScale, 0.5);
        QVERIFY(choice.counterfactuals);
        QCOMPARE(*choice.out, QStringLiteral("/report.json"));
        QVERIFY(!options->isDataFolderGiven);
        const auto plain = parse({"simulate", "--orders", "1"});
        QCOMPARE(plain->simulation.rate, std::uint64_t{50});
        QVERIFY(plain->simulation.pairs.isEmpty() && !plain->simulation.counterfactuals);
    }

    void mistakesOfSimulateAreNamed_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("named");
        QTest::newRow("no orders") << QStringList{"simulate"} << "--orders is missing";
        QTest::newRow("none") << QStringList{"simulate", "--orders", "0"} << "--orders";
        QTest::newRow("rate") << QStringList{"simulate", "--orders", "1", "--rate", "x"}
                              << "--rate";
        QTest::newRow("path") << QStringList{"simulate", "--orders", "1", "--path", "SOL/USDC"}
                              << "PAIR=FILE";
        QTest::newRow("scale") << QStringList{"simulate", "--orders", "1", "--path-scale", "-1"}
                               << "--path-scale";
        QTest::newRow("elsewhere")
            << QStringList{"serve", "--orders", "1"} << "belongs to simulate";
    }
    void mistakesOfSimulateAreNamed() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, named);
        const auto options = parse(arguments);
        QVERIFY(!options.has_value());
        QCOMPARE(options.error().exitStatus, 2);
        QVERIFY2(options.error().text.contains(named), qPrintable(options.error().text));
    }

    void aWorkerNeedsNoDatabase() {
        const auto options = parse({"worker", "--redis", "redis://h", "--instance", "01K_a-b",
                                    "--secret-file", "s", "--name", "n", "--workers", "2"});
        QVERIFY(options.has_value());
        QVERIFY(options->command == app::Command::worker);
        QCOMPARE(options->worker.instance.value(), QStringLiteral("01K_a-b"));
        QCOMPARE(options->worker.name.value(), QStringLiteral("n"));
        QVERIFY(QDir::isAbsolutePath(options->worker.secretFile.value()));
        QVERIFY(options->workers == 2U);
        QVERIFY(parse({"worker"})->workers == std::nullopt);
    }

    void planningMayBeLeftToOthers() {
        for (const QString command : {"serve", ""}) {
            QStringList arguments{"--workers", "0", "--redis", "redis://h"};
            if (!command.isEmpty()) {
                arguments.prepend(command);
            }
            QVERIFY(parse(arguments)->workers == 0U);
        }
    }

    void foldersBecomeAbsolute() {
        const auto options = parse({"--data-dir", "here", "--accounts", "there"});
        QVERIFY(QDir::isAbsolutePath(options->dataFolder));
        QVERIFY(QDir::isAbsolutePath(*options->accounts));
    }

    void aMistakeIsNamedAndExitsWithTwo_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("named");
        QTest::newRow("unknown option") << QStringList{"--sead", "1"} << "sead";
        QTest::newRow("unknown command") << QStringList{"launch"} << "launch";
        QTest::newRow("two commands") << QStringList{"serve", "again"} << "again";
        QTest::newRow("quote from nothing") << QStringList{"quote", "--batch"} << "--accounts";
        QTest::newRow("quote of what") << QStringList{"quote", "--accounts", "x"} << "--batch";
        QTest::newRow("route from nothing") << QStringList{"route", "--batch"} << "--accounts";
        QTest::newRow("batch of what") << QStringList{"serve", "--batch"} << "--batch";
        QTest::newRow("no value") << QStringList{"--seed"} << "seed";
        QTest::newRow("negative") << QStringList{"--seed=-1"} << "--seed";
        QTest::newRow("too large") << QStringList{"--seed", "18446744073709551616"} << "--seed";
        QTest::newRow("no workers") << QStringList{"--workers", "0"} << "--workers";
        QTest::newRow("no workers and no Redis")
            << QStringList{"serve", "--workers", "0", "--redis", "none"} << "--workers";
        QTest::newRow("a worker without threads")
            << QStringList{"worker", "--redis", "redis://h", "--workers", "0"} << "--workers";
        QTest::newRow("a worker of nobody")
            << QStringList{"worker", "--redis", "none"} << "--redis";
        QTest::newRow("an instance that is no key")
            << QStringList{"worker", "--instance", "a:b"} << "--instance";
        QTest::newRow("a name that is no key")
            << QStringList{"worker", "--name", "a b"} << "--name";
        QTest::newRow("a secret for the engine")
            << QStringList{"serve", "--secret-file", "x"} << "--secret-file";
        QTest::newRow("port") << QStringList{"--http-port", "65536"} << "--http-port";
        QTest::newRow("port text") << QStringList{"--ws-port", "web"} << "--ws-port";
        QTest::newRow("same ports")
            << QStringList{"--http-port", "9000", "--ws-port", "9000"} << "--ws-port";
        QTest::newRow("profile") << QStringList{"--profile", "stormy"} << "stormy";
        QTest::newRow("folder") << QStringList{"--data-dir", ""} << "--data-dir";
    }
    void aMistakeIsNamedAndExitsWithTwo() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, named);
        const auto refused = parse(arguments);
        QVERIFY(!refused.has_value());
        QCOMPARE(refused.error().exitStatus, 2);
        QVERIFY2(refused.error().text.contains(named), qPrintable(refused.error().text));
    }

    void helpAndVersionExitWithZero() {
        const auto help = parse({"serve", "--help"});
        QCOMPARE(help.error().exitStatus, 0);
        for (const char* option :
             {"--data-dir", "--accounts", "--profile", "--seed", "--workers", "--redis",
              "--http-port", "--ws-port", "--batch", "serve", "quote", "route", "verify",
              "simulate", "stress", "worker", "--instance", "--secret-file", "--name"}) {
            QVERIFY2(help.error().text.contains(QLatin1String(option)), option);
        }
        QCoreApplication::setApplicationVersion("1.2.3");
        QCOMPARE(parse({"--version"}).error().exitStatus, 0);
        QVERIFY(parse({"--version"}).error().text.contains("1.2.3"));
    }
};

QTEST_GUILESS_MAIN(CommandLineTest)
#include "command_line_test.moc"
