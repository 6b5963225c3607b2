#pragma once
// Carries an answer from an engine thread to the thread of the object that asked.

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include <QMetaObject>
#include <QObject>
#include <QVariant>

namespace oee::runtime {

// One for each object that asks; post() may be called from any thread. Where `context` is gone by
// then, nothing happens. (A QPointer alone would be a race: the object could die between the look
// and the post.)
class AnswerRoute {
  public:
    // On the thread of `context`.
    static std::shared_ptr<AnswerRoute> to(QObject* context) {
        // With the context, so that it ends with it.
        constexpr const char* kProperty = "oeeAnswerRoute";
        if (const QVariant known = context->property(kProperty); known.isValid()) {
            return known.value<std::shared_ptr<AnswerRoute>>();
        }
        auto route = std::make_shared<AnswerRoute>();
        route->target_ = context;
        QObject::connect(
            context, &QObject::destroyed, context,
            [weak = std::weak_ptr(route)] {
                if (const auto self = weak.lock()) {
                    const std::lock_guard lock(self->mutex_);
                    self->target_ = nullptr;
                }
            },
            Qt::DirectConnection);
        context->setProperty(kProperty, QVariant::fromValue(route));
        return route;
    }

    void post(std::function<void()> task) {
        const std::lock_guard lock(mutex_);
        if (target_ == nullptr) {
            return;
        }
        QMetaObject::invokeMethod(target_, std::move(task), Qt::QueuedConnection);
    }

  private:
    std::mutex mutex_;
    QObject* target_ = nullptr;  // guarded
};

// An answer that runs on the thread of `context`.
template <typename Answer>
auto routed(QObject* context, Answer answer) {
    return [route = AnswerRoute::to(context), answer = std::move(answer)](auto&& result) {
        route->post([answer, value = std::forward<decltype(result)>(result)] { answer(value); });
    };
}

}  // namespace oee::runtime
