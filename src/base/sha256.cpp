// OpenSSL 3 would rather have its newer interface used. That one keeps something for each thread,
// which is freed at the end of the thread and at the end of the process, whichever comes first; a
// QThread's end is after its wait() (Qt 6.4), so that both may come at once.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/sha256.h"

#include <openssl/sha.h>

namespace oee::base {

// None of the calls fails: they only compute.
Sha256 sha256(std::string_view message) {
    SHA256_CTX context;
    Sha256 digest{};
    SHA256_Init(&context);
    SHA256_Update(&context, message.data(), message.size());
    SHA256_Final(digest.data(), &context);
    return digest;
}

}  // namespace oee::base
