#pragma once
// A simulation's report as JSON.

#include <QJsonObject>

#include "runtime/simulation_report.h"

namespace oee::app {

// `seconds`: of real time, for the rate. Everything but `seconds` and `ordersPerSecond` is a
// function of the simulation's options.
QJsonObject simulationJson(const runtime::SimulationReport& report, double seconds);

}  // namespace oee::app
