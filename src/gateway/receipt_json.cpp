#include "gateway/receipt_json.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "domain/amount.h"
#include "execution/receipt.h"

namespace oee::gateway {
namespace {

JsonValue text(std::string_view utf8) {
    return utf8;
}

JsonValue count(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

JsonValue bps(std::int64_t centiBps) {
    return static_cast<double>(centiBps) / 100.0;
}

class Shape {
  public:
    Shape(const domain::Receipt& receipt, const domain::TokenRegistry& tokens)
        : receipt_(receipt),
          decimalsIn_(decimalsOf(receipt.inputMint, tokens)),
          decimalsOut_(decimalsOf(receipt.outputMint, tokens)) {}

    JsonObject object() const {
        JsonObject object{{"decisionSlot", count(receipt_.decisionSlot)},
                          {"landingSlot", count(receipt_.landingSlot)},
                          {"confirmedSlot", count(receipt_.confirmedSlot)},
                          {"finalizedSlot", count(receipt_.finalizedSlot)},
                          {"networkFeeLamports", count(receipt_.networkFeeLamports)}};
        putAmount(object, "amountIn", receipt_.amountInRaw, decimalsIn_);
        putAmount(object, "decisionOut", receipt_.decisionOutRaw, decimalsOut_);
        putAmount(object, "quotedOut", receipt_.quotedOutRaw, decimalsOut_);
        putAmount(object, "landingOut", receipt_.landingOutRaw, decimalsOut_);
        putAmount(object, "unsandwichedOut", receipt_.unsandwichedOutRaw, decimalsOut_);
        putAmount(object, "amountOut", receipt_.amountOutRaw, decimalsOut_);
        object.insert("parts", parts());
        object.insert("shortfall", part(receipt_.shortfallRaw()));
        object.insert("effectiveSpreadBps", bps(execution::effectiveSpreadCentiBps(receipt_)));
        object.insert("counterfactuals", counterfactuals());
        object.insert("markouts", markouts());
        return object;
    }

  private:
    static unsigned decimalsOf(const domain::Pubkey& mint, const domain::TokenRegistry& tokens) {
        const domain::Token* token = tokens.find(mint);
        return token == nullptr ? 0 : token->decimals;
    }
    static void putAmount(JsonObject& object, std::string_view name, base::i128 amountRaw,
                          unsigned decimals) {
        object.insert(name, text(domain::formatSigned(amountRaw, decimals)));
        object.insert(std::string(name) + "Raw", text(domain::signedDigits(amountRaw)));
    }

    JsonObject part(base::i128 amountRaw) const {
        JsonObject object{{"bps", bps(execution::centiBps(amountRaw, receipt_.decisionOutRaw))}};
        putAmount(object, "amount", amountRaw, decimalsOut_);
        return object;
    }

    JsonObject parts() const {
        const domain::CostParts& parts = receipt_.parts;
        return {{"delay", part(parts.delayRaw)},
                {"priceImpact", part(parts.priceImpactRaw)},
                {"lpFees", part(parts.lpFeesRaw)},
                {"protocolFees", part(parts.protocolFeesRaw)},
                {"transferFees", part(parts.transferFeesRaw)},
                {"sandwich", part(parts.sandwichRaw)},
                {"network", part(parts.networkRaw)}};
    }

    JsonValue otherRoute(const std::optional<std::uint64_t>& outRaw) const {
        if (!outRaw) {
            return JsonValue();
        }
        JsonObject object;
        putAmount(object, "amountOut", *outRaw, decimalsOut_);
        object.insert("difference", part(base::i128{*outRaw} - receipt_.amountOutRaw));
        return object;
    }
    JsonValue counterfactuals() const {
        const auto& others = receipt_.counterfactuals;
        return others ? JsonValue(JsonObject{{"bestRaydium", otherRoute(others->bestRaydiumOutRaw)},
                                             {"bestMeteora", otherRoute(others->bestMeteoraOutRaw)},
                                             {"fullRoute", otherRoute(others->fullRouteOutRaw)}})
                      : JsonValue();
    }

    JsonArray markouts() const {
        JsonArray array;
        for (const domain::Markout& markout : receipt_.markouts) {
            JsonObject object{
                {"seconds", count(markout.seconds)},
                {"takenAfterMillis", count(markout.takenAfterMillis)},
                {"difference", part(base::i128{markout.midOutRaw} - receipt_.amountOutRaw)}};
            putAmount(object, "midOut", markout.midOutRaw, decimalsOut_);
            array.append(object);
        }
        return array;
    }

    const domain::Receipt& receipt_;
    unsigned decimalsIn_;
    unsigned decimalsOut_;
};

}  // namespace

JsonObject toJson(const domain::Receipt& receipt, const domain::TokenRegistry& tokens) {
    return Shape(receipt, tokens).object();
}

}  // namespace oee::gateway
