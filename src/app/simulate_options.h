#pragma once
// The options of the command `simulate`, of which `stress` has two.

#include <QCommandLineParser>
#include <QString>
#include <tl/expected.hpp>

#include "app/command_line.h"

namespace oee::app {

class SimulateOptionSet {
  public:
    void addTo(QCommandLineParser& parser) const;
    // Mistakes in words. They belong to no other commands.
    tl::expected<SimulationChoice, QString> read(const QCommandLineParser& parser,
                                                 Command command) const;

  private:
    QCommandLineOption orders_{QStringLiteral("orders"),
                               QStringLiteral("simulate, stress: how many random orders."),
                               QStringLiteral("N")};
    QCommandLineOption rate_{QStringLiteral("rate"),
                             QStringLiteral("simulate: new orders a slot (default: 50)."),
                             QStringLiteral("N")};
    QCommandLineOption pairs_{
        QStringLiteral("pairs"),
        QStringLiteral(
            "simulate, stress: pairs to trade, such as SOL/USDC,JUP/SOL (default: all)."),
        QStringLiteral("PAIR,PAIR")};
    QCommandLineOption path_{
        QStringLiteral("path"),
        QStringLiteral("simulate: prices of a pair from a CSV file with the columns time_ms and "
                       "price; may be given several times."),
        QStringLiteral("PAIR=FILE")};
    QCommandLineOption pathScale_{
        QStringLiteral("path-scale"),
        QStringLiteral("simulate: what recorded prices are multiplied by (default: 1)."),
        QStringLiteral("X")};
    QCommandLineOption counterfactuals_{
        QStringLiteral("counterfactuals"),
        QStringLiteral("simulate: also what other routes would have paid.")};
    QCommandLineOption out_{QStringLiteral("out"),
                            QStringLiteral("simulate: write the report into FILE."),
                            QStringLiteral("FILE")};
    QCommandLineOption deterministic_{
        QStringLiteral("deterministic"),
        QStringLiteral("simulate: accepted for clarity; every simulation is.")};
};

}  // namespace oee::app
