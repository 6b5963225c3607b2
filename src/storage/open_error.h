#pragma once
// Why a data folder cannot be used.

#include <string>
#include <string_view>

namespace oee::storage {

enum class OpenError {
    cannotOpen,       // the folder is missing, or the operating system refuses
    notADatabase,     // the file is something else
    foreignDatabase,  // an SQLite file of another program
    corrupt,
    newerSchema,  // written by a newer version of this program
    migrationFailed,
    otherGenesis,  // set up from another market
    readOnly,
    busy,  // another process holds the write lock
    full,  // no space left
};

struct OpenFailure {
    OpenError error = OpenError::cannotOpen;
    std::string detail;  // for people
};

std::string_view nameOf(OpenError error);

}  // namespace oee::storage
