#pragma once
// CLMM told a second time, in the order of the published source: unlimited integers, one map of
// ticks, no bitmaps, no shortcut. Slow and independent of src/amm but for the ticks' prices.

#include <limits>
#include <map>
#include <string>

#include <boost/multiprecision/cpp_int.hpp>

#include "amm/swap.h"
#include "base/wide_integer.h"
#include "clmm_accounts.h"

namespace oee::test {

using BigInt = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>,
                                             boost::multiprecision::et_off>;

inline BigInt bigOf(base::u128 value) {
    return (BigInt(base::highHalf(value)) << 64) + base::lowHalf(value);
}

class SlowClmm {
  public:
    struct Failed {};

    struct SlowTick {
        BigInt net = 0;
        BigInt gross = 0;
        amm::raydium::clmm::TickOrders orders;
        BigInt unfilled() const { return BigInt(orders.openRaw) + orders.partFilledRemainingRaw; }
        bool live() const { return gross != 0 || unfilled() != 0; }
    };

    explicit SlowClmm(const ClmmFacts& facts) : facts_(facts) {
        price = bigOf(facts.price());
        tick = facts.tick;
        liquidity = bigOf(facts.liquidity());
        dynamic = facts.dynamicFee;
        for (const ClmmPosition& position : facts.positions) {
            ticks[position.lower].net += bigOf(position.liquidity);
            ticks[position.upper].net -= bigOf(position.liquidity);
            ticks[position.lower].gross += bigOf(position.liquidity);
            ticks[position.upper].gross += bigOf(position.liquidity);
        }
        for (const auto& [index, orders] : facts.orders) {
            ticks[index].orders = orders;
        }
    }

    BigInt price;
    int tick = 0;
    BigInt liquidity;
    std::array<BigInt, 2> growth{};
    std::array<BigInt, 2> protocol{};
    std::array<BigInt, 2> fund{};
    std::optional<amm::raydium::clmm::DynamicFee> dynamic;
    std::map<int, SlowTick> ticks;

    // {in, out}; throws Failed where the program fails. No transfer fees.
    std::pair<BigInt, BigInt> swap(const amm::SwapRequest& request, std::int64_t now) {
        SlowClmm after = *this;
        const auto amounts = after.run(request, now);
        *this = after;
        return amounts;
    }

  private:
    static BigInt up(const BigInt& numerator, const BigInt& denominator) {
        if (denominator == 0) {
            throw Failed{};
        }
        return (numerator + denominator - 1) / denominator;
    }
    static bool is64(const BigInt& value) {
        return value <= std::numeric_limits<std::uint64_t>::max();
    }
    static BigInt fit(const BigInt& value) {
        if (value < 0 || !is64(value)) {
            throw Failed{};
        }
        return value;
    }
    static BigInt priceAt(int index) { return bigOf(amm::raydium::clmm::sqrtPriceAtTick(index)); }
    int groupOf(int index) const {
        const int spacing = facts_.tickSpacing;
        return index >= 0 ? index / spacing : -((-index + spacing - 1) / spacing);
    }

    std::pair<BigInt, BigInt> run(const amm::SwapRequest& request, std::int64_t now) {
        zeroForOne_ = request.direction == amm::SwapDirection::aToB;
        exactIn_ = request.mode == amm::SwapMode::exactIn;
        feeOnInput_ = facts_.feeOn == 0 || (facts_.feeOn == 1) == zeroForOne_;
        feeToken_ = feeOnInput_ == zeroForOne_ ? 0 : 1;
        const BigInt lowest = 4'295'048'016, highest("79226673521066979257578248091");
        BigInt limit = bigOf(request.sqrtPriceLimitQ64.value_or(0));
        const bool limited = limit != 0;
        if (!limited) {
            limit = zeroForOne_ ? lowest + 1 : highest - 1;
        }
        if (request.amountRaw == 0 ||
            !(zeroForOne_ ? limit < price && limit > lowest : limit > price && limit < highest)) {
            throw Failed{};
        }
        remaining_ = request.amountRaw;
        calculated_ = 0;
        if (dynamic) {
            group_ = groupOf(tick);
            updateReference(now);
        }
        while (remaining_ != 0 && price != limit) {
            toNext(limit);
        }
        const BigInt used = request.amountRaw - remaining_;
        const BigInt in = exactIn_ ? used : calculated_;
        const BigInt out = exactIn_ ? calculated_ : used;
        if (in == 0 || out == 0 || (!limited && remaining_ != 0)) {
            throw Failed{};
        }
        return {in, out};
    }

    void updateReference(std::int64_t now) {
        const std::int64_t elapsed = now - static_cast<std::int64_t>(dynamic->lastUpdateSeconds);
        if (elapsed < dynamic->filterPeriodSeconds) {
            return;
        }
        dynamic->reference = elapsed < dynamic->decayPeriodSeconds
                                 ? static_cast<std::uint32_t>(std::uint64_t{dynamic->accumulator} *
                                                              dynamic->reductionFactorBps / 10'000)
                                 : 0;
        dynamic->spacingIndexReference = group_;
        dynamic->lastUpdateSeconds = static_cast<std::uint64_t>(now);
    }

    void updateAccumulator() {
        const std::uint64_t wanted =
            dynamic->reference +
            static_cast<std::uint64_t>(std::abs(dynamic->spacingIndexReference - group_)) * 10'000;
        dynamic->accumulator =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, dynamic->maxAccumulator));
    }

