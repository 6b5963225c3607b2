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

const QString kExamples = QStringLiteral("Try “sell 10 SOL for USDC” or “buy SOL with 100 USDC”.");

struct Amount {
    QString text;
    std::optional<unsigned> percent;
};

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
        // The scale is not known yet, the token follows: any decimal will do here.
        const auto number = domain::parseAmount(word.toStdString(), 18);
        const bool tooBigForScale = number.has_value() ||
                                    number.error() == domain::AmountError::tooLarge ||
                                    number.error() == domain::AmountError::tooManyDecimals;
        if (word.isEmpty()) {
            return fail(Fault::incomplete, {},
                        QStringLiteral("How much is missing. %1").arg(kExamples));
        }
        if (!tooBigForScale) {
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

    // AMOUNT GIVEN <preposition> WANTED
    Parsed<SmartOrder> given(domain::Side side, const std::vector<const char*>& prepositions) {
        const auto howMuch = amount();
        if (!howMuch) {
            return tl::unexpected(howMuch.error());
        }
        const auto input = token();
        if (!input) {
            return tl::unexpected(input.error());
        }
        if (!take(prepositions)) {
            const QString known = QLatin1String(prepositions.front());
            return fail(Fault::incomplete, peek(),
                        QStringLiteral("After %1 say “%2” and a token. %3")
                            .arg(fromStd(input->symbol), known, kExamples));
        }
        const auto output = token();
        if (!output) {
            return tl::unexpected(output.error());
        }
        return finish(side, *howMuch, *input, *output);
    }

    // WANTED with AMOUNT GIVEN
    Parsed<SmartOrder> bought() {
        if (domain::parseAmount(peek().toStdString(), 18)) {
            return fail(Fault::exactOutput, peek(),
                        QStringLiteral("An order says what it spends, not what it gets: “buy SOL "
                                       "with 100 USDC”."));
        }
        const auto output = token();
        if (!output) {
            return tl::unexpected(output.error());
        }
        if (!take({"with", "for", "using"})) {
            return fail(Fault::incomplete, peek(),
                        QStringLiteral("After %1 say “with”, an amount and a token. %2")
                            .arg(fromStd(output->symbol), kExamples));
        }
        const auto howMuch = amount();
        if (!howMuch) {
            return tl::unexpected(howMuch.error());
        }
        const auto input = token();
        if (!input) {
            return tl::unexpected(input.error());
        }
        return finish(domain::Side::buy, *howMuch, *input, *output);
    }

    Parsed<SmartOrder> finish(domain::Side side, const Amount& howMuch, const domain::Token& input,
                              const domain::Token& output) {
        SmartOrder order;
        order.side = side;
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
        if (!tokens_.trades({order.base.mint, order.quote.mint})) {
            return fail(Fault::notTraded, fromStd(order.base.symbol),
                        QStringLiteral("No pool trades %1 against %2.")
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
