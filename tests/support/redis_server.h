#pragma once
// A real redis-server for tests and benchmarks: on a free port of 127.0.0.1, in a folder of its
// own.

#include <cstdint>
#include <string>

#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

namespace oee::test {

enum class RedisPersistence {
    none,         // a restart is empty
    appendOnly,   // appendfsync always: a restart has everything that was answered
    everySecond,  // appendfsync everysec: after a power cut, all but the last second or two
};

struct RedisServerOptions {
    RedisPersistence persistence = RedisPersistence::none;
    QString password{};      // empty: none is asked for
    QStringList settings{};  // more command line options: {"--maxmemory", "3mb"}
};

// Used by one thread. The server ends with the object, and with the process that started it.
class RedisServer {
  public:
    explicit RedisServer(RedisServerOptions options = {});
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    // Whether the server answers. Again after stop() or kill(): the same port and folder.
    bool start();
    void stop();    // as an administrator does: SIGTERM
    void kill();    // SIGKILL
    void pause();   // SIGSTOP: connections stand, nothing answers
    void resume();  // SIGCONT

    std::uint16_t port() const { return port_; }
    qint64 processId() const { return process_.processId(); }
    // redis://127.0.0.1:port, with the password if there is one.
    std::string url() const;
    // What went wrong, where start() was false.
    QString problem() const { return problem_; }

  private:
    bool launch();
    bool answers() const;
    void signal(int number) const;

    const RedisServerOptions options_;
    QTemporaryDir folder_;
    QProcess process_;
    std::uint16_t port_ = 0;
    QString problem_;
};

}  // namespace oee::test
