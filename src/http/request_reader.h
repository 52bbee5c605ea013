#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "http/request.h"

namespace resgate::http {

/// Reads one request from bytes that come in pieces, split anywhere. Sans I/O.
///
/// A thin shell around the parser of Boost.Beast, which is not seen from outside. Holds at most the
/// header limit and the body limit, and a little, in memory.
class RequestReader {
  public:
    enum class State : std::uint8_t {
        head,      ///< more bytes of request line and headers are needed
        body,      ///< more bytes of the body are needed
        complete,  ///< `take` the request
        refused,   ///< answer with `refusal_status` and close ([HTTP-5])
    };

    /// [LMT-2] and [LMT-1] in bytes; 0 is no limit.
    RequestReader(std::size_t max_header_size, std::size_t max_body_size);
    ~RequestReader();

    /// Consumes bytes and returns how many; fewer than given only once the state is final.
    std::size_t feed(std::string_view bytes);

    State state() const;

    /// 400, 417, 431 or 501.
    int refusal_status() const;

    /// What is to be said besides the status; mostly nothing.
    std::string_view refusal_detail() const;

    /// True once, when the head asks for `100 Continue` and the body is wanted and not there yet.
    bool take_expectation();

    /// The complete request; then `reset` is to be called. A body that is too large was left on the
    /// connection, which then cannot be kept ([HTTP-6], [HTTP-63]).
    Request take();

    /// Makes it ready for the next request, as if it were new.
    void reset();

  private:
    struct Refusal;
    class Parser;

    const std::size_t max_header_size_;
    const std::size_t max_body_size_;
    std::unique_ptr<Parser> parser_;
};

}  // namespace resgate::http
