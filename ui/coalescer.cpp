#include "ui/coalescer.h"

namespace oee::ui {

Coalescer::Coalescer(std::chrono::milliseconds interval, QObject* parent)
    : QObject(parent), interval_(interval) {
    timer_.setSingleShot(true);
    connect(&timer_, &QTimer::timeout, this, &Coalescer::emitDue);
}

void Coalescer::request() {
    if (timer_.isActive()) {
        return;
    }
    // Always through the event loop: a burst within one turn of it counts once.
    const qint64 passed = sinceDue_.isValid() ? sinceDue_.elapsed() : interval_.count();
    timer_.start(passed >= interval_.count() ? std::chrono::milliseconds{0}
                                             : interval_ - std::chrono::milliseconds{passed});
}

void Coalescer::flush() {
    if (timer_.isActive()) {
        timer_.stop();
        emitDue();
    }
}

void Coalescer::emitDue() {
    sinceDue_.start();
    emit due();
}

}  // namespace oee::ui
