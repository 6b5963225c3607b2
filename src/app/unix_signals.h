#pragma once
// SIGINT and SIGTERM as a Qt signal.

#include <QObject>
#include <QSocketNotifier>

namespace oee::app {

// One a process: the handler needs a place that a C function can reach.
class UnixSignals final : public QObject {
    Q_OBJECT

  public:
    explicit UnixSignals(QObject* parent = nullptr);
    ~UnixSignals() override;

  signals:
    void quitRequested();

  private:
    QSocketNotifier* notifier_ = nullptr;
};

}  // namespace oee::app
