#include "domain/venue.h"

#include <cstddef>

namespace oee::domain {
namespace {

struct ProgramFacts {
    Program program;
    Venue venue;
    std::string_view name;
    std::string_view displayName;
    std::string_view programId;
};

// Program ids: Raydium and Meteora developer documentation; the same as in the account dumps.
constexpr std::array<ProgramFacts, kPrograms.size()> kFacts{{
    {Program::raydiumAmmV4, Venue::raydium, "raydium-amm-v4", "Raydium AMM v4",
     "675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8"},
    {Program::raydiumCpmm, Venue::raydium, "raydium-cpmm", "Raydium CPMM",
     "CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C"},
    {Program::raydiumClmm, Venue::raydium, "raydium-clmm", "Raydium CLMM",
     "CAMMCzo5YL8w4VFF8KVHrK22GGUsp5VTaW7grrKgrWqK"},
    {Program::meteoraDlmm, Venue::meteora, "meteora-dlmm", "Meteora DLMM",
     "LBUZKhRxPF3XUpBCjp4YzTKgLccjZhTSDM9YuVaPwxo"},
    {Program::meteoraDammV2, Venue::meteora, "meteora-damm-v2", "Meteora DAMM v2",
     "cpamdpZCGKUy5JxQXB4dcpGPiikHawvSWAd6mEn1sGG"},
    {Program::meteoraDammV1, Venue::meteora, "meteora-damm-v1", "Meteora DAMM v1",
     "Eo7WjKq67rjJQSZxS6z3YkapzY3eMj6Xy8X5EQVn5UaB"},
}};

const ProgramFacts& factsOf(Program program) {
    return kFacts[static_cast<std::size_t>(program)];
}

}  // namespace

Venue venueOf(Program program) {
    return factsOf(program).venue;
}

std::string_view nameOf(Venue venue) {
    return venue == Venue::raydium ? "raydium" : "meteora";
}

std::string_view displayNameOf(Venue venue) {
    return venue == Venue::raydium ? "Raydium" : "Meteora";
}

std::string_view nameOf(Program program) {
    return factsOf(program).name;
}

std::string_view displayNameOf(Program program) {
    return factsOf(program).displayName;
}

std::optional<Program> programFromName(std::string_view name) {
    for (const ProgramFacts& facts : kFacts) {
        if (facts.name == name) {
            return facts.program;
        }
    }
    return std::nullopt;
}

std::optional<Venue> venueFromName(std::string_view name) {
    for (const Venue venue : {Venue::raydium, Venue::meteora}) {
        if (nameOf(venue) == name) {
            return venue;
        }
    }
    return std::nullopt;
}

const Pubkey& programIdOf(Program program) {
    static const auto ids = [] {
        std::array<Pubkey, kFacts.size()> keys;
        for (std::size_t i = 0; i < kFacts.size(); ++i) {
            keys[i] = pubkeyLiteral(kFacts[i].programId);
        }
        return keys;
    }();
    return ids[static_cast<std::size_t>(program)];
}

std::optional<Program> programFromId(const Pubkey& programId) {
    for (const Program program : kPrograms) {
        if (programIdOf(program) == programId) {
            return program;
        }
    }
    return std::nullopt;
}

}  // namespace oee::domain
