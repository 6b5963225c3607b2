#pragma once
// The command `stress`: random orders for an engine that runs, over its API.

#include <QByteArray>
#include <tl/expected.hpp>

#include "app/command_line.h"
#include "app/session.h"

namespace oee::app {

struct StressOutcome {
    QByteArray json;
    bool isWhole = false;  // every request was answered, every accepted order has ended
};

// Sends the orders over as many connections as asked for, hears of confirmations over the
// WebSocket, and asks for those of which it hears nothing. The orders are a function of the seed
// and of what the engine's wallet holds. A token that the engine asks for is read from the data
// folder, where one was given.
tl::expected<StressOutcome, StartFailure> stress(const Options& options);

}  // namespace oee::app
