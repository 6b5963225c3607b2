#include "jobs/market_feed.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/byte_codec.h"

namespace oee::jobs {
namespace {

using namespace std::chrono_literals;

// A sign of life that is not renewed for so long has gone away.
constexpr std::string_view kSignMillis = "5000";
// Far below the socket's time-out.
constexpr std::chrono::milliseconds kLongestBlock = 500ms;
constexpr std::string_view kChangesAtOnce = "64";
constexpr std::size_t kLongestVersion = 64;
constexpr std::string_view kField = "d";

std::string entryId(std::uint64_t number) {
    return std::to_string(number) + "-0";
}

std::string numbered(const RemoteEpoch& epoch, std::uint64_t number, std::string_view body) {
    base::ByteWriter writer;
    writer.raw(epoch);
    writer.u64(number);
    writer.raw(body);
    return writer.take();
}

struct Numbered {
    std::string_view epoch;
    std::uint64_t number = 0;
    std::string_view body;
};

std::optional<Numbered> readNumbered(const MessageSeal& seal, MessageKind kind,
                                     std::string_view sealed) {
    const auto payload = seal.open(kind, sealed);
    if (!payload || payload->size() < kEpochSize + 8) {
        return std::nullopt;
    }
    base::ByteReader reader(*payload);
    Numbered result;
    result.epoch = reader.raw(kEpochSize);
    result.number = reader.u64();
    result.body = payload->substr(kEpochSize + 8);
    return result;
}

}  // namespace

MarketPublisher::MarketPublisher(const MessageSeal& seal, RemoteKeys keys, EngineSign sign)
    : seal_(seal), keys_(std::move(keys)), sign_(std::move(sign)) {}

tl::expected<void, RedisError> MarketPublisher::greet(RedisConnection& connection) {
    base::ByteWriter writer;
    writer.raw(sign_.epoch);
    writer.text(sign_.version);
    const std::string sealed = seal_.seal(MessageKind::engine, writer.take());
    const auto answer = connection.command({"SET", keys_.engine, sealed, "PX", kSignMillis});
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    return {};
}

tl::expected<void, RedisError> MarketPublisher::publishWhole(RedisConnection& connection,
                                                             std::string_view market, Whole kind) {
    // A number is left out: who waits for it finds the gap.
    number_ += kind == Whole::anew ? 1 : 0;
    const std::string sealed =
        seal_.seal(MessageKind::market, numbered(sign_.epoch, number_, market));
    const std::string from = entryId(number_ + 1);
    // Also what an earlier run left in the stream: its numbers may be higher.
    const RedisCommand trim = kind == Whole::anew
                                  ? RedisCommand{"DEL", keys_.slotChanges}
                                  : RedisCommand{"XTRIM", keys_.slotChanges, "MINID", from};
    const std::vector<RedisCommand> commands{{"SET", keys_.market, sealed}, trim};
    return allDone(connection.pipeline(commands));
}

tl::expected<void, RedisError> MarketPublisher::publishChange(RedisConnection& connection,
                                                              std::string_view delta) {
    ++number_;
    const std::string sealed =
        seal_.seal(MessageKind::delta, numbered(sign_.epoch, number_, delta));
    const auto answer =
        connection.command({"XADD", keys_.slotChanges, entryId(number_), kField, sealed});
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    return {};
}

tl::expected<void, RedisError> MarketPublisher::withdraw(RedisConnection& connection) {
    const auto answer = connection.command({"DEL", keys_.market, keys_.slotChanges});
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    return {};
}

void MarketPublisher::leave(RedisConnection& connection) {
    // What cannot be taken away goes by itself, or is replaced by the next run.
    static_cast<void>(connection.command(
        {"DEL", keys_.engine, keys_.market, keys_.slotChanges, keys_.proposals}));
}

MarketFollower::MarketFollower(const MessageSeal& seal, RemoteKeys keys)
    : seal_(seal), keys_(std::move(keys)) {}

tl::expected<MarketFollower::News, RedisError> MarketFollower::poll(
    RedisConnection& connection, std::chrono::milliseconds wait) {
    News news;
    std::vector<RedisCommand> commands{{"GET", keys_.engine}};
    const std::string block = std::to_string(std::clamp(wait, 1ms, kLongestBlock).count());
    const std::string after = entryId(number_.value_or(0));
    if (number_) {
        commands.push_back({"XREAD", "COUNT", kChangesAtOnce, "BLOCK", block, "STREAMS",
                            keys_.slotChanges, after});
    }
    const auto answers = connection.pipeline(commands);
    if (const auto done = allDone(answers); !done) {
        return tl::unexpected(done.error());
    }
    readSign((*answers)[0]->view(), news);
    if (news.engine != Engine::alive) {
        startOver();
        return news;
    }
    if (number_) {
        readChanges((*answers)[1]->view()[0][1], news);
    } else if (const auto read = readWhole(connection, news); !read) {
        return tl::unexpected(read.error());
    }
    return news;
}

void MarketFollower::readSign(ReplyView reply, News& news) {
    const auto sealed = reply.text();
    if (!sealed) {
        return;
    }
    news.engine = Engine::stranger;
    const auto payload = seal_.open(MessageKind::engine, *sealed);
    if (!payload) {
        return;
    }
    base::ByteReader reader(*payload);
    news.sign.epoch = reader.raw(kEpochSize);
    news.sign.version = reader.text(kLongestVersion);
    if (!reader.isDone()) {
        return;
    }
    news.engine = Engine::alive;
    if (news.sign.epoch != epoch_) {
        epoch_ = news.sign.epoch;
        startOver();
    }
}

tl::expected<void, RedisError> MarketFollower::readWhole(RedisConnection& connection, News& news) {
    const auto answer = connection.command({"GET", keys_.market});
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    const auto sealed = answer->view().text();
    const auto whole = sealed ? readNumbered(seal_, MessageKind::market, *sealed) : std::nullopt;
    if (whole && whole->epoch == epoch_) {
        number_ = whole->number;
        news.whole = std::string(whole->body);
    }
    return {};
}

void MarketFollower::readChanges(ReplyView entries, News& news) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto sealed = entries[i][1][1].text();
        const auto change =
            sealed ? readNumbered(seal_, MessageKind::delta, *sealed) : std::nullopt;
        if (!change || change->epoch != epoch_ || change->number != *number_ + 1) {
            startOver();
            return;
        }
        number_ = change->number;
        news.changes.emplace_back(change->body);
    }
}

}  // namespace oee::jobs
