#include "market/quote_batch.h"

#include <optional>
#include <string>
#include <utility>

#include <QJsonArray>
#include <QJsonDocument>
#include <QStringList>

#include "domain/token.h"
#include "market/pool_state.h"
#include "market/swap_request_json.h"

namespace oee::market {
namespace {

constexpr std::uint64_t kTraderRaw = 9'000'000'000'000'000'000U;
constexpr std::uint64_t kTraderSolRaw = 4'000'000'000'000'000'000U;

QString textOf(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QJsonObject errorOf(const QString& kind, const QString& message) {
    return {{"error", kind}, {"message", message}};
}

QJsonObject badRequest(const QString& message) {
    return errorOf(QStringLiteral("BadRequest"), message);
}

QString explain(amm::SwapError error) {
    switch (error) {
        case amm::SwapError::zeroAmount:
            return QStringLiteral("The amount is nothing, or nothing is left of it after fees.");
        case amm::SwapError::zeroOutput:
            return QStringLiteral("The amount is too small to pay anything.");
        case amm::SwapError::insufficientLiquidity:
            return QStringLiteral("The pool's liquidity does not reach for the amount.");
        case amm::SwapError::slippageExceeded:
            return QStringLiteral("The result is outside minAmountOut or maxAmountIn.");
        case amm::SwapError::poolDisabled:
            return QStringLiteral("The pool does not swap, or not yet.");
        case amm::SwapError::mathOverflow:
            return QStringLiteral("The program aborts: its arithmetic overflows.");
        case amm::SwapError::mintNotInPool:
            return QStringLiteral("The pool does not trade this mint.");
        case amm::SwapError::unsupportedMode:
            return QStringLiteral("The program has no swap of this mode.");
        case amm::SwapError::priceLimit:
            return QStringLiteral("sqrtPriceLimitX64 is on the wrong side of the price.");
    }
    return {};
}

QJsonObject failureOf(domain::Program program, amm::SwapError error) {
    QString message = explain(error);
    if (const auto known = amm::programErrorOf(program, error)) {
        message += QStringLiteral(" %1 answers %2 (%3).")
                       .arg(textOf(domain::displayNameOf(program)), textOf(known->name))
                       .arg(known->code);
    }
    return errorOf(textOf(amm::nameOf(error)), message);
}

bool isMeteora(domain::Program program) {
    return domain::venueOf(program) == domain::Venue::meteora;
}

// Whether the recorded swaps of the program came from a trader with a known amount of money.
bool traderIsLimited(domain::Program program) {
    return program != domain::Program::meteoraDammV1 && program != domain::Program::meteoraDammV2;
}

// The swaps of one request: the pool as they leave it, and what the trader still holds.
class Run {
  public:
    explicit Run(std::shared_ptr<const amm::Pool> pool) : pool_(std::move(pool)) {
        for (std::size_t side = 0; side < 2; ++side) {
            heldRaw_[side] =
                pool_->mints[side].mint == domain::solMint() ? kTraderSolRaw : kTraderRaw;
        }
    }

    QJsonObject execute(const QJsonObject& request, const amm::ChainClock& fallback) {
        const auto clock = clockFromJson(request, fallback);
        if (!clock) {
            return badRequest(clock.error().message);
        }
        const auto swap = swapFromJson(request, *pool_);
        if (!swap) {
            return badRequest(swap.error().message);
        }
        auto applied = amm::apply(*pool_, *swap, *clock);
        if (!applied) {
            return failureOf(pool_->program, applied.error());
        }
        const amm::SwapResult& result = applied->result;
        if (traderIsLimited(pool_->program)) {
            const std::size_t in = swap->direction == amm::SwapDirection::aToB ? 0 : 1;
            if (heldRaw_[in] < result.amountInRaw) {
                return errorOf(QStringLiteral("InsufficientFunds"),
                               QStringLiteral("The trader holds %1.").arg(heldRaw_[in]));
            }
            heldRaw_[in] -= result.amountInRaw;
            heldRaw_[1 - in] += result.amountOutRaw;
        }
        pool_ = std::move(applied->pool);
        return {{"amountIn", digitsOf(result.amountInRaw)},
                {"amountOut", digitsOf(result.amountOutRaw)}};
    }

    const amm::Pool& pool() const { return *pool_; }

  private:
    std::shared_ptr<const amm::Pool> pool_;
    std::array<std::uint64_t, 2> heldRaw_{};
};

}  // namespace

tl::expected<QuoteBatch, DumpFailure> QuoteBatch::open(const QString& directory) {
    const auto folders = poolFolders(directory);
    if (!folders) {
        return tl::make_unexpected(folders.error());
    }
    QuoteBatch batch;
    for (const QString& folder : *folders) {
        Entry entry;
        const auto dump = readPoolDump(folder);
        // An unreadable dump is known by its folder's name only.
        const auto address = dump ? std::optional(dump->pool)
                                  : domain::pubkeyFromBase58(folder.section('/', -1).toStdString());
        if (!address) {
            continue;
        }
        if (!dump) {
            entry.problem = QStringLiteral("%1: %2 %3")
                                .arg(QString::fromStdString(dump.error().path),
                                     textOf(nameOf(dump.error().error)),
                                     QString::fromStdString(dump.error().field));
        } else if (auto pool = amm::decodePool(dump->pool, dump->accounts)) {
            entry.pool = std::make_shared<const amm::Pool>(std::move(*pool));
            entry.clock = dump->clock;
        } else {
            entry.problem = QStringLiteral("%1 %2: %3")
                                .arg(QString::fromStdString(domain::toBase58(pool.error().account)),
                                     textOf(amm::nameOf(pool.error().error)),
                                     QString::fromStdString(pool.error().where));
        }
        batch.pools_.emplace(*address, std::move(entry));
    }
    return batch;
}

QByteArray QuoteBatch::answer(const QByteArray& line) const {
    const QJsonDocument document = QJsonDocument::fromJson(line);
    const QJsonObject request = document.object();
    QJsonObject answer =
        document.isObject()
            ? answerTo(request)
            : QJsonObject{{"result", badRequest(QStringLiteral("The line is no JSON object."))}};
    answer["id"] = document.isObject() ? request["id"] : QJsonValue();
    return QJsonDocument(answer).toJson(QJsonDocument::Compact);
}

QJsonObject QuoteBatch::answerTo(const QJsonObject& request) const {
    const auto address = pubkeyFromJson(request, "pool");
    if (!address) {
        return {{"result", badRequest(address.error().message)}};
    }
    const auto known = pools_.find(*address);
    if (known == pools_.end()) {
        return {{"result", errorOf(QStringLiteral("UnknownPool"),
                                   QStringLiteral("No folder of the accounts has this pool."))}};
    }
    const Entry& entry = known->second;
    if (!entry.pool) {
        return {{"result", errorOf(QStringLiteral("UnreadablePool"), entry.problem)}};
    }
    Run run(entry.pool);
    if (!request.contains("sequence")) {
        QJsonObject answer{{"result", run.execute(request, entry.clock)}};
        if (isMeteora(entry.pool->program) && !answer["result"].toObject().contains("error")) {
            answer["after"] = poolStateOf(run.pool());
        }
        return answer;
    }
    const auto clock = clockFromJson(request, entry.clock);
    if (!clock || !request["sequence"].isArray()) {
        return {{"result", badRequest(clock ? QStringLiteral("sequence: a list is needed.")
                                            : clock.error().message)}};
    }
    QJsonArray results;
    for (const QJsonValue& step : request["sequence"].toArray()) {
        results.append(run.execute(step.toObject(), *clock));
    }
    return {{"results", results}, {"final", poolStateOf(run.pool())}};
}

}  // namespace oee::market
