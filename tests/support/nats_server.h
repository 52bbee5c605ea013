#pragma once

#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace resgate::test {

/// A real nats-server on a free port of the loopback interface, for as long as this lives.
///
/// The constructor returns when the server accepts connections and throws if it does not start.
class NatsServer {
  public:
    /// `arguments` are added to the command line; `configuration` is the text of its file.
    explicit NatsServer(std::vector<std::string> arguments = {},
                        std::string_view configuration = {})
        : NatsServer(0, std::move(arguments), configuration) {}

    /// On a given port; 0 = any free one.
    NatsServer(std::uint16_t port, std::vector<std::string> arguments,
               std::string_view configuration) {
        arguments.insert(arguments.begin(), {"nats-server", "-a", "127.0.0.1", "-p",
                                             port == 0 ? "-1" : std::to_string(port)});
        int configuration_file = -1;
        if (!configuration.empty()) {
            // Inherited by the server, which reads it under this name.
            configuration_file = ::memfd_create("nats-configuration", 0);
            if (::write(configuration_file, configuration.data(), configuration.size()) < 0) {
                throw std::runtime_error("cannot write the configuration of nats-server");
            }
            arguments.insert(arguments.end(),
                             {"-c", "/proc/self/fd/" + std::to_string(configuration_file)});
        }
        start(arguments);
        if (configuration_file >= 0) {
            ::close(configuration_file);
        }
        wait_until_ready();
        reader_ = std::thread([this] {
            std::string line;
            while (read_line(line)) {
            }
        });
    }

    ~NatsServer() {
        stop();
        ::close(output_);
    }

    NatsServer(const NatsServer&) = delete;
    NatsServer& operator=(const NatsServer&) = delete;

    std::uint16_t port() const { return port_; }

    std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }

    pid_t pid() const { return pid_; }

    /// Ends the server in good order, or with `SIGKILL` as if it had crashed. Waits for its end.
    void stop(int signal = SIGTERM) {
        if (pid_ > 0) {
            ::kill(pid_, signal);
            ::waitpid(pid_, nullptr, 0);
            pid_ = -1;
        }
        if (reader_.joinable()) {
            reader_.join();
        }
    }

    /// Lets the server hang without closing its connections, and go on.
    void pause() { ::kill(pid_, SIGSTOP); }

    void resume() { ::kill(pid_, SIGCONT); }

    /// What the server has logged so far.
    std::string log() {
        const std::lock_guard lock(mutex_);
        return log_;
    }

  private:
    void start(std::vector<std::string>& arguments) {
        std::vector<char*> argv;
        for (std::string& argument : arguments) {
            argv.push_back(argument.data());
        }
        argv.push_back(nullptr);
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            throw std::runtime_error("cannot make a pipe for nats-server");
        }
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::dup2(ends[1], STDERR_FILENO);
            ::execvp(argv[0], argv.data());
            ::execv("/usr/sbin/nats-server", argv.data());
            ::_exit(127);
        }
        ::close(ends[1]);
        output_ = ends[0];
        if (pid_ < 0) {
            throw std::runtime_error("cannot start nats-server");
        }
    }

    void wait_until_ready() {
        constexpr std::string_view listening = "Listening for client connections on 127.0.0.1:";
        for (std::string line; read_line(line);) {
            if (const std::size_t at = line.find(listening); at != std::string::npos) {
                port_ = static_cast<std::uint16_t>(std::stoi(line.substr(at + listening.size())));
            }
            if (line.find("Server is ready") != std::string::npos) {
                return;
            }
        }
        stop();
        throw std::runtime_error("nats-server does not start: " + log_);
    }

    /// False at the end of the log, which is the end of the server.
    bool read_line(std::string& line) {
        line.clear();
        char c = 0;
        while (::read(output_, &c, 1) == 1) {
            line.push_back(c);
            if (c == '\n') {
                const std::lock_guard lock(mutex_);
                log_ += line;
                return true;
            }
        }
        return false;
    }

    pid_t pid_ = -1;
    int output_ = -1;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    std::string log_;
    std::thread reader_;
};

}  // namespace resgate::test
