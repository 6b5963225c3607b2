#pragma once
// Recorded prices: CSV with the columns time_ms and price.

#include <vector>

#include <QString>
#include <tl/expected.hpp>

#include "chain/price_process.h"

namespace oee::app {

// At least one line of data, times ascending, prices positive and finite. The error names the file
// and the line.
tl::expected<std::vector<chain::PathPoint>, QString> readPricePath(const QString& path);

}  // namespace oee::app
