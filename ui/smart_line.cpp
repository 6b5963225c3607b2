#include "ui/smart_line.h"

#include <utility>

#include <QRegularExpression>
#include <QStringList>

#include "domain/amount.h"

namespace oee::ui {
namespace {

using Fault = SmartLineFault;

template <typename T>
using Parsed = tl::expected<T, SmartLineError>;

tl::unexpected<SmartLineError> fail(Fault fault, const QString& word, const QString& message) {
    return tl::unexpected(SmartLineError{fault, word, message});
}

const QString kExamples = QStringLiteral("Try “sell 10 SOL for USDC” or “buy 2 SOL with USDC”.");

struct Amount {
    QString text;
    std::optional<unsigned> percent;
};

// The scale is not known before the token is: any decimal will do.
bool isDecimal(const QString& word) {
    const auto number = domain::parseAmount(word.toStdString(), 18);
    return number.has_value() || number.error() == domain::AmountError::tooLarge ||
           number.error() == domain::AmountError::tooManyDecimals;
}

class Sentence {
  public:
    Sentence(const QString& line, const TokenBook& tokens) : tokens_(tokens) {
        QString spaced = line;
        spaced.replace(QStringLiteral("->"), QStringLiteral(" to "));
        spaced.replace(QChar(0x2192), QStringLiteral(" to "));
        spaced.replace(u'%', QStringLiteral(" % "));
        static const QRegularExpression kBlanks(QStringLiteral("\\s+"));
        words_ = spaced.split(kBlanks, Qt::SkipEmptyParts);
    }

    Parsed<SmartOrder> parse() {
        if (words_.isEmpty()) {
            return fail(Fault::empty, {}, kExamples);
        }
        const QString verb = words_.front().toLower();
        ++at_;
        if (verb == QLatin1String("sell") || verb == QLatin1String("swap") ||
            verb == QLatin1String("trade")) {
            return given(domain::Side::sell, {"for", "to", "into"});
        }
        if (verb == QLatin1String("spend")) {
            return given(domain::Side::buy, {"on", "for"});
        }
        if (verb == QLatin1String("buy")) {
            return bought();
        }
        return fail(
            Fault::unknownVerb, words_.front(),
            QStringLiteral("“%1” is not a way to begin. %2").arg(words_.front(), kExamples));
    }

  private:
    QString peek() const { return at_ < words_.size() ? words_[at_] : QString(); }

    bool take(const std::vector<const char*>& choices) {
        for (const char* choice : choices) {
            if (peek().compare(QLatin1String(choice), Qt::CaseInsensitive) == 0) {
                ++at_;
                return true;
            }
        }
        return false;
    }

    Parsed<domain::Token> token() {
        const QString word = peek();
        if (word.isEmpty()) {
            return fail(Fault::incomplete, {},
                        QStringLiteral("A token is missing. %1").arg(kExamples));
        }
        const domain::Token* found = tokens_.resolve(word.toStdString());
        if (found == nullptr) {
            QStringList known;
            for (const domain::Token& traded : tokens_.traded()) {
                known << fromStd(traded.symbol);
            }
            return fail(Fault::unknownToken, word,
                        QStringLiteral("This market has no token “%1”. It has %2.")
                            .arg(word, known.join(QStringLiteral(", "))));
        }
        ++at_;
        return *found;
    }

    Parsed<Amount> amount() {
        const QString word = peek();
        if (take({"all", "everything"})) {
            take({"of"});
            return Amount{{}, 100U};
        }
        if (take({"half"})) {
            take({"of"});
            return Amount{{}, 50U};
        }
        if (word.isEmpty()) {
            return fail(Fault::incomplete, {},
                        QStringLiteral("How much is missing. %1").arg(kExamples));
        }
        if (!isDecimal(word)) {
            return fail(
                Fault::badAmount, word,
                QStringLiteral("“%1” is not an amount: digits with at most one point, as in "
                               "0.25.")
                    .arg(word));
        }
        ++at_;
        if (!take({"%", "percent"})) {
            return Amount{word, std::nullopt};
        }
        take({"of"});
        const auto percent = domain::parseAmount(word.toStdString(), 0);
        if (!percent || *percent < 1 || *percent > 100) {
            return fail(
                Fault::badAmount, word,
                QStringLiteral("“%1 %” is not a share: whole percent from 1 to 100.").arg(word));
        }
        return Amount{{}, static_cast<unsigned>(*percent)};
    }

