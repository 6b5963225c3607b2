#pragma once
// Accounts that a Raydium program owns, found in a pool's set.

#include <array>
#include <cstddef>
#include <cstdint>

#include <tl/expected.hpp>

#include "amm/account.h"
#include "amm/bytes.h"
#include "amm/error.h"
#include "domain/venue.h"

namespace oee::amm::raydium {

struct AccountKind {
    domain::Program program = domain::Program::raydiumCpmm;
    std::array<std::uint8_t, 8> discriminator{};
    std::size_t size = 0;
    const char* role = "";
};

// An account of the program, of at least its size: newer revisions may append.
inline tl::expected<const Account*, DecodeFailure> findAccount(const domain::Pubkey& address,
                                                               const AccountSet& accounts,
                                                               const AccountKind& kind) {
    const auto refuse = [&](DecodeError error) {
        return tl::make_unexpected(DecodeFailure{error, address, kind.role});
    };
    const auto found = accounts.find(address);
    if (found == accounts.end()) {
        return refuse(DecodeError::accountMissing);
    }
    if (found->second.owner != domain::programIdOf(kind.program)) {
        return refuse(DecodeError::wrongOwner);
    }
    if (found->second.data.size() < kind.size) {
        return refuse(DecodeError::tooShort);
    }
    if (!FieldReader(found->second.data).startsWith(kind.discriminator)) {
        return refuse(DecodeError::wrongDiscriminator);
    }
    return &found->second;
}

}  // namespace oee::amm::raydium
