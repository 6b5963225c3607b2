#pragma once
// DLMM told a second time: unlimited integers, one bin after the other, no bitmap, no fast path.
// Slow and independent of src/amm, to compare with.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

#include "dlmm_accounts.h"

namespace oee::test {

// Without expression templates: an expression is a number.
using cpp_int = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>,
                                              boost::multiprecision::et_off>;

struct SlowOverflow {};  // the program aborts

inline cpp_int fitted(const cpp_int& value) {
    if (value < 0 || value > std::numeric_limits<std::uint64_t>::max()) {
        throw SlowOverflow{};
    }
    return value;
}

inline cpp_int ceilDiv(const cpp_int& numerator, const cpp_int& denominator) {
    return (numerator + denominator - 1) / denominator;
}

inline cpp_int bigOf(base::u128 value) {
    return (cpp_int(base::highHalf(value)) << 64) + base::lowHalf(value);
}

inline base::u128 smallOf(const cpp_int& value) {
    const cpp_int low = value & std::numeric_limits<std::uint64_t>::max();
    return (static_cast<base::u128>(static_cast<std::uint64_t>(cpp_int(value >> 64))) << 64) |
           static_cast<std::uint64_t>(low);
}

// (1 + step)^id in Q64 as the program raises it: squares of the inverse, each truncated.
inline cpp_int slowPriceQ64(int binId, unsigned binStepBps) {
    const cpp_int one = cpp_int(1) << 64;
    const cpp_int ones = (cpp_int(1) << 128) - 1;
    if (binId == 0) {
        return one;
    }
    cpp_int square = ones / (one + (cpp_int(binStepBps) << 64) / 10'000);
    cpp_int power = one;
    for (int rest = std::abs(binId); rest != 0; rest /= 2) {
        if (rest % 2 == 1) {
            power = (power * square) >> 64;
        }
        square = (square * square) >> 64;
    }
    return binId < 0 || power == 0 ? power : ones / power;
}

class SlowDlmm {
  public:
    struct Layer {
        cpp_int in = 0;
        cpp_int out = 0;
    };
    struct Outcome {
        std::string error;  // empty: done
        cpp_int in = 0;
        cpp_int out = 0;
        cpp_int fee = 0;
        cpp_int protocolFee = 0;
    };

    SlowDlmm(const DlmmFacts& start, const std::array<std::uint64_t, 2>& vaultsRaw)
        : facts(start), vaults{vaultsRaw[0], vaultsRaw[1]} {}

    // `xToY` and `exactIn` as in the program's instructions; transfer fees inside.
    Outcome swap(bool exactIn, bool xToY, std::uint64_t amount, std::int64_t now,
                 std::uint64_t epoch) {
        const DlmmFacts before = facts;
        Outcome outcome;
        try {
            outcome = run(exactIn, xToY, amount, now, epoch);
        } catch (const SlowOverflow&) {
            outcome.error = "MathOverflow";
        }
        if (!outcome.error.empty()) {
            facts = before;
        }
        return outcome;
    }

    // The state.
    DlmmFacts facts;
    std::array<cpp_int, 2> vaults;

  private:
    struct Fill {
        std::vector<Layer> layers;
        cpp_int in = 0;
        cpp_int out = 0;
        cpp_int fee = 0;
        cpp_int protocolFee = 0;
    };

    static cpp_int withheld(const std::optional<amm::spl::TransferFeeConfig>& config,
                            std::uint64_t epoch, const cpp_int& amount) {
        if (!config) {
            return 0;
        }
        const auto& fee = epoch >= config->newerEpoch ? config->newer : config->older;
        const cpp_int part = ceilDiv(amount * fee.basisPoints, 10'000);
        return part < fee.maximumRaw ? part : cpp_int(fee.maximumRaw);
    }
    // By bisection: the least amount of which `net` arrives.
    static cpp_int grossFor(const std::optional<amm::spl::TransferFeeConfig>& config,
                            std::uint64_t epoch, const cpp_int& net) {
        cpp_int low = net;
        cpp_int high = cpp_int(1) << 66;
        while (low < high) {
            const cpp_int middle = (low + high) / 2;
            if (middle - withheld(config, epoch, middle) >= net) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return fitted(low);
    }

    cpp_int ratePpb() const {
        const cpp_int power = boost::multiprecision::pow(cpp_int(10), facts.power);
        const cpp_int base = cpp_int(facts.baseFactor) * facts.binStepBps * 10 * power;
        const cpp_int moved = cpp_int(facts.accumulator) * facts.binStepBps;
        const cpp_int variable =
            ceilDiv(moved * moved * facts.variableFeeControl, cpp_int(100'000'000'000));
        const cpp_int total = base + variable;
        return total < 100'000'000 ? total : cpp_int(100'000'000);
    }

    // In the order of filling: makers, orders being filled, open orders.
    std::vector<cpp_int> liquidity(const DlmmBinFacts& bin, bool xToY) const {
        const bool orders = facts.functionType == 2 && bin.sellX != xToY;
        return {xToY ? bin.yRaw : bin.xRaw, orders ? bin.remainingRaw : 0,
                orders ? bin.openRaw : 0};
    }
    static cpp_int inputOf(const cpp_int& out, const cpp_int& price, bool xToY) {
        return fitted(xToY ? ceilDiv(out << 64, price) : ceilDiv(out * price, cpp_int(1) << 64));
    }
    static cpp_int outputOf(const cpp_int& in, const cpp_int& price, bool xToY) {
        return fitted(xToY ? (in * price) >> 64 : (in << 64) / price);
    }

    Fill fillIn(const DlmmBinFacts& bin, bool xToY, const cpp_int& offered) const {
        const cpp_int scale = 1'000'000'000;
        const cpp_int rate = ratePpb();
        const bool feeOnInput = !(facts.collectFeeMode == 1 && xToY);
        Fill fill;
        fill.in = offered;
        fill.fee = feeOnInput ? ceilDiv(offered * rate, scale) : cpp_int(0);
        cpp_int left = offered - fill.fee;
        cpp_int taken = 0;
        for (const cpp_int& out : liquidity(bin, xToY)) {
            Layer layer;
            if (out > 0 && left > 0) {
                const cpp_int all = inputOf(out, bigOf(bin.priceQ64), xToY);
                layer = left >= all ? Layer{all, out}
                                    : Layer{left, outputOf(left, bigOf(bin.priceQ64), xToY)};
            }
            left -= layer.in;
            taken += layer.in;
            fill.out += layer.out;
            fill.layers.push_back(layer);
        }
        fitted(fill.out);
        if (left > 0) {
            if (feeOnInput) {
                fill.fee = ceilDiv(taken * rate, scale - rate);
            }
            fill.in = taken + (feeOnInput ? fill.fee : cpp_int(0));
        }
        if (!feeOnInput) {
            fill.fee = ceilDiv(fill.out * rate, scale);
            fill.out -= fill.fee;
        }
        if (taken == 0) {
            fill.protocolFee = fill.fee;
        } else {
            const cpp_int makers = ceilDiv(fill.fee * fill.layers[0].in, taken);
            const cpp_int orders = fill.fee - makers;
            fill.protocolFee = orders - orders / 2 + makers * facts.protocolShareBps / 10'000;
        }
        return fill;
    }

    Fill fillOut(const DlmmBinFacts& bin, bool xToY, const cpp_int& wanted) const {
        const cpp_int rate = ratePpb();
        const cpp_int rest = cpp_int(1'000'000'000) - rate;
        const bool feeOnInput = !(facts.collectFeeMode == 1 && xToY);
        cpp_int out = feeOnInput ? wanted : fitted(wanted + ceilDiv(wanted * rate, rest));
        const std::vector<cpp_int> layers = liquidity(bin, xToY);
        if (out >= layers[0] + layers[1] + layers[2]) {
            return fillIn(bin, xToY, std::numeric_limits<std::uint64_t>::max());
        }
        cpp_int in = 0;
        for (const cpp_int& layer : layers) {
            const cpp_int part = out < layer ? out : layer;
            in = fitted(in + inputOf(part, bigOf(bin.priceQ64), xToY));
            out -= part;
        }
        Fill fill = fillIn(bin, xToY, fitted(feeOnInput ? in + ceilDiv(in * rate, rest) : in));
        fill.out = wanted;
        return fill;
    }

    static void take(std::uint64_t& amount, const cpp_int& value) {
        amount -= static_cast<std::uint64_t>(value);
    }
    static void put(std::uint64_t& amount, const cpp_int& value) {
        amount += static_cast<std::uint64_t>(value);
    }

    static void change(DlmmBinFacts& bin, bool xToY, const Fill& fill) {
        put(xToY ? bin.xRaw : bin.yRaw, fill.layers[0].in);
        take(xToY ? bin.yRaw : bin.xRaw, fill.layers[0].out);
        take(bin.remainingRaw, fill.layers[1].out);
        if (fill.layers[2].out > 0) {
            bin.processingRaw = bin.openRaw;
            bin.remainingRaw = bin.openRaw - static_cast<std::uint64_t>(fill.layers[2].out);
            bin.openRaw = 0;
            ++bin.age;
        }
    }

    void updateReferences(std::int64_t now) {
        const std::int64_t elapsed = now - facts.lastUpdateSeconds;
        if (elapsed >= facts.filterSeconds) {
            facts.indexReference = facts.activeId;
            facts.reference =
                elapsed < facts.decaySeconds
                    ? static_cast<std::uint32_t>(static_cast<std::uint64_t>(facts.accumulator) *
                                                 facts.reductionBps / 10'000)
                    : 0;
        }
    }

    // The next bin that can pay, from the active one on; end() where there is none.
    std::map<std::int32_t, DlmmBinFacts>::iterator payer(bool xToY) {
        for (std::int32_t id = facts.activeId; std::abs(id) <= 443'636; id += xToY ? -1 : 1) {
            const auto bin = facts.bins.find(id);
            if (bin != facts.bins.end()) {
                const std::vector<cpp_int> layers = liquidity(bin->second, xToY);
                if (layers[0] + layers[1] + layers[2] > 0) {
                    return bin;
                }
            }
            if (facts.bins.empty() ||
                (xToY ? id < facts.bins.begin()->first : id > facts.bins.rbegin()->first)) {
                break;
            }
        }
        return facts.bins.end();
    }

    Outcome run(bool exactIn, bool xToY, std::uint64_t amount, std::int64_t now,
                std::uint64_t epoch) {
        const auto& configIn = facts.transferFees[xToY ? 0 : 1];
        const auto& configOut = facts.transferFees[xToY ? 1 : 0];
        const std::int32_t start = facts.activeId;
        cpp_int left = exactIn ? amount - withheld(configIn, epoch, amount)
                               : grossFor(configOut, epoch, amount);
        Outcome sum;
        updateReferences(now);
        while (left > 0) {
            const auto found = payer(xToY);
            if (found == facts.bins.end()) {
                sum.error = "InsufficientLiquidity";
                return sum;
            }
            facts.activeId = found->first;
            const std::int64_t distance = std::abs(facts.indexReference - facts.activeId);
            facts.accumulator = static_cast<std::uint32_t>(
                std::min<std::int64_t>(facts.reference + distance * 10'000, facts.maxAccumulator));
            DlmmBinFacts& bin = found->second;
            const Fill fill = exactIn ? fillIn(bin, xToY, left) : fillOut(bin, xToY, left);
            const cpp_int used = exactIn ? fill.in : fill.out;
            if (used > 0) {
                sum.in = fitted(sum.in + fill.in);
                sum.out = fitted(sum.out + fill.out);
                sum.fee = fitted(sum.fee + fill.fee);
                sum.protocolFee += fill.protocolFee;
                change(bin, xToY, fill);
            }
            left -= used;
            if (left > 0) {
                facts.activeId += xToY ? -1 : 1;
            }
        }
        if (sum.out == 0) {
            sum.error = "ZeroOutput";
            return sum;
        }
        if (facts.activeId != start) {
            facts.lastUpdateSeconds = now;
        }
        const bool feeInX = facts.collectFeeMode == 0 && xToY;
        put(facts.protocolFeeRaw[feeInX ? 0 : 1], sum.protocolFee);
        sum.in = exactIn ? cpp_int(amount) : grossFor(configIn, epoch, sum.in);
        cpp_int& vaultIn = vaults[xToY ? 0 : 1];
        vaultIn = fitted(vaultIn + sum.in - withheld(configIn, epoch, sum.in));
        vaults[xToY ? 1 : 0] -= sum.out;
        sum.out -= withheld(configOut, epoch, sum.out);
        return sum;
    }
};

}  // namespace oee::test