    // "AMOUNT ONE <preposition> OTHER" or "ONE <preposition> AMOUNT OTHER".
    struct Terms {
        Amount howMuch;
        bool ofFirst = true;
        domain::Token first;
        domain::Token second;
    };
    Parsed<Terms> terms(bool amountFirst, const std::vector<const char*>& prepositions) {
        Terms terms;
        terms.ofFirst = amountFirst;
        const auto takeAmount = [&] {
            return amount().map([&](const Amount& howMuch) { terms.howMuch = howMuch; });
        };
        if (amountFirst) {
            if (const auto taken = takeAmount(); !taken) {
                return tl::unexpected(taken.error());
            }
        }
        const auto first = token();
        if (!first) {
            return tl::unexpected(first.error());
        }
        if (!take(prepositions)) {
            return fail(
                Fault::incomplete, peek(),
                QStringLiteral("After %1 say “%2”%3 and a token. %4")
                    .arg(fromStd(first->symbol), QLatin1String(prepositions.front()),
                         amountFirst ? QString() : QStringLiteral(", an amount"), kExamples));
        }
        if (!amountFirst) {
            if (const auto taken = takeAmount(); !taken) {
                return tl::unexpected(taken.error());
            }
        }
        const auto second = token();
        if (!second) {
            return tl::unexpected(second.error());
        }
        terms.first = *first;
        terms.second = *second;
        return terms;
    }

    // What is given stands first.
    Parsed<SmartOrder> given(domain::Side side, const std::vector<const char*>& prepositions) {
        const bool amountFirst = tokens_.resolve(peek().toStdString()) == nullptr;
        return terms(amountFirst, prepositions).and_then([&](const Terms& said) {
            const auto mode =
                said.ofFirst ? domain::RouteMode::exactIn : domain::RouteMode::exactOut;
            return finish({side, mode, said.first, said.second}, said.howMuch);
        });
    }

    // What is wanted stands first.
    Parsed<SmartOrder> bought() {
        const QString word = peek().toLower();
        const bool amountFirst =
            isDecimal(word) || word == QLatin1String("all") || word == QLatin1String("half");
        return terms(amountFirst, {"with", "for", "using"}).and_then([&](const Terms& said) {
            const auto mode =
                said.ofFirst ? domain::RouteMode::exactOut : domain::RouteMode::exactIn;
            return finish({domain::Side::buy, mode, said.second, said.first}, said.howMuch);
        });
    }

    struct Trade {
        domain::Side side = domain::Side::sell;
        domain::RouteMode mode = domain::RouteMode::exactIn;
        domain::Token input;
        domain::Token output;
    };
    Parsed<SmartOrder> finish(const Trade& trade, const Amount& howMuch) {
        const auto& [side, mode, input, output] = trade;
        if (mode == domain::RouteMode::exactOut && howMuch.percent) {
            return fail(Fault::shareOfOutput, fromStd(output.symbol),
                        QStringLiteral("A share is of what you give: say how much %1 is to arrive, "
                                       "or which share of your %2 to spend.")
                            .arg(fromStd(output.symbol), fromStd(input.symbol)));
        }
        SmartOrder order;
        order.side = side;
        order.mode = mode;
        order.base = side == domain::Side::sell ? input : output;
        order.quote = side == domain::Side::sell ? output : input;
        order.amountText = howMuch.text;
        order.percent = howMuch.percent;
        if (take({"slippage"})) {
            if (!domain::parseAmount(peek().toStdString(), 2)) {
                return fail(Fault::badAmount, peek(),
                            QStringLiteral("Slippage is a percentage with at most two decimals, as "
                                           "in “slippage 0.5 %”."));
            }
            order.slippageText = words_[at_++];
            take({"%", "percent"});
        }
        if (at_ < words_.size()) {
            return fail(Fault::leftOver, peek(),
                        QStringLiteral("Nothing is expected from “%1” on.").arg(peek()));
        }
        if (input.mint == output.mint) {
            return fail(
                Fault::sameToken, fromStd(input.symbol),
                QStringLiteral("%1 cannot be traded for itself.").arg(fromStd(input.symbol)));
        }
        if (!tokens_.connects({order.base.mint, order.quote.mint})) {
            return fail(Fault::notTraded, fromStd(order.base.symbol),
                        QStringLiteral("No pools lead from %1 to %2.")
                            .arg(fromStd(order.base.symbol), fromStd(order.quote.symbol)));
        }
        return order;
    }

    const TokenBook& tokens_;
    QStringList words_;
    qsizetype at_ = 0;
};

}  // namespace

tl::expected<SmartOrder, SmartLineError> parseSmartLine(const QString& line,
                                                        const TokenBook& tokens) {
    return Sentence(line, tokens).parse();
}

}  // namespace oee::ui
