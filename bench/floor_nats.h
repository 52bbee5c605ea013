#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace resgate::bench {

/// The least that a NATS client can do: one read a turn, one write a turn, and finding where
/// messages end. Ends the program when the server does not play along.
class FloorNats {
  public:
    struct Message {
        std::string_view subject;
        std::uint64_t sid = 0;
        std::string_view reply;  ///< empty if none
        std::string_view payload;
    };

    /// Connects and subscribes the inbox `_INBOX.<name>.*` (sid 1) and system.reset (sid 2).
    explicit FloorNats(std::uint16_t port, std::string_view name = "floor");

    int socket() const { return socket_; }

    std::uint64_t subscribe(std::string_view subject);
    /// `slot` comes back at the end of the subject of the reply.
    void request(std::string_view subject, std::string_view payload, std::size_t slot);
    void publish(std::string_view subject, std::string_view payload);

    template <typename Handler>
    void read(Handler&& handler) {
        std::string_view bytes = receive();
        Message message;
        while (const std::size_t size = next(bytes, message)) {
            if (message.sid != 0)
                handler(message);
            bytes.remove_prefix(size);
        }
        keep(bytes);
    }

    /// Writes what is gathered.
    void flush();

    static constexpr std::uint64_t inbox_sid = 1;
    static constexpr std::uint64_t reset_sid = 2;

  private:
    std::string_view receive();
    void keep(std::string_view rest);
    /// The size of the first item; 0 if it is incomplete. No message: `message.sid` is 0.
    std::size_t next(std::string_view bytes, Message& message);
    void await(std::string_view line);

    int socket_;
    std::string inbox_;     ///< with the dot behind the name
    std::string input_;     ///< read and not yet taken
    std::size_t kept_ = 0;  ///< bytes of `input_` that are left of the last turn
    std::string output_;
    std::uint64_t last_sid_ = reset_sid;
};

/// Prints the reason and ends the program.
[[noreturn]] void floor_failure(std::string_view reason);

}  // namespace resgate::bench
