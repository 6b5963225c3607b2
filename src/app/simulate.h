#pragma once
// The command `simulate`: a whole run in virtual time, told as JSON.

#include <QByteArray>
#include <tl/expected.hpp>

#include "app/command_line.h"
#include "app/session.h"

namespace oee::app {

// The report as indented JSON. With a data folder the history is in its engine.db, which must be
// new: a simulation begins at genesis.
tl::expected<QByteArray, StartFailure> simulate(const Options& options);

}  // namespace oee::app
