#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <vector>

#include <QObject>

#include "runtime/engine.h"
#include "ui/coalescer.h"

namespace oee::ui {

// What several COMMITs changed together: each order once, as it is now.
struct Batch {
    std::vector<domain::OrderPtr> orders;
    std::vector<runtime::OrderEventPtr> events;
    std::vector<domain::Fill> fills;
    runtime::WalletPtr wallet;  // null where unchanged
};

// Gathers Engine::updated on the GUI thread and hands it on at most once in an interval. Bounded:
// it keeps the newest entries that the tables could show anyway.
class UpdateFeed : public QObject {
    Q_OBJECT

  public:
    UpdateFeed(runtime::Engine& engine, std::chrono::milliseconds interval,
               QObject* parent = nullptr);

    // Now, for tests and before a window closes.
    void flush() { coalescer_.flush(); }

  signals:
    void batch(const oee::ui::Batch& batch);

  private:
    void take(const runtime::UpdatePtr& update);
    void handOn();

    Coalescer coalescer_;
    std::map<domain::OrderId, domain::OrderPtr> orders_;
    std::vector<runtime::OrderEventPtr> events_;
    std::vector<domain::Fill> fills_;
    runtime::WalletPtr wallet_;
};

}  // namespace oee::ui
