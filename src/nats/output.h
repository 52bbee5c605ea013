#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace resgate::nats {

/// What is to be sent to a server: gathered in one buffer, written as far as the socket takes it.
class Output {
  public:
    enum class Progress : std::uint8_t {
        done,     ///< nothing is left
        blocked,  ///< go on when the socket is writable
        failed,   ///< the socket takes nothing any more; the rest is dropped
    };

    /// Where to append. What stands there already must not be touched.
    std::string& text() { return text_; }

    /// Bytes not yet written.
    std::size_t pending() const { return text_.size() - written_; }

    /// Writes without blocking, if possible in a single call.
    Progress write(int socket);

    void clear();

  private:
    std::string text_;
    std::size_t written_ = 0;  ///< bytes at the front of `text_`
};

}  // namespace resgate::nats
