#pragma once
// The exchanges and their on-chain programs.

#include <array>
#include <optional>
#include <string_view>

#include "domain/pubkey.h"

namespace oee::domain {

enum class Venue { raydium, meteora };

enum class Program {
    raydiumAmmV4,
    raydiumCpmm,
    raydiumClmm,
    meteoraDlmm,
    meteoraDammV2,
    meteoraDammV1,
};

inline constexpr std::array kPrograms{Program::raydiumAmmV4,  Program::raydiumCpmm,
                                      Program::raydiumClmm,   Program::meteoraDlmm,
                                      Program::meteoraDammV2, Program::meteoraDammV1};

Venue venueOf(Program program);
// "raydium", "meteora": stable names for JSON and the database.
std::string_view nameOf(Venue venue);
// "raydium-amm-v4", …: stable names for JSON and the database (the folder names of the dumps).
std::string_view nameOf(Program program);
// "Raydium AMM v4", …: for people.
std::string_view displayNameOf(Program program);
std::string_view displayNameOf(Venue venue);
std::optional<Program> programFromName(std::string_view name);
std::optional<Venue> venueFromName(std::string_view name);

const Pubkey& programIdOf(Program program);
std::optional<Program> programFromId(const Pubkey& programId);

}  // namespace oee::domain
