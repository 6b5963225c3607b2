#pragma once
// A receipt as a waterfall: from the decision value to what arrived, one step for each cost.

#include <vector>

#include <QString>

#include "base/integer.h"
#include "domain/receipt.h"
#include "ui/token_book.h"

namespace oee::ui {

struct ReceiptStep {
    enum class Kind {
        total,   // stands by itself: the decision value, what arrived
        change,  // leads from one value to the next
    };

    QString name;
    QString hint;
    Kind kind = Kind::change;
    base::i128 fromRaw = 0;  // of a total: 0
    base::i128 toRaw = 0;

    // What the step gave (+) or took (−).
    base::i128 changeRaw() const { return toRaw - fromRaw; }
};

// Decision, delay, price impact, LP fees, protocol fees, transfer fees, sandwich, network, arrived:
// each begins where the one before it ends, to the unit.
std::vector<ReceiptStep> stepsOf(const domain::Receipt& receipt);

// "−0.0213": with a sign, in the token's shown decimals; "0" where nothing was given or taken.
QString signedAmount(base::i128 amountRaw, const domain::Pubkey& mint, const TokenBook& tokens);
// Basis points of the decision value, with a sign.
QString changeBps(base::i128 amountRaw, const domain::Receipt& receipt);

}  // namespace oee::ui
