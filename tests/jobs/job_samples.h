#pragma once
// Orders for the tests of this folder.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "domain/order.h"
#include "jobs/job_queue.h"

namespace oee::test {

inline domain::Pubkey wrappedSol() {
    return domain::pubkeyLiteral("So11111111111111111111111111111111111111112");
}
inline domain::Pubkey usdc() {
    return domain::pubkeyLiteral("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
}

inline domain::Order sampleOrder(std::uint32_t number) {
    domain::Order order;
    order.id = domain::makeOrderId({1'700'000'000'000, number, 0x1234'5678'9abcU});
    order.inputMint = wrappedSol();
    order.outputMint = usdc();
    order.amountInRaw = 10'000'000'000U + number;
    order.slippageBps = 50;
    order.fence = number;
    order.createdAtMicros = 1'700'000'000'000'000;
    order.updatedAtMicros = 1'700'000'000'000'001;
    return order;
}

inline jobs::Job jobOf(domain::Order order) {
    return {std::make_shared<const domain::Order>(std::move(order))};
}

inline jobs::Job sampleJob(std::uint32_t number) {
    return jobOf(sampleOrder(number));
}

// Numbers first … first + count − 1.
inline std::vector<jobs::Job> sampleJobs(std::uint32_t first, std::uint32_t count) {
    std::vector<jobs::Job> jobs;
    for (std::uint32_t i = 0; i < count; ++i) {
        jobs.push_back(sampleJob(first + i));
    }
    return jobs;
}

// The numbers of jobs that sampleJob made.
inline std::vector<std::uint64_t> numbersOf(const std::vector<jobs::Delivery>& deliveries) {
    std::vector<std::uint64_t> numbers;
    for (const jobs::Delivery& delivery : deliveries) {
        numbers.push_back(delivery.job.order->fence);
    }
    return numbers;
}

inline std::vector<std::uint64_t> numbersFrom(std::uint64_t first, std::uint64_t count) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t i = 0; i < count; ++i) {
        numbers.push_back(first + i);
    }
    return numbers;
}

// Empty where there was no error.
template <typename T, typename E>
std::optional<E> errorOf(const tl::expected<T, E>& result) {
    return result ? std::nullopt : std::optional<E>(result.error());
}

}  // namespace oee::test
