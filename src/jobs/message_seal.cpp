#include "jobs/message_seal.h"

#include <cassert>
#include <cstddef>
#include <utility>

#include <QMessageAuthenticationCode>

#include "base/byte_codec.h"

namespace oee::jobs {
namespace {

constexpr std::size_t kCodeSize = 32;

QByteArray bytesOf(std::string_view text) {
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

// Looks at every byte whatever it finds.
bool isEqual(std::string_view one, std::string_view other) {
    unsigned difference = one.size() == other.size() ? 0 : 1;
    for (std::size_t i = 0; i < one.size() && i < other.size(); ++i) {
        difference |= static_cast<unsigned>(static_cast<unsigned char>(one[i])) ^
                      static_cast<unsigned>(static_cast<unsigned char>(other[i]));
    }
    return difference == 0;
}

}  // namespace

std::string hmacSha256(std::string_view key, std::string_view message) {
    QMessageAuthenticationCode code(QCryptographicHash::Sha256, bytesOf(key));
    code.addData(message.data(), static_cast<qsizetype>(message.size()));
    return code.result().toStdString();
}

MessageSeal::MessageSeal(std::string secret, std::string instanceId)
    : secret_(std::move(secret)), instanceId_(std::move(instanceId)) {
    assert(!secret_.empty());
}

std::string MessageSeal::codeOf(MessageKind kind, std::string_view payload) const {
    base::ByteWriter head;
    head.u8(static_cast<std::uint8_t>(kind));
    head.text(instanceId_);  // with its length: no payload can pass for a part of it
    const std::string prefix = head.take();
    QMessageAuthenticationCode code(QCryptographicHash::Sha256, bytesOf(secret_));
    code.addData(prefix.data(), static_cast<qsizetype>(prefix.size()));
    code.addData(payload.data(), static_cast<qsizetype>(payload.size()));
    return code.result().toStdString();
}

std::string MessageSeal::seal(MessageKind kind, std::string_view payload) const {
    return codeOf(kind, payload).append(payload);
}

std::optional<std::string_view> MessageSeal::open(MessageKind kind, std::string_view sealed) const {
    if (sealed.size() < kCodeSize) {
        return std::nullopt;
    }
    const std::string_view payload = sealed.substr(kCodeSize);
    if (!isEqual(sealed.substr(0, kCodeSize), codeOf(kind, payload))) {
        return std::nullopt;
    }
    return payload;
}

}  // namespace oee::jobs
