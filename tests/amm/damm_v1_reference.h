#pragma once
// DAMM v1 told a second time, on the facts that the accounts were written from: unlimited integers
// whose width is checked where the program's is. Slow and independent of src/amm, to compare with.

#include <cstdint>
#include <variant>

#include <boost/multiprecision/cpp_int.hpp>

#include "amm/account.h"
#include "amm/error.h"
#include "damm_v1_accounts.h"

namespace oee::test {

class SlowDammV1 {
  public:
    using Big = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>,
                                              boost::multiprecision::et_off>;
    struct Paid {
        std::uint64_t outRaw = 0;
        std::uint64_t feeRaw = 0;
        std::uint64_t protocolRaw = 0;
    };
    using Answer = std::variant<Paid, amm::SwapError>;

    explicit SlowDammV1(const DammV1Facts& facts) : facts_(facts) {}
    const DammV1Facts& facts() const { return facts_; }

    // Input of side `in`; the facts change only where it goes through.
    Answer swap(std::size_t in, std::uint64_t amountRaw, const amm::ChainClock& clock) {
        const DammV1Facts before = facts_;
        try {
            return tryToSwap(in, amountRaw, clock);
        } catch (const Refusal& refusal) {
            facts_ = before;
            return refusal.error;
        }
    }

  private:
    struct Refusal {
        amm::SwapError error;
    };

    static Big fit(const Big& value, unsigned bits) {
        if (value < 0 || value >> bits != 0) {
            throw Refusal{amm::SwapError::mathOverflow};
        }
        return value;
    }
    static Big quotient(const Big& numerator, const Big& denominator) {
        if (denominator == 0) {
            throw Refusal{amm::SwapError::mathOverflow};
        }
        return numerator / denominator;
    }
    static std::uint64_t u64(const Big& value) {
        return fit(value, 64).convert_to<std::uint64_t>();
    }

    static Big feeOf(const Big& amount, const Big& numerator, const Big& denominator) {
        if (amount == 0 || numerator == 0) {
            return 0;
        }
        const Big fee = fit(quotient(amount * numerator, denominator), 64);
        return fee == 0 ? Big(1) : fee;
    }

    static Big unlockedOf(const DammV1Side& side, const Big& now) {
        const Big percent = fit(now - side.lastReport, 64) * side.degradation;
        const Big whole = 1'000'000'000'000;
        return percent > whole
                   ? Big(side.totalRaw)
                   : fit(side.totalRaw - side.lockedRaw * (whole - percent) / whole, 64);
    }

    void refreshDepeg(const Big& now) {
        if (!facts_.stable || facts_.depegType == 0) {
            return;
        }
        if (now > fit(Big(facts_.depegUpdated) + 600, 64)) {
            const Big one = facts_.depegType == 1 ? Big(1) << 32 : Big(facts_.stakeDenominator);
            facts_.depegPrice = u64(Big(facts_.stakeNumerator) * 1'000'000 / one);
            facts_.depegUpdated = u64(now);
        }
    }

    static Big constantProduct(const Big& amount, const Big& source, const Big& target) {
        const Big product = source * target;
        const Big sum = source + amount;
        if (sum == 0 || product / sum == 0) {
            throw Refusal{amm::SwapError::zeroAmount};
        }
        const Big left = product / sum + (product % sum == 0 ? 0 : 1);
        if (left >= target) {
            throw Refusal{amm::SwapError::zeroAmount};
        }
        return target - left;
    }

    Big scaleOf(std::size_t side, bool ofPrice) const {
        if (!ofPrice) {
            return facts_.multipliers[side];
        }
        return facts_.depegType == 0 ? Big(1) : side == 0 ? Big(1'000'000) : Big(facts_.depegPrice);
    }

    // The invariant and the other reserve by Newton's method, 192 bits wide.
    Big invariant(const Big& a, const Big& b) const {
        const Big ann = fit(Big(facts_.amp) * 2, 64);
        const Big sum = fit(a + b, 128);
        fit(a * 2, 128);
        fit(b * 2, 128);
        Big d = sum;
        for (int i = 0; i < 256; ++i) {
            Big p = fit(quotient(fit(d * d, 192), a * 2), 192);
            p = fit(quotient(fit(p * d, 192), b * 2), 192);
            const Big above = fit(fit(p * 2, 192) + fit(sum * ann, 128), 192);
            const Big below = fit(fit(d * fit(ann - 1, 64), 192) + fit(p * 3, 192), 192);
            const Big next = quotient(fit(d * above, 192), below);
            const Big moved = next > d ? next - d : d - next;
            d = next;
            if (moved <= 1) {
                break;
            }
        }
        return d;
    }
    Big otherReserve(const Big& x, const Big& d) const {
        const Big ann = Big(facts_.amp) * 2;
        Big c = quotient(fit(d * d, 192), fit(x * 2, 128));
        c = quotient(fit(c * d, 192), fit(ann * 2, 64));
        const Big b = fit(quotient(d, ann) + x, 192);
        Big y = d;
        for (int i = 0; i < 256; ++i) {
            const Big above = fit(fit(y * y, 192) + c, 192);
            const Big below = fit(fit(fit(y * 2, 192) + b, 192) - d, 192);
            const Big next = quotient(above, below);
            const Big moved = next > y ? next - y : y - next;
            y = next;
            if (moved <= 1) {
                break;
            }
        }
        return fit(y, 128);
    }

