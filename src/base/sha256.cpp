#include "base/sha256.h"

#include <memory>
#include <new>

#include <openssl/evp.h>

namespace oee::base {
namespace {

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// OpenSSL fails here only without memory, or without SHA-256 itself.
void require(bool done) {
    if (!done) {
        throw std::bad_alloc();
    }
}

Context makeContext() {
    Context context(EVP_MD_CTX_new());
    require(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
    return context;
}

}  // namespace

Sha256 sha256(std::string_view message) {
    // Making one takes longer than a short message does.
    thread_local const Context context = makeContext();
    Sha256 digest{};
    require(EVP_DigestInit_ex(context.get(), nullptr, nullptr) == 1 &&
            EVP_DigestUpdate(context.get(), message.data(), message.size()) == 1 &&
            EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
    return digest;
}

}  // namespace oee::base
