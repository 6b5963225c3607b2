#pragma once
// Account dumps on disk, in the shape that `solana account --output json` writes: one file an
// account, a folder a pool, with a pool.json that names the program, the clock and the tokens.

#include <string>
#include <string_view>
#include <vector>

#include <QString>
#include <QStringList>
#include <tl/expected.hpp>

#include "amm/account.h"
#include "domain/token.h"
#include "domain/venue.h"

namespace oee::market {

struct PoolDump {
    domain::Pubkey pool;
    domain::Program program = domain::Program::raydiumAmmV4;
    amm::ChainClock clock;
    std::vector<domain::Token> tokens;
    amm::AccountSet accounts;
};

enum class DumpError { folderUnreadable, fileUnreadable, notJson, fieldMissing, invalidField };

// "folderUnreadable", …: stable names for logs.
std::string_view nameOf(DumpError error);

struct DumpFailure {
    DumpError error = DumpError::folderUnreadable;
    std::string path;
    std::string field;
};

// One pool's folder.
tl::expected<PoolDump, DumpFailure> readPoolDump(const QString& folder);

// Every folder at or below `directory` that has a pool.json, in order of path.
tl::expected<QStringList, DumpFailure> poolFolders(const QString& directory);

// Every folder at or below `directory` that has a pool.json, in order of path. The first broken
// one is the error: a market with holes would answer wrongly in silence.
tl::expected<std::vector<PoolDump>, DumpFailure> readPoolDumps(const QString& directory);

}  // namespace oee::market
