#pragma once
// Carries an answer from an engine thread to the thread of the object that asked.

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include <QMetaObject>
#include <QObject>

namespace oee::runtime {

// Made on the thread of `context`; post() may be called once, from any thread. Where `context` is
// gone by then, nothing happens. (A QPointer alone would be a race: the object could die between
// the look and the post.)
class AnswerRoute {
  public:
    static std::shared_ptr<AnswerRoute> to(QObject* context) {
        auto route = std::make_shared<AnswerRoute>();
        route->target_ = context;
        route->connection_ = QObject::connect(
            context, &QObject::destroyed, context,
            [weak = std::weak_ptr(route)] {
                if (const auto self = weak.lock()) {
                    const std::lock_guard lock(self->mutex_);
                    self->target_ = nullptr;
                }
            },
            Qt::DirectConnection);
        return route;
    }

    void post(std::function<void()> task) {
        const std::lock_guard lock(mutex_);
        if (target_ == nullptr) {
            return;
        }
        QMetaObject::invokeMethod(
            target_,
            [connection = connection_, task = std::move(task)] {
                QObject::disconnect(connection);
                task();
            },
            Qt::QueuedConnection);
    }

  private:
    std::mutex mutex_;
    QObject* target_ = nullptr;  // guarded
    QMetaObject::Connection connection_;
};

// An answer that runs on the thread of `context`.
template <typename Answer>
auto routed(QObject* context, Answer answer) {
    return [route = AnswerRoute::to(context), answer = std::move(answer)](auto&& result) {
        route->post([answer, value = std::forward<decltype(result)>(result)] { answer(value); });
    };
}

}  // namespace oee::runtime
