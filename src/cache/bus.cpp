#include "cache/bus.h"

#include <cassert>

namespace resgate::cache {

res::Error failure_of(Outcome::Kind kind) {
    switch (kind) {
        case Outcome::Kind::timeout:
            return res::errors::timeout();
        case Outcome::Kind::no_responders:
            return res::errors::not_found();
        case Outcome::Kind::subject_too_long:
            return res::errors::subject_too_long();
        case Outcome::Kind::payload_too_large:
            return res::errors::internal("maximum payload exceeded");
        case Outcome::Kind::not_sent:
        case Outcome::Kind::reply:
            break;
    }
    assert(kind == Outcome::Kind::not_sent);
    return res::errors::internal("request could not be sent");
}

}  // namespace resgate::cache
