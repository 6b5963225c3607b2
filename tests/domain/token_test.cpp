#include "domain/token.h"

#include <QTest>

#include <set>
#include <string>
#include <unordered_set>

#include "domain/venue.h"

using namespace oee::domain;

namespace {

Pubkey key(std::uint8_t number) {
    Pubkey pubkey;
    pubkey.bytes.fill(number);
    return pubkey;
}

Token token(std::uint8_t number, std::string symbol, unsigned decimals = 6) {
    return {.mint = key(number), .symbol = std::move(symbol), .decimals = decimals};
}

}  // namespace

class TokenTest : public QObject {
    Q_OBJECT

  private slots:
    void addressesRoundTrip() {
        const std::string usdc = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";
        const auto mint = pubkeyFromBase58(usdc);
        QVERIFY(mint.has_value());
        QCOMPARE(toBase58(*mint), usdc);
        QCOMPARE(*mint, usdcMint());
        QCOMPARE(mint->bytes.front(), std::uint8_t{0xc6});
        QCOMPARE(shortForm(*mint), std::string("EPjF…Dt1v"));
    }

    void addressesOfOtherLengthsAreRefused() {
        QCOMPARE(pubkeyFromBase58(""), std::optional<Pubkey>());
        QCOMPARE(pubkeyFromBase58(std::string(31, '1')), std::optional<Pubkey>());
        QCOMPARE(pubkeyFromBase58(std::string(32, '1')), std::optional(Pubkey{}));
        QCOMPARE(pubkeyFromBase58(std::string(33, '1')), std::optional<Pubkey>());
        QCOMPARE(pubkeyFromBase58("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt"),
                 std::optional<Pubkey>());
        QCOMPARE(pubkeyFromBase58(" EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"),
                 std::optional<Pubkey>());
        QCOMPARE(signatureFromBase58(std::string(64, '1')), std::optional(Signature{}));
        QCOMPARE(signatureFromBase58(std::string(63, '1')), std::optional<Signature>());
    }

    void hashSpreads() {
        std::unordered_set<std::size_t> hashes;
        for (const Program program : kPrograms) {
            hashes.insert(std::hash<Pubkey>{}(programIdOf(program)));
        }
        QCOMPARE(hashes.size(), kPrograms.size());
    }

    void programsByNameAndId() {
        std::set<std::string_view> names;
        for (const Program program : kPrograms) {
            names.insert(nameOf(program));
            QCOMPARE(programFromName(nameOf(program)), std::optional(program));
            QCOMPARE(programFromId(programIdOf(program)), std::optional(program));
            // Every name starts with its venue's: what is stored can be filtered by venue.
            QVERIFY(nameOf(program).starts_with(nameOf(venueOf(program))));
            QVERIFY(displayNameOf(program).starts_with(displayNameOf(venueOf(program))));
        }
        QCOMPARE(names.size(), kPrograms.size());
        QCOMPARE(programFromName("raydium"), std::optional<Program>());
        QCOMPARE(programFromId(Pubkey{}), std::optional<Program>());
        QCOMPARE(venueFromName("meteora"), std::optional(Venue::meteora));
        QCOMPARE(venueFromName("orca"), std::optional<Venue>());
        QCOMPARE(toBase58(programIdOf(Program::raydiumAmmV4)),
                 std::string("675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8"));
        QCOMPARE(toBase58(programIdOf(Program::meteoraDlmm)),
                 std::string("LBUZKhRxPF3XUpBCjp4YzTKgLccjZhTSDM9YuVaPwxo"));
    }

    void resolvesSymbolsInAnyCaseAndAddresses() {
        TokenRegistry registry;
        registry.add({.mint = usdcMint(), .symbol = "USDC", .decimals = 6});
        registry.add({.mint = solMint(), .symbol = "SOL", .decimals = kSolDecimals});
        for (const char* text :
             {"USDC", "usdc", "UsDc", "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"}) {
            const Token* found = registry.resolve(text);
            QVERIFY2(found != nullptr, text);
            QCOMPARE(found->mint, usdcMint());
            QCOMPARE(found->decimals, 6U);
        }
        // Addresses have their case, symbols do not; blanks are nobody's.
        for (const char* text : {"", " USDC", "USD", "epjfwdd5aufqssqem2qn1xzybapc8g4weggkzwytdt1v",
                                 "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB"}) {
            QVERIFY2(registry.resolve(text) == nullptr, text);
        }
    }

    void unknownMintsShowAShortForm() {
        const TokenRegistry registry;
        QCOMPARE(registry.symbolOf(usdtMint()), std::string("Es9v…wNYB"));
        QVERIFY(registry.find(usdtMint()) == nullptr);
        TokenRegistry named;
        named.add({.mint = usdtMint(), .symbol = "", .decimals = 6});
        QCOMPARE(named.symbolOf(usdtMint()), std::string("Es9v…wNYB"));
        QCOMPARE(named.resolve("Es9v…wNYB"), named.find(usdtMint()));
    }

    void theFirstOwnerKeepsTheSymbol() {
        TokenRegistry registry;
        registry.add(token(1, "BONK", 5));
        registry.add(token(2, "bonk", 9));
        QCOMPARE(registry.resolve("BONK")->mint, key(1));
        QCOMPARE(registry.symbolOf(key(2)), shortForm(key(2)));
        QCOMPARE(registry.resolve(toBase58(key(2)))->decimals, 9U);
        QCOMPARE(registry.size(), std::size_t{2});
    }

    void addingAMintAgainChangesNothing() {
        TokenRegistry registry;
        registry.add(token(1, "JUP", 6));
        registry.add(token(1, "RAY", 9));
        QCOMPARE(registry.size(), std::size_t{1});
        QCOMPARE(*registry.find(key(1)), token(1, "JUP", 6));
        QVERIFY(registry.resolve("RAY") == nullptr);
    }

    void allComeInOrderOfSymbol() {
        TokenRegistry registry;
        registry.add(token(3, "SOL"));
        registry.add(token(1, "usdc"));
        registry.add(token(2, "JUP"));
        QCOMPARE(registry.all(),
                 (std::vector<Token>{token(2, "JUP"), token(3, "SOL"), token(1, "usdc")}));
    }
};

QTEST_APPLESS_MAIN(TokenTest)
#include "token_test.moc"
