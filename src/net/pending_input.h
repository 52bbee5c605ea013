#pragma once

#include <memory>
#include <string>

#include "http/request_reader.h"

namespace resgate::net {

/// Input that could not be dealt with yet. A connection has one only while it needs one.
struct PendingInput {
    std::unique_ptr<http::RequestReader> reader;  ///< a request of which bytes are missing
    std::string bytes;  ///< received while the last request was unanswered, or output clogged
};

}  // namespace resgate::net
