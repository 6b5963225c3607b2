#include "chain/sandwich.h"

#include <algorithm>
#include <utility>

#include "chain/landing.h"
#include "chain/real.h"

namespace oee::chain {
namespace {

constexpr int kTrials = 8;
// The search ends where so much of the victim's slack is left, or less.
constexpr double kSlackLeft = 1.0 / 64;
constexpr double kGreatestAmount = 0x1p62;

// A front-run of some size, and the victim after it.
struct Trial {
    amm::AppliedSwap front;
    Execution victim;
};

class Attack {
  public:
    Attack(const domain::Transaction& transaction, const Execution& undisturbed, const Block& block,
           const SlotView& view);
    std::optional<Sandwich> plan() const;

  private:
    const ExecutedLeg& target() const { return undisturbed_.legs[leg_]; }
    bool isExactOut() const { return transaction_.mode == domain::RouteMode::exactOut; }
    double slackOf(const Execution& execution) const;
    bool canPay() const;
    double firstGuess() const;
    std::optional<Trial> tryWith(double frontIn) const;
    std::optional<Trial> largest() const;
    std::optional<Sandwich> finish(Trial trial) const;

    const domain::Transaction& transaction_;
    const Execution& undisturbed_;
    const Block& block_;
    const SlotView& view_;
    std::uint32_t leg_ = 0;
    double slack_ = 0;   // between what the victim gets (exactOut: pays) and its limit
    double impact_ = 0;  // by which the victim itself moves the target's price
};

Attack::Attack(const domain::Transaction& transaction, const Execution& undisturbed,
               const Block& block, const SlotView& view)
    : transaction_(transaction), undisturbed_(undisturbed), block_(block), view_(view) {
    // The leg that spends most of the input.
    const auto& legs = transaction.legs;
    for (std::uint32_t i = 1; i < legs.size(); ++i) {
        if (legs[i].inputMint == legs.front().inputMint &&
            legs[i].amountInRaw > legs[leg_].amountInRaw) {
            leg_ = i;
        }
    }
    slack_ = slackOf(undisturbed);
    const double before = amm::marginalPrice(*target().before, target().direction);
    const double after = amm::marginalPrice(*target().after, target().direction);
    impact_ = before > 0 && after > 0 ? before / after - 1 : 0;
}

double Attack::slackOf(const Execution& execution) const {
    return isExactOut() ? static_cast<double>(transaction_.maxAmountInRaw) -
                              static_cast<double>(execution.amountInRaw)
                        : static_cast<double>(execution.amountOutRaw) -
                              static_cast<double>(transaction_.minAmountOutRaw);
}

// A bot that trades little gains the victim's impact on it and pays the pool's fee twice: no size
// pays where that is not less.
bool Attack::canPay() const {
    const amm::SwapResult& swap = target().swap;
    const bool onInput = swap.feeSide == amm::FeeSide::input;
    const auto whole =
        static_cast<double>(onInput ? swap.amountInRaw : swap.amountOutRaw + swap.feeRaw);
    return slack_ > 0 && impact_ > 2 * static_cast<double>(swap.feeRaw) / whole;
}

// Prices move in proportion to amounts: the victim's own moved it by impact_.
double Attack::firstGuess() const {
    const double slackPart = slack_ / static_cast<double>(isExactOut() ? undisturbed_.amountInRaw
                                                                       : undisturbed_.amountOutRaw);
    return static_cast<double>(target().swap.amountInRaw) * slackPart / impact_;
}

std::optional<Trial> Attack::tryWith(double frontIn) const {
    if (!(frontIn >= 1) || !(frontIn < kGreatestAmount)) {
        return std::nullopt;
    }
    amm::SwapRequest request;
    request.direction = target().direction;
    request.amountRaw = static_cast<std::uint64_t>(frontIn);
    auto front = amm::apply(*block_.pools()[target().position], request, view_.clock);
    if (!front) {
        return std::nullopt;
    }
    PoolOverlay pools(block_.pools());
    pools.put(target().position, front->pool);
    auto victim = execute(transaction_, view_.index, pools, view_.clock);
    if (!victim) {
        return std::nullopt;
    }
    return Trial{std::move(*front), std::move(*victim)};
}

// The largest front-run found that leaves the victim its minimum: by false position where the
// victim's fill is known on both sides, else by halving.
std::optional<Trial> Attack::largest() const {
    std::optional<Trial> best;
    double low = 0;
    double high = kGreatestAmount;
    double next = firstGuess();
    for (int i = 0; i < kTrials; ++i) {
        auto trial = tryWith(next);
        if (!trial) {
            high = next;
            next = low + (high - low) / 2;
            if (!(high - low > 1)) {
                break;
            }
            continue;
        }
        const double left = slackOf(trial->victim);
        low = next;
        best = std::move(trial);
        if (left <= slack_ * kSlackLeft) {
            break;
        }
        // To where the slack ends on the chord from no front-run at all.
        const double taken = std::max(slack_ - left, slack_ / 16);
        next = low * slack_ / taken;
        if (next >= high) {
            next = low + (high - low) * 0.75;
        }
    }
    return best;
}

std::optional<Sandwich> Attack::finish(Trial trial) const {
    amm::SwapRequest request;
    request.direction = amm::opposite(target().direction);
    request.amountRaw = trial.front.result.amountOutRaw;
    // A route may pass the pool again after the leg that was attacked: the last state counts.
    PoolPtr after = trial.victim.legs[leg_].after;
    for (const ExecutedLeg& leg : trial.victim.legs) {
        if (leg.position == target().position) {
            after = leg.after;
        }
    }
    auto back = amm::apply(*after, request, view_.clock);
    if (!back) {
        return std::nullopt;
    }
    const std::uint64_t fees = 2 * view_.trafficFeeLamports(transaction_.legs[leg_].program);
    const auto& mints = view_.map.poolMints[target().position];
    const std::size_t input = mints[target().direction == amm::SwapDirection::aToB ? 0 : 1];
    const double gain =
        view_.lamportsOf(input, static_cast<double>(back->result.amountOutRaw) -
                                    static_cast<double>(trial.front.result.amountInRaw)) -
        static_cast<double>(fees);
    if (!(gain > 0) || !(gain < kGreatestAmount)) {
        return std::nullopt;
    }
    const double tip = gain * view_.profile.traffic.botTipPpm / kMillion;
    Sandwich sandwich;
    sandwich.leg = leg_;
    sandwich.pool = target().position;
    sandwich.direction = target().direction;
    sandwich.front = std::move(trial.front);
    sandwich.victim = std::move(trial.victim);
    sandwich.back = std::move(*back);
    sandwich.costLamports = fees + static_cast<std::uint64_t>(tip);
    return sandwich;
}

std::optional<Sandwich> Attack::plan() const {
    if (!canPay()) {
        return std::nullopt;
    }
    auto trial = largest();
    if (!trial) {
        return std::nullopt;
    }
    const auto whole = static_cast<double>(trial->front.result.amountInRaw);
    if (auto sandwich = finish(std::move(*trial))) {
        return sandwich;
    }
    // Where taking all of the slack costs more in fees than it brings, less of it may pay.
    constexpr double kModest = 0.25;
    trial = tryWith(whole * kModest);
    return trial ? finish(std::move(*trial)) : std::nullopt;
}

}  // namespace

std::optional<Sandwich> sandwichOf(const domain::Transaction& transaction,
                                   const Execution& undisturbed, const Block& block,
                                   const SlotView& view) {
    return Attack(transaction, undisturbed, block, view).plan();
}

BotDraw botDrawOf(const domain::Transaction& transaction, const NetworkProfile& profile,
                  std::uint64_t seed) {
    base::CounterRng rng(seed, base::RngPurpose::sandwich, streamOf(transaction.orderId),
                         transaction.attempt);
    BotDraw draw;
    draw.sees = drawChance(rng, profile.traffic.sandwichPpm);
    draw.wide = drawChance(rng, profile.traffic.widePpm);
    return draw;
}

void runBackRuns(Block& block, std::vector<OpenSandwich>& open, const SlotView& view) {
    std::erase_if(open, [&](const OpenSandwich& sandwich) {
        amm::SwapRequest request;
        request.direction = sandwich.direction;
        request.amountRaw = sandwich.amountInRaw;
        if (block.trade(view, sandwich.pool, request)) {
            return true;
        }
        return view.clock.slot - sandwich.openedSlot >= kBackRunSlots;
    });
}

}  // namespace oee::chain
