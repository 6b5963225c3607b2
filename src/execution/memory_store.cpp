#include "execution/memory_store.h"

#include <utility>

namespace oee::execution {

void MemoryStore::Records::insertOrder(const domain::OrderPtr& order) {
    orders_.emplace_hint(orders_.end(), order->id, order);
    if (!order->idempotencyKey.empty()) {
        byIdempotencyKey_.emplace(order->idempotencyKey, order->id);
    }
}

std::optional<domain::Order> MemoryStore::Records::findOrder(const domain::OrderId& orderId) {
    const auto found = orders_.find(orderId);
    return found == orders_.end() ? std::nullopt : std::optional(*found->second);
}

std::optional<domain::Order> MemoryStore::Records::findByIdempotencyKey(const std::string& key) {
    const auto found = byIdempotencyKey_.find(key);
    return found == byIdempotencyKey_.end() ? std::nullopt : findOrder(found->second);
}

MemoryStore::MemoryStore(Ledger::Settings settings, const domain::TokenRegistry& tokens,
                         Ledger::Start start, OnCommitted onCommitted)
    : ledger_(std::move(settings), tokens, records_, std::move(start)),
      onCommitted_(std::move(onCommitted)) {}

template <typename T, typename E>
void MemoryStore::finish(const Answer<T, E>& answer, tl::expected<T, E> result) {
    if (answer) {
        answer(std::move(result));
    }
    tell();
}

void MemoryStore::tell() {
    const Ledger::Sealed sealed = ledger_.seal();
    ledger_.keep(sealed);
    const Committed& committed = sealed.committed();
    const bool changed =
        !committed.events.empty() || !committed.fills.empty() || committed.wallet != nullptr;
    if (changed && onCommitted_) {
        onCommitted_(committed);
    }
}

void MemoryStore::admit(OrderDraft draft, Answer<Admitted, Refusal> answer, Decided decided) {
    auto admitted = ledger_.admit(draft);
    if (decided && admitted && !admitted->replayed) {
        decided(admitted->order);
    }
    finish(answer, std::move(admitted));
}

void MemoryStore::handOut(domain::OrderId orderId, Answer<domain::OrderPtr, StoreError> answer) {
    finish(answer, ledger_.handOut(orderId));
}

void MemoryStore::retryParked(domain::OrderId orderId,
                              Answer<domain::OrderPtr, StoreError> answer) {
    finish(answer, ledger_.retryParked(orderId));
}

void MemoryStore::note(ProgressNote note) {
    ledger_.note(note);
    tell();
    if (note.written) {
        note.written();
    }
}

void MemoryStore::submit(Submission submission, Answer<domain::OrderPtr, StoreError> answer,
                         Decided decided) {
    auto submitted = ledger_.submit(submission);
    if (decided && submitted) {
        decided(*submitted);
    }
    finish(answer, std::move(submitted));
}

void MemoryStore::fail(FailureNote note, Answer<domain::OrderPtr, StoreError> answer) {
    finish(answer, ledger_.fail(note));
}

void MemoryStore::cancel(domain::OrderId orderId, Answer<domain::OrderPtr, StoreError> answer) {
    finish(answer, ledger_.cancel(orderId));
}

void MemoryStore::commitSlot(SlotCommit commit, Answer<std::monostate, StoreError> answer) {
    finish(answer, ledger_.commitSlot(commit));
}

void MemoryStore::resetWallet(Answer<std::shared_ptr<const Wallet>, StoreError> answer) {
    finish(answer, ledger_.resetWallet());
}

}  // namespace oee::execution
