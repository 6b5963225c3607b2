#pragma once
// Broken accounts for any program: decoding must answer with an error or with a pool that can be
// quoted, applied and encoded; never crash or read outside (the sanitizer builds watch).

#include <QByteArray>
#include <QTest>

#include "amm/pool.h"
#include "base/rng.h"

namespace oee::test {

inline amm::SwapRequest randomRequest(base::CounterRng& rng) {
    amm::SwapRequest request;
    request.mode = static_cast<amm::SwapMode>(rng.below(3));
    request.direction = rng.below(2) == 0 ? amm::SwapDirection::aToB : amm::SwapDirection::bToA;
    request.amountRaw = rng.nextU64() >> rng.below(64);
    if (rng.below(4) == 0) {
        request.slippageLimitRaw = rng.nextU64() >> rng.below(64);
    }
    return request;
}

// Uses a decoded pool in every way; a failed swap must leave the pool as it was.
inline void exercise(const amm::Pool& pool, amm::AccountSet accounts, base::CounterRng& rng) {
    const amm::ChainClock clock{.slot = rng.nextU64(),
                                .unixTimestamp = static_cast<std::int64_t>(rng.nextU64()),
                                .epoch = rng.below(2'000)};
    const amm::SwapRequest request = randomRequest(rng);
    const auto quoted = amm::quote(pool, request, clock);
    const auto applied = amm::apply(pool, request, clock);
    QCOMPARE(applied.has_value(), quoted.has_value());
    if (applied) {
        QVERIFY(applied->result == *quoted);
        amm::encodePool(*applied->pool, accounts);
    }
    for (const auto direction : {amm::SwapDirection::aToB, amm::SwapDirection::bToA}) {
        QVERIFY(amm::marginalPrice(pool, direction) >= 0.0);
        for (const amm::CurveSegment& segment : amm::curveOf(pool, direction, clock).segments) {
            QVERIFY(segment.price > 0.0 && segment.capacityIn > 0.0);
        }
    }
    amm::vaultBalances(pool);
}

// `required`: without these accounts, or with less than all of their first `required[i]` bytes,
// there is no pool.
inline void truncateEverywhere(const domain::Pubkey& address, const amm::AccountSet& accounts,
                               const std::map<domain::Pubkey, std::size_t>& required) {
    QVERIFY(amm::decodePool(address, accounts).has_value());
    for (const auto& [key, size] : required) {
        amm::AccountSet broken = accounts;
        broken.erase(key);
        QVERIFY(!amm::decodePool(address, broken));
        for (std::size_t length = 0; length < size; ++length) {
            broken = accounts;
            // A new buffer of exactly this size: a read behind it is seen.
            const auto& whole = accounts.at(key).data;
            broken.at(key).data.assign(whole.begin(),
                                       whole.begin() + static_cast<std::ptrdiff_t>(length));
            broken.at(key).data.shrink_to_fit();
            const auto decoded = amm::decodePool(address, broken);
            QVERIFY2(!decoded, qPrintable(QString("decoded with %1 bytes").arg(length)));
            amm::encodePool(*amm::decodePool(address, accounts), broken);
        }
    }
}

// Random bytes in place of some or all of the bytes of each account.
inline void corruptRandomly(const domain::Pubkey& address, const amm::AccountSet& accounts,
                            std::uint64_t seed, int rounds) {
    base::CounterRng rng(seed, base::RngPurpose::test, 0);
    int decodedCount = 0;
    for (int round = 0; round < rounds; ++round) {
        amm::AccountSet broken = accounts;
        for (auto& [key, account] : broken) {
            const std::uint64_t kind = rng.below(4);
            if (account.data.empty() || kind == 0) {
                continue;
            }
            const std::uint64_t bytes = kind == 1 ? account.data.size() : 1 + rng.below(8);
            for (std::uint64_t i = 0; i < bytes; ++i) {
                account.data[rng.below(account.data.size())] =
                    static_cast<std::uint8_t>(rng.below(256));
            }
        }
        const auto decoded = amm::decodePool(address, broken);
        if (decoded) {
            ++decodedCount;
            exercise(*decoded, broken, rng);
            if (QTest::currentTestFailed()) {
                return;
            }
        } else {
            QVERIFY(!decoded.error().where.empty());
        }
    }
    // Otherwise the test exercised nothing but refusals.
    QVERIFY(decodedCount > 0);
    QVERIFY(decodedCount < rounds);
}

}  // namespace oee::test
