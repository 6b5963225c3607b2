// What transactions cost, weigh and do: fees, compute units, hops, bytes.

#include <algorithm>
#include <span>

#include <QtTest>

#include "amm/swap_footprint.h"
#include "chain/chain.h"
#include "chain/profiles.h"
#include "chain/sales.h"
#include "domain/token.h"
#include "support/market_fixture.h"

using namespace oee;
using test::kSol;
using test::legOn;
using test::only;
using test::sale;

namespace {

std::uint32_t bytesOf(const std::vector<domain::RouteLeg>& legs) {
    return amm::transactionBytes(std::span(legs));
}

}  // namespace

class TransactionTest : public QObject {
    Q_OBJECT

  private slots:
    void failurePaysTheFeeButNotTheTip() {
        const auto market = test::generatedMarket();
        auto transaction = sale(*market, 1);
        transaction.tipLamports = 50'000;
        transaction.networkFeeLamports = 62'000;
        transaction.minAmountOutRaw = kSol;  // a million dollars for one SOL
        const auto slot = chain::step(chain::genesisState(market, test::quiet()),
                                      std::vector{transaction}, test::quiet(), {1, {}});
        const auto& reverted = only<chain::Reverted>(slot);
        QCOMPARE(reverted.networkFeeLamports, std::uint64_t{12'000});
        QVERIFY(reverted.cause == chain::RevertCause::swap);
        QCOMPARE(QString::fromStdString(chain::describe(reverted)),
                 QString("Raydium AMM v4: ExceededSlippage (30)"));
        transaction.minAmountOutRaw = 1;
        const auto landed = chain::step(chain::genesisState(market, test::quiet()),
                                        std::vector{transaction}, test::quiet(), {1, {}});
        QCOMPARE(only<chain::Landed>(landed).networkFeeLamports, std::uint64_t{62'000});
    }

    void overTheComputeUnitLimitItReverts() {
        const auto market = test::generatedMarket();
        auto transaction = sale(*market, 1);
        transaction.legs = {legOn(*market, domain::Program::meteoraDlmm, domain::solMint(),
                                  domain::usdcMint(), 3'000 * kSol)};
        transaction.computeUnitLimit = amm::kMaxComputeUnits;
        const auto state = chain::genesisState(market, test::quiet());
        const auto used = only<chain::Landed>(
            chain::step(state, std::vector{transaction}, test::quiet(), {1, {}}));
        QVERIFY(used.computeUnits >
                amm::swapComputeUnits(domain::Program::meteoraDlmm, 5));  // bins were crossed
        transaction.computeUnitLimit = used.computeUnits;
        only<chain::Landed>(chain::step(state, std::vector{transaction}, test::quiet(), {1, {}}));
        transaction.computeUnitLimit = used.computeUnits - 1;
        const auto slot = chain::step(state, std::vector{transaction}, test::quiet(), {1, {}});
        const auto& reverted = only<chain::Reverted>(slot);
        QVERIFY(reverted.cause == chain::RevertCause::computeBudget);
        QCOMPARE(chain::describe(reverted), std::string("computational budget exceeded"));
        QVERIFY(slot.state.market->pools == market->pools);
        transaction.computeUnitLimit = 0;  // what the runtime gives an instruction
        QCOMPARE(chain::effectiveComputeUnitLimit(transaction), 200'000U);
    }

    void computeUnitsGrowWithCrossings() {
        using domain::Program;
        QCOMPARE(amm::swapComputeUnits(Program::raydiumCpmm, 0), 140'000U);
        QCOMPARE(amm::swapComputeUnits(Program::raydiumClmm, 0), 170'000U);
        QCOMPARE(amm::swapComputeUnits(Program::raydiumClmm, 1), 220'000U);
        QCOMPARE(amm::swapComputeUnits(Program::raydiumClmm, 3), 320'000U);
        QCOMPARE(chain::plannedComputeUnits(Program::raydiumClmm), 220'000U);
        QCOMPARE(chain::plannedComputeUnits(Program::meteoraDlmm), 200'000U);
    }

    // Through another token: the second leg sells what the first brought, all of it.
    void aHopSpendsWhatTheHopBeforeItBrought() {
        const auto market = test::generatedMarket();
        auto transaction = sale(*market, 1);
        transaction.computeUnitLimit = 400'000;
        const auto first = chain::preflight(*market, transaction);
        const std::uint64_t arrived = first->amountOutRaw;
        for (const std::uint64_t planned : {arrived - 5'000, arrived, arrived + 5'000}) {
            auto hop = transaction;
            hop.legs.push_back(legOn(*market, domain::Program::raydiumCpmm, domain::usdcMint(),
                                     domain::usdtMint(), planned));
            const auto landed = chain::preflight(*market, hop);
            QVERIFY(landed.has_value());
            QCOMPARE(landed->fills.at(1).amountInRaw, arrived);
            QCOMPARE(landed->amountInRaw, kSol);
            QCOMPARE(landed->amountOutRaw, landed->fills.at(1).amountOutRaw);
            hop.minAmountOutRaw = landed->amountOutRaw + 1;
            const auto refused = chain::preflight(*market, hop);
            QVERIFY(refused.error().cause == chain::RevertCause::routeLimit);
            QCOMPARE(chain::describe(refused.error()),
                     std::string("Jupiter: SlippageToleranceExceeded (6001)"));
        }
    }

    void aTransactionOverTheWireLimitIsNeverTaken() {
        const auto market = test::generatedMarket();
        auto transaction = sale(*market, 1);
        const auto one = bytesOf(transaction.legs);
        // 1 signature of 64 bytes, 13 header, blockhash and counts, compute budget 20, the swap's
        // 28, and 14 keys: payer, budget, two token programs, memo; pool and two vaults; authority
        // and program; two mints and the trader's two accounts.
        QCOMPARE(one, 1U + 64 + 3 + 1 + 32 + 1 + 20 + (3 + 8 + 17) + 32 * 14);
        transaction.computeUnitLimit = amm::kMaxComputeUnits;
        while (bytesOf(transaction.legs) <= amm::kMaxTransactionBytes) {
            only<chain::Landed>(chain::step(chain::genesisState(market, test::quiet()),
                                            std::vector{transaction}, test::quiet(), {1, {}}));
            for (const auto& pool : market->pools) {
                const auto has = [&](const domain::RouteLeg& leg) {
                    return leg.pool == pool->address;
                };
                if (pool->directionFrom(domain::solMint()) &&
                    std::none_of(transaction.legs.begin(), transaction.legs.end(), has)) {
                    const auto direction = *pool->directionFrom(domain::solMint());
                    transaction.legs.push_back({pool->address, pool->program, domain::solMint(),
                                                pool->outputOf(direction).mint, kSol});
                    break;
                }
            }
        }
        QVERIFY(transaction.legs.size() > 2);
        const auto slot = chain::step(chain::genesisState(market, test::quiet()),
                                      std::vector{transaction}, test::quiet(), {1, {}});
        QVERIFY(only<chain::Dropped>(slot).reason == chain::DropReason::tooLarge);
        // The same pool again adds its instruction, not its accounts.
        auto twice = sale(*market, 1).legs;
        twice.push_back(twice.front());
        QCOMPARE(bytesOf(twice), one + 28);
    }
};

QTEST_APPLESS_MAIN(TransactionTest)
#include "transaction_test.moc"
