#pragma once
// Carries an answer from an engine thread to the thread of the object that asked.

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

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

    bool hasTarget() const {
        const std::lock_guard lock(mutex_);
        return target_ != nullptr;
    }

  private:
    mutable std::mutex mutex_;
    QObject* target_ = nullptr;  // guarded
};

// An answer that runs on the thread of `context`.
template <typename Answer>
auto routed(QObject* context, Answer answer) {
    return [route = AnswerRoute::to(context), answer = std::move(answer)](auto&& result) {
        route->post([answer, value = std::forward<decltype(result)>(result)] { answer(value); });
    };
}

// The same for answers that come many at a time: each context is woken once for all of them. (Woken
// for each, it would take the processor from who answers every time.) Thread-safe.
class AnswerBatch {
  public:
    // An answer that runs on the thread of `context` after the next send().
    template <typename Answer>
    auto routed(QObject* context, Answer answer) {
        return [this, route = AnswerRoute::to(context), answer = std::move(answer)](auto&& result) {
            add(route, [answer, value = std::forward<decltype(result)>(result)] { answer(value); });
        };
    }

    void send() {
        const std::lock_guard lock(mutex_);
        for (Waiting& all : std::exchange(waiting_, {})) {
            const std::shared_ptr<AnswerRoute> route = all.route;
            route->post([all = std::move(all)] {
                for (const auto& task : all.tasks) {
                    if (!all.route->hasTarget()) {
                        return;  // one of the answers was its end
                    }
                    task();
                }
            });
        }
    }

  private:
    struct Waiting {
        std::shared_ptr<AnswerRoute> route;
        std::vector<std::function<void()>> tasks;
    };

    void add(const std::shared_ptr<AnswerRoute>& route, std::function<void()> task) {
        const std::lock_guard lock(mutex_);
        for (Waiting& waiting : waiting_) {
            if (waiting.route == route) {
                waiting.tasks.push_back(std::move(task));
                return;
            }
        }
        waiting_.push_back({route, {std::move(task)}});
    }

    std::mutex mutex_;
    std::vector<Waiting> waiting_;  // guarded
};

}  // namespace oee::runtime
