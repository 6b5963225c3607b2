// write_seeds FOLDER [DUMPS]: the fuzz targets' first inputs, a folder a program: random pools, and
// the pools of the account dumps in DUMPS where those exist.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "amm/random_pools.h"
#include "domain/venue.h"
#include "fuzz/frame.h"

using namespace oee;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr std::uint64_t kPoolsPerProgram = 60;
constexpr std::size_t kMaxSeedBytes = 16 * 1024;  // larger ones would slow every run down

int indexOf(char letter) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto found = kAlphabet.find(letter);
    return found == std::string_view::npos ? -1 : static_cast<int>(found);
}

// Up to the padding.
std::vector<std::uint8_t> fromBase64(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char letter : text) {
        const int index = indexOf(letter);
        if (index < 0) {
            break;
        }
        bits = bits << 6 | static_cast<std::uint32_t>(index);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<std::uint8_t>(bits >> count));
        }
    }
    return bytes;
}

json readJson(const fs::path& path) {
    std::ifstream file(path);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    return json::parse(text, nullptr, false);
}

bool fail(const fs::path& path) {
    std::fprintf(stderr, "write_seeds: cannot use %s\n", path.c_str());
    return false;
}

bool readAccount(const fs::path& path, amm::AccountSet& accounts) {
    const json root = readJson(path);
    const json account = root.is_object() ? root.value("account", json::object()) : json();
    if (!account.is_object() || !account.contains("data") || !account["data"].is_array()) {
        return fail(path);
    }
    const auto address = domain::pubkeyFromBase58(root.value("pubkey", ""));
    const auto owner = domain::pubkeyFromBase58(account.value("owner", ""));
    if (!address || !owner || account["data"].empty() || !account["data"][0].is_string()) {
        return fail(path);
    }
    amm::Account& read = accounts[*address];
    read.owner = *owner;
    read.data = fromBase64(account["data"][0].get_ref<const std::string&>());
    return true;
}

bool readDump(const fs::path& folder, fuzz::Frame& frame) {
    const json root = readJson(folder / "pool.json");
    const json clock = root.is_object() ? root.value("clock", json::object()) : json();
    const auto pool =
        root.is_object() ? domain::pubkeyFromBase58(root.value("pool", "")) : std::nullopt;
    if (!pool || !clock.is_object()) {
        return fail(folder);
    }
    frame.pool = *pool;
    frame.clock.slot = clock.value("slot", std::uint64_t{0});
    frame.clock.unixTimestamp = clock.value("unixTimestamp", std::int64_t{0});
    frame.clock.epoch = clock.value("epoch", std::uint64_t{0});
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().filename() != "pool.json" && !readAccount(entry.path(), frame.accounts)) {
            return false;
        }
    }
    return frame.accounts.contains(frame.pool) || fail(folder);
}

class Seeds {
  public:
    Seeds(const fs::path& folder, domain::Program program)
        : folder_(folder / domain::nameOf(program)), program_(domain::programIdOf(program)) {
        fs::create_directories(folder_);
    }

    void add(fuzz::Frame frame) {
        base::CounterRng rng(1, base::RngPurpose::test, ++count_);
        frame.request.mode = static_cast<amm::SwapMode>(rng.below(3));
        frame.request.direction =
            test::oneIn(rng, 2) ? amm::SwapDirection::aToB : amm::SwapDirection::bToA;
        frame.request.amountRaw = test::logUniform(rng);
        const auto bytes = fuzz::writeFrame(frame, program_);
        if (bytes.size() <= kMaxSeedBytes) {
            std::ofstream file(folder_ / std::to_string(count_), std::ios::binary);
            file.write(reinterpret_cast<const char*>(bytes.data()),
                       static_cast<std::streamsize>(bytes.size()));
            ++written_;
        }
    }
    std::uint64_t written() const { return written_; }

  private:
    fs::path folder_;
    domain::Pubkey program_;
    std::uint64_t count_ = 0;
    std::uint64_t written_ = 0;
};

bool writeSeeds(const fs::path& folder, const fs::path& dumps) {
    for (const test::ProgramPools& pools : test::programPools()) {
        Seeds seeds(folder, pools.program);
        for (std::uint64_t i = 0; i < kPoolsPerProgram; ++i) {
            base::CounterRng rng(1, base::RngPurpose::test, i);
            test::RandomPool pool = pools.make(rng);
            seeds.add({{}, pool.clock, pool.address, std::move(pool.accounts)});
        }
        const fs::path programDumps = dumps / domain::nameOf(pools.program);
        if (!dumps.empty() && fs::is_directory(programDumps)) {
            for (const auto& entry : fs::directory_iterator(programDumps)) {
                fuzz::Frame frame;
                if (!readDump(entry.path(), frame)) {
                    return false;
                }
                seeds.add(std::move(frame));
            }
        }
        std::printf("%s: %llu seeds\n", domain::nameOf(pools.program).data(),
                    static_cast<unsigned long long>(seeds.written()));
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) {
        std::fprintf(stderr, "usage: write_seeds FOLDER [DUMPS]\n");
        return 2;
    }
    return writeSeeds(argv[1], argc == 3 ? argv[2] : "") ? 0 : 1;
}
