#pragma once
// A CPMM swap in exact fractions: slow, and independent of the arithmetic in src/amm.

#include <cstddef>
#include <cstdint>

#include <boost/multiprecision/cpp_int.hpp>

#include "raydium_accounts.h"

namespace oee::test {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

inline cpp_int floorOf(const cpp_rational& value) {
    return numerator(value) / denominator(value);
}
inline cpp_int ceilOf(const cpp_rational& value) {
    return (numerator(value) + denominator(value) - 1) / denominator(value);
}
inline cpp_rational ppm(std::uint64_t rate) {
    return cpp_rational(rate, 1'000'000);
}

// One swap in exact fractions, rounded only where the program rounds.
struct CpmmReference {
    CpmmFacts facts;
    std::size_t in = 0;

    cpp_int inputFee, creatorFee, protocolFee, fundFee, amountIn, amountOut;

    std::size_t out() const { return 1 - in; }
    cpp_int reserve(std::size_t side) const {
        return cpp_int(facts.vaultRaw[side]) - facts.protocolFeesRaw[side] -
               facts.fundFeesRaw[side] - facts.creatorFeesRaw[side];
    }
    std::uint64_t creatorRate() const {
        return facts.enableCreatorFee != 0 ? facts.creatorFeeRatePpm : 0;
    }
    bool creatorOnInput() const { return facts.creatorFeeOn == 0 || facts.creatorFeeOn == 1 + in; }
    std::uint64_t inputRate() const {
        return facts.tradeFeeRatePpm + (creatorOnInput() ? creatorRate() : 0);
    }
    void split() {
        cpp_int trade = inputFee;
        if (creatorOnInput()) {
            creatorFee = floorOf(cpp_rational(inputFee * creatorRate(), inputRate()));
            trade -= creatorFee;
        }
        protocolFee = floorOf(trade * ppm(facts.protocolFeeRatePpm));
        fundFee = floorOf(trade * ppm(facts.fundFeeRatePpm));
    }
    void sell(const cpp_int& amount) {
        const cpp_int x = reserve(in);
        const cpp_int y = reserve(out());
        amountIn = amount;
        inputFee = ceilOf(amount * ppm(inputRate()));
        split();
        amountOut = floorOf(cpp_rational(y) - cpp_rational(x * y, x + amount - inputFee));
        if (!creatorOnInput()) {
            creatorFee = ceilOf(amountOut * ppm(creatorRate()));
            amountOut -= creatorFee;
        }
    }
    bool buy(const cpp_int& amount) {
        const cpp_int x = reserve(in);
        const cpp_int y = reserve(out());
        cpp_int swapped = amount;
        if (!creatorOnInput()) {
            swapped = ceilOf(amount / (1 - ppm(creatorRate())));
            creatorFee = swapped - amount;
        }
        if (swapped >= y) {
            return false;
        }
        const cpp_int net = ceilOf(cpp_rational(x * y, y - swapped) - x);
        amountIn = ceilOf(net / (1 - ppm(inputRate())));
        amountOut = amount;
        inputFee = amountIn - net;
        split();
        return true;
    }
};

}  // namespace oee::test
