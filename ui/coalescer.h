#pragma once

#include <chrono>

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace oee::ui {

// The window shows at most ten changes a second (ARCHITECTURE.md, threads).
inline constexpr std::chrono::milliseconds kUpdateInterval{100};

// Makes many requests into few: `due` is emitted at once after a pause, and at most once in an
// interval otherwise. The last request is never lost.
class Coalescer : public QObject {
    Q_OBJECT

  public:
    explicit Coalescer(std::chrono::milliseconds interval, QObject* parent = nullptr);

    void request();
    bool isPending() const { return timer_.isActive(); }

  public slots:
    // Does now what is pending.
    void flush();

  signals:
    void due();

  private:
    void emitDue();

    std::chrono::milliseconds interval_;
    QTimer timer_;
    QElapsedTimer sinceDue_;
};

}  // namespace oee::ui
