#pragma once
// The log of everything that talks to Redis.

#include <QLoggingCategory>

namespace oee::jobs {

Q_DECLARE_LOGGING_CATEGORY(redisLog)

}  // namespace oee::jobs