    BigInt rate() const {
        if (!dynamic) {
            return facts_.tradeFeeRatePpm;
        }
        const BigInt crossed = BigInt(dynamic->accumulator) * facts_.tickSpacing;
        const BigInt extra =
            up(BigInt(dynamic->control) * crossed * crossed, BigInt("10000000000000"));
        return std::min<BigInt>(extra + facts_.tradeFeeRatePpm, 100'000);
    }

    void toNext(const BigInt& limit) {
        auto next = ticks.end();
        if (zeroForOne_) {
            for (auto it = ticks.begin(); it != ticks.end() && it->first <= tick; ++it) {
                next = it->second.live() ? it : next;
            }
        } else {
            next = ticks.upper_bound(tick);
            while (next != ticks.end() && !next->second.live()) {
                ++next;
            }
        }
        if (next == ticks.end()) {
            throw Failed{};
        }
        const BigInt tickPrice = priceAt(next->first);
        const BigInt target = zeroForOne_ ? std::max(tickPrice, limit) : std::min(tickPrice, limit);
        BigInt liquidityNext = liquidity;
        while (true) {
            BigInt bound = target;
            bool skipped = true;
            if (dynamic) {
                updateAccumulator();
            }
            const BigInt feeRate = rate();
            if (dynamic && liquidity != 0 && dynamic->accumulator != dynamic->maxAccumulator) {
                skipped = false;
                const int end =
                    std::clamp((zeroForOne_ ? group_ : group_ + 1) * int{facts_.tickSpacing},
                               -443'636, 443'636);
                bound =
                    zeroForOne_ ? std::max(target, priceAt(end)) : std::min(target, priceAt(end));
            }
            const BigInt before = price;
            if (price != bound) {
                step(bound, feeRate);
            }
            if (price == tickPrice) {
                reach(next->first, next->second, feeRate, tickPrice, liquidityNext);
            } else if (price != before) {
                tick = tickOf(price);
            }
            if (dynamic) {
                if (skipped) {
                    const int at = price == tickPrice ? next->first : tick;
                    group_ = groupOf(at) - (!zeroForOne_ && at % facts_.tickSpacing == 0 ? 1 : 0);
                    if (dynamic->accumulator != dynamic->maxAccumulator) {
                        updateAccumulator();
                    }
                }
                group_ += zeroForOne_ ? -1 : 1;
            }
            if (remaining_ == 0 || price == target) {
                break;
            }
        }
        liquidity = liquidityNext;
    }

    static int tickOf(const BigInt& value) {  // by bisection
        int low = -443'636, high = 443'636;
        while (high - low > 1) {
            const int middle = low + (high - low) / 2;
            (priceAt(middle) <= value ? low : high) = middle;
        }
        return low;
    }

    std::pair<BigInt, BigInt> amountsTo(const BigInt& other) const {
        const BigInt low = std::min(price, other), high = std::max(price, other);
        const BigInt top0 = (liquidity << 64) * (high - low), bottom0 = low * high;
        const BigInt top1 = liquidity * (high - low), bottom1 = BigInt(1) << 64;
        return zeroForOne_ ? std::pair(up(top0, bottom0), BigInt(top1 / bottom1))
                           : std::pair(up(top1, bottom1), BigInt(top0 / bottom0));
    }

    BigInt priceAfter(const BigInt& amount) const {
        if (liquidity == 0) {
            throw Failed{};
        }
        const BigInt scaled = liquidity << 64;
        if (exactIn_ == zeroForOne_) {  // of token 0
            const BigInt bottom = exactIn_ ? scaled + amount * price : scaled - amount * price;
            if (bottom <= 0) {
                throw Failed{};
            }
            return amount == 0 ? price : up(scaled * price, bottom);
        }
        return exactIn_ ? price + (amount << 64) / liquidity : price - up(amount << 64, liquidity);
    }

    void step(const BigInt& target, const BigInt& feeRate) {
        const BigInt whole = 1'000'000, rest = whole - feeRate;
        BigInt moving = remaining_;
        if (exactIn_ && feeOnInput_) {
            moving = remaining_ * rest / whole;
        } else if (!exactIn_ && !feeOnInput_) {
            moving = fit(up(remaining_ * whole, rest));
        }
        auto [in, out] = amountsTo(target);
        BigInt nextPrice = target;
        if (!is64(in) || !is64(out) || moving < (exactIn_ ? in : out)) {
            nextPrice = priceAfter(moving);
            if (zeroForOne_ ? nextPrice < target : nextPrice > target) {
                throw Failed{};
            }
            std::tie(in, out) = amountsTo(nextPrice);
            fit(in);
            fit(out);
        }
        const bool reached = nextPrice == target;
        BigInt fee;
        if (feeOnInput_) {
            out = exactIn_ ? out : std::min(out, remaining_);
            fee = exactIn_ && !reached ? fit(remaining_ - in) : fit(up(in * feeRate, rest));
        } else {
            const BigInt gross = out;
            fee = up(gross * feeRate, whole);
            out = gross - fee;
            if (exactIn_ && !reached) {
                in = remaining_;
            }
            if (!exactIn_ && out > remaining_) {
                out = remaining_;
                fee = gross - remaining_;
            }
        }
        price = nextPrice;
        account(in, out, fee);
    }

    void account(const BigInt& in, const BigInt& out, const BigInt& fee) {
        const BigInt consumed = feeOnInput_ ? BigInt(in + fee) : in;
        remaining_ = fit(remaining_ - (exactIn_ ? consumed : out));
        calculated_ = fit(calculated_ + (exactIn_ ? out : consumed));
        const BigInt forProtocol = fee * facts_.protocolFeeRatePpm / 1'000'000;
        const BigInt forFund = fee * facts_.fundFeeRatePpm / 1'000'000;
        const BigInt forProviders = fee - forProtocol - forFund;
        protocol[feeToken_] = fit(protocol[feeToken_] + forProtocol);
        fund[feeToken_] += forFund;
        if (liquidity == 0) {
            protocol[feeToken_] = fit(protocol[feeToken_] + forProviders);
        } else {
            growth[feeToken_] += (forProviders << 64) / liquidity;
        }
    }

    void reach(int index, SlowTick& at, const BigInt& feeRate, const BigInt& tickPrice,
               BigInt& liquidityNext) {
        const BigInt before = at.unfilled();
        if (remaining_ != 0 && before != 0) {
            match(at, feeRate, tickPrice);
            if (remaining_ != 0 && at.unfilled() != 0 && at.unfilled() != before) {
                throw Failed{};
            }
        }
        const bool left = at.unfilled() != 0;
        if (at.gross != 0 && !left) {
            liquidityNext = zeroForOne_ ? liquidity - at.net : liquidity + at.net;
        }
        tick = zeroForOne_ != left ? index - 1 : index;
    }

    void match(SlowTick& at, const BigInt& feeRate, const BigInt& tickPrice) {
        const BigInt whole = 1'000'000, rest = whole - feeRate, one = BigInt(1) << 64;
        const BigInt square = tickPrice * tickPrice;
        const BigInt price0 = zeroForOne_ ? BigInt(square / one) : up(square, one);
        const BigInt total = at.unfilled();
        const auto inputFor = [&](const BigInt& out) {
            return fit(zeroForOne_ ? up(out * one, price0) : up(out * price0, one));
        };
        BigInt in, out, fee = 0;
        if (exactIn_) {
            fee = feeOnInput_ ? up(remaining_ * feeRate, whole) : BigInt(0);
            in = remaining_ - fee;
            out = zeroForOne_ ? BigInt(in * price0 / one) : BigInt(in * one / price0);
            if (out > total) {
                out = total;
                in = inputFor(out);
                fee = feeOnInput_ ? fit(up(in * feeRate, rest)) : BigInt(0);
            }
        } else {
            out = std::min(remaining_, total);
            if (!feeOnInput_) {
                out = std::min(fit(up(out * whole, rest)), total);
            }
            in = inputFor(out);
            fee = feeOnInput_ ? fit(up(in * feeRate, rest)) : BigInt(0);
        }
        take(at.orders, static_cast<std::uint64_t>(out));
        if (!feeOnInput_) {
            fee = up(out * feeRate, whole);
            out -= fee;
        }
        account(in, out, fee);
    }

    static base::u128 ratio(const BigInt& of, std::uint64_t left, std::uint64_t all) {
        const BigInt value = of * left / all;
        return (static_cast<base::u128>(static_cast<std::uint64_t>(BigInt(value >> 64))) << 64) |
               static_cast<std::uint64_t>(
                   BigInt(value & std::numeric_limits<std::uint64_t>::max()));
    }

    static void take(amm::raydium::clmm::TickOrders& orders, std::uint64_t amount) {
        const std::uint64_t first = std::min(orders.partFilledRemainingRaw, amount);
        if (first != 0) {
            orders.unfilledRatioQ64 =
                ratio(bigOf(orders.unfilledRatioQ64), orders.partFilledRemainingRaw - first,
                      orders.partFilledRemainingRaw);
            orders.partFilledRemainingRaw -= first;
        }
        if (amount > first) {
            const std::uint64_t left = orders.openRaw - (amount - first);
            ++orders.phase;
            orders.unfilledRatioQ64 = ratio(BigInt(1) << 64, left, orders.openRaw);
            orders.partFilledRemainingRaw = left;
            orders.openRaw = 0;
        }
    }

    ClmmFacts facts_;
    bool zeroForOne_ = true;
    bool exactIn_ = true;
    bool feeOnInput_ = true;
    std::size_t feeToken_ = 0;
    BigInt remaining_ = 0;
    BigInt calculated_ = 0;
    int group_ = 0;
};

}  // namespace oee::test
