#include "domain/pubkey.h"

#include <algorithm>
#include <cassert>

#include "base/base58.h"

namespace oee::domain {
namespace {

template <typename T>
std::optional<T> fromBase58(std::string_view text) {
    T value;
    const auto bytes = base::decodeBase58(text);
    if (!bytes || bytes->size() != value.bytes.size()) {
        return std::nullopt;
    }
    std::copy(bytes->begin(), bytes->end(), value.bytes.begin());
    return value;
}

}  // namespace

std::string toBase58(const Pubkey& key) {
    return base::encodeBase58(key.bytes);
}
std::string toBase58(const Signature& signature) {
    return base::encodeBase58(signature.bytes);
}

std::optional<Pubkey> pubkeyFromBase58(std::string_view text) {
    return fromBase58<Pubkey>(text);
}

std::optional<Signature> signatureFromBase58(std::string_view text) {
    return fromBase58<Signature>(text);
}

std::string shortForm(const Pubkey& key) {
    const std::string text = toBase58(key);
    return text.substr(0, 4) + "…" + text.substr(text.size() - 4);
}

Pubkey pubkeyLiteral(std::string_view text) {
    const auto key = pubkeyFromBase58(text);
    assert(key.has_value());
    return key.value_or(Pubkey{});
}

}  // namespace oee::domain
