#pragma once
// Orders as the flat field/value pairs of a stream entry, and back.

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "jobs/job_queue.h"

namespace oee::jobs {

// Names are literals. Values are text: numbers as decimal digits (u64 exactly), addresses in
// base58.
using JobFields = std::vector<std::pair<std::string_view, std::string>>;

// Everything of an order that has not ended. What only an end has (execution, failure) does not
// travel; an ended order is a programmer's error.
JobFields encodeJob(const Job& job);

enum class JobFieldProblem {
    oddCount,  // the last field has no value
    missing,
    duplicate,
    unknown,
    malformed,  // cannot be read, or outside what an order may hold
};
std::string_view nameOf(JobFieldProblem problem);

struct JobFieldError {
    JobFieldProblem problem = JobFieldProblem::malformed;
    std::string field;  // at most 64 bytes of the name; as it came, so escape it before showing it

    friend bool operator==(const JobFieldError&, const JobFieldError&) = default;
};

// `flat` is name, value, name, value … Nothing of it is trusted: an entry can come from another
// version of the program or from anybody who can write to the server. decode(encode(x)) equals x.
tl::expected<Job, JobFieldError> decodeJob(std::span<const std::string_view> flat);

}  // namespace oee::jobs