    Big stable(std::size_t in, const Big& amount, const Big& source, const Big& target) const {
        const auto scaled = [&](const Big& raw, std::size_t side) {
            return fit(fit(raw * scaleOf(side, false), 128) * scaleOf(side, true), 128);
        };
        try {
            const Big x = scaled(source, in);
            const Big y = scaled(target, 1 - in);
            const Big newX = fit(x + scaled(amount, in), 128);
            const Big out = fit(y - otherReserve(newX, invariant(x, y)) - 1, 128);
            return quotient(quotient(out, scaleOf(1 - in, false)), scaleOf(1 - in, true));
        } catch (const Refusal&) {
            throw Refusal{amm::SwapError::zeroAmount};
        }
    }

    Paid tryToSwap(std::size_t in, std::uint64_t amountRaw, const amm::ChainClock& clock) {
        const auto seconds = static_cast<std::uint64_t>(clock.unixTimestamp);
        const std::uint64_t point = facts_.activationType == 0 ? clock.slot : seconds;
        if (facts_.enabled == 0 || point < facts_.activationPoint) {
            throw Refusal{amm::SwapError::poolDisabled};
        }
        refreshDepeg(seconds);
        fit(clock.unixTimestamp, 63);
        DammV1Side& source = facts_.sides[in];
        DammV1Side& target = facts_.sides[1 - in];
        std::array<Big, 2> unlocked;
        std::array<Big, 2> reserve;
        for (const std::size_t i : {0u, 1u}) {
            const DammV1Side& side = facts_.sides[i];
            unlocked[i] = unlockedOf(side, seconds);
            reserve[i] = fit(quotient(side.poolLpRaw * unlocked[i], side.lpSupplyRaw), 64);
        }
        const Big fee = feeOf(amountRaw, facts_.tradeNumerator, facts_.tradeDenominator);
        const Big protocol = feeOf(fee, facts_.protocolNumerator, facts_.protocolDenominator);
        const Big forProviders = fit(fee - protocol, 64);
        const Big deposited = fit(amountRaw - protocol, 64);
        if (source.enabled == 0) {
            throw Refusal{amm::SwapError::poolDisabled};
        }
        if (deposited == 0) {
            throw Refusal{amm::SwapError::zeroAmount};
        }
        const Big minted = fit(quotient(deposited * source.lpSupplyRaw, unlocked[in]), 64);
        source.lpSupplyRaw = u64(source.lpSupplyRaw + minted);
        source.poolLpRaw = u64(source.poolLpRaw + minted);
        source.totalRaw = u64(source.totalRaw + deposited);
        source.tokenVaultRaw = u64(source.tokenVaultRaw + deposited);
        source.protocolFeeRaw = u64(source.protocolFeeRaw + protocol);
        u64(Big(source.tokenVaultRaw) + source.protocolFeeRaw);
        const Big worth =
            fit(quotient(source.poolLpRaw * (unlocked[in] + deposited), source.lpSupplyRaw), 64);
        const Big curveIn = fit(worth - reserve[in] - forProviders, 64);
        const Big curveOut = facts_.stable ? stable(in, curveIn, reserve[in], reserve[1 - in])
                                           : constantProduct(curveIn, reserve[in], reserve[1 - in]);
        const Big burned = fit(quotient(curveOut * target.lpSupplyRaw, unlocked[1 - in]), 64);
        const Big paid = fit(quotient(burned * unlocked[1 - in], target.lpSupplyRaw), 64);
        if (paid > target.tokenVaultRaw) {
            throw Refusal{amm::SwapError::insufficientLiquidity};
        }
        target.lpSupplyRaw = u64(target.lpSupplyRaw - burned);
        target.poolLpRaw = u64(target.poolLpRaw - burned);
        target.totalRaw = u64(target.totalRaw - paid);
        target.tokenVaultRaw = u64(target.tokenVaultRaw - paid);
        return {.outRaw = u64(paid), .feeRaw = u64(fee), .protocolRaw = u64(protocol)};
    }

    DammV1Facts facts_;
};

}  // namespace oee::test
