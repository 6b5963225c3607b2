// Serves the page on the fake engine, for looking at it in a browser: page_server [http [ws]].
// Orders run through their states as somebody would see them; the market moves a little.

#include <deque>
#include <iostream>

#include <QCoreApplication>
#include <QTimer>

#include "gateway/gateway.h"
#include "support/fake_engine.h"

int main(int argc, char** argv) {
    using namespace oee;
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    test::FakeEngine engine;
    gateway::GatewayOptions options;
    options.httpPort = arguments.size() > 1 ? arguments[1].toUShort() : quint16{8000};
    options.wsPort = arguments.size() > 2 ? arguments[2].toUShort() : quint16{8001};
    if (qEnvironmentVariableIsSet("PAGE_SERVER_TOKEN")) {
        options.token = qgetenv("PAGE_SERVER_TOKEN");
    }
    gateway::Gateway gateway(engine, options);
    const auto bound = gateway.start();
    if (!bound) {
        std::cerr << explain(bound.error()) << std::endl;
        return 3;
    }
    std::deque<domain::OrderId> open;
    QObject::connect(
        &engine, &runtime::Engine::updated, &application,
        [&open](const runtime::UpdatePtr& update) {
            for (const auto& event : update->events) {
                if (event->status == domain::OrderStatus::pending) {
                    open.push_back(event->order->id);
                }
            }
        },
        Qt::QueuedConnection);
    QTimer ticks;
    std::uint64_t tick = 0;
    QObject::connect(&ticks, &QTimer::timeout, &application, [&] {
        engine.publishSlot(++tick % 8 == 0 ? 200'000'000 : 0);
        for (std::size_t i = open.size(); i > 0; --i) {
            const domain::OrderId id = open.front();
            open.pop_front();
            if (!domain::isTerminal(engine.advance(id))) {
                open.push_back(id);
            }
        }
    });
    ticks.start(400);
    std::cout << "http://localhost:" << bound->httpPort << std::endl;
    return QCoreApplication::exec();
}
