#include "ui/update_feed.h"

#include <utility>

#include "ui/sorted_table.h"

namespace oee::ui {
namespace {

template <typename T>
void keepNewest(std::vector<T>& entries) {
    // Twice the bound before half is dropped: amortised constant work.
    if (entries.size() > 2 * kRowBound) {
        entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(kRowBound));
    }
}

}  // namespace

UpdateFeed::UpdateFeed(runtime::Engine& engine, std::chrono::milliseconds interval, QObject* parent)
    : QObject(parent), coalescer_(interval) {
    connect(&engine, &runtime::Engine::updated, this, &UpdateFeed::take, Qt::QueuedConnection);
    connect(&coalescer_, &Coalescer::due, this, &UpdateFeed::handOn);
}

void UpdateFeed::take(const runtime::UpdatePtr& update) {
    for (const runtime::OrderEventPtr& event : update->events) {
        if (event->order) {
            orders_[event->order->id] = event->order;
        }
        events_.push_back(event);
    }
    fills_.insert(fills_.end(), update->fills.begin(), update->fills.end());
    if (update->wallet) {
        wallet_ = update->wallet;
    }
    keepNewest(events_);
    keepNewest(fills_);
    while (orders_.size() > kRowBound) {
        orders_.erase(orders_.begin());
    }
    coalescer_.request();
}

void UpdateFeed::handOn() {
    Batch batch;
    for (auto& [id, order] : std::exchange(orders_, {})) {
        batch.orders.push_back(std::move(order));
    }
    batch.events = std::exchange(events_, {});
    batch.fills = std::exchange(fills_, {});
    batch.wallet = std::exchange(wallet_, nullptr);
    emit this->batch(batch);
}

}  // namespace oee::ui
