#include "storage/row_hash.h"

#include <string>

#include "base/sha256.h"
#include "storage/event_chain.h"

namespace oee::storage {
namespace {

// Texts of these rows have no blanks, and numbers have their own: no two rows look alike.
std::string hexOfSum(const std::string& message) {
    return hexOf(base::sha256(message)).toStdString();
}

}  // namespace

std::string rowHash(const execution::Wallet::Key& key, const execution::Balance& balance) {
    return hexOfSum(std::string(execution::nameOf(key.first)) + ' ' + domain::toBase58(key.second) +
                    ' ' + std::to_string(balance.amountRaw) + ' ' +
                    std::to_string(balance.reservedRaw));
}

std::string rowHash(const domain::Pubkey& pool, const domain::Pubkey& address,
                    const amm::Account& account) {
    std::string message;
    message.reserve(200 + account.data.size());
    message += domain::toBase58(pool) + ' ' + domain::toBase58(address) + ' ' +
               domain::toBase58(account.owner) + ' ' + std::to_string(account.lamports) + ' ';
    message.append(account.data.begin(), account.data.end());
    return hexOfSum(message);
}

}  // namespace oee::storage
