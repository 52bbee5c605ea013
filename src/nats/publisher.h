#pragma once

#include <cstdint>
#include <string_view>

namespace resgate::nats {

/// Whether something was handed to the messaging system, or why not.
enum class SendStatus : std::uint8_t {
    sent,
    subject_too_long,   ///< the control line would exceed the limit ([SUBJ-8])
    payload_too_large,  ///< for this server ([REQ-8])
    invalid_subject,    ///< not usable ([SUBJ-9])
    closed,             ///< not connected
};

/// What can publish a message.
class Publisher {
  public:
    virtual ~Publisher() = default;

    /// `reply` is empty if no reply is wanted, else one that can be used ([SUBJ-9]). Nothing is
    /// sent unless the result is `sent`. Never calls back.
    virtual SendStatus publish(std::string_view subject, std::string_view reply,
                               std::string_view payload) = 0;
};

}  // namespace resgate::nats
