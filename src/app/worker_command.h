#pragma once
// The `worker` command: plans for an engine that runs elsewhere.

#include <functional>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "app/command_line.h"
#include "app/session.h"
#include "runtime/remote_worker.h"

namespace oee::app {

// Runs until it is stopped or destroyed. `say` is told what a person should know, from any thread.
tl::expected<std::unique_ptr<runtime::RemoteWorker>, StartFailure> startWorker(
    const Options& options, std::function<void(const std::string& text)> say);

}  // namespace oee::app
