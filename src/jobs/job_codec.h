#pragma once
// Orders as the one field of a stream entry, and back.

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "jobs/job_queue.h"

namespace oee::jobs {

// Of an entry of the stream; its value is what encodeJob gives.
inline constexpr std::string_view kJobField = "j";

// Everything of an order that has not ended, as bytes: a quarter of the work of a field for each
// member, for Redis and at both ends. What only an end has (execution, failure) and the plan of an
// earlier attempt do not travel; an ended order is a programmer's error.
std::string encodeJob(const Job& job);

enum class JobCodecError {
    anotherVersion,
    malformed,  // cut, too long, or outside what an order may hold
};
std::string_view nameOf(JobCodecError error);

// Nothing is trusted: an entry can come from another version of the program or from anybody who can
// write to the server. decode(encode(x)) equals x, and encode(decode(y)) equals y.
tl::expected<Job, JobCodecError> decodeJob(std::string_view bytes);

}  // namespace oee::jobs
