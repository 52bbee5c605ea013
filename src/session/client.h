#pragma once

#include "base/frame_sink.h"

namespace resgate::session {

/// The client's end of a session: where its messages go, one JSON text each ([CLI-1]). The
/// session's loop calls it.
using Client = FrameSink;

}  // namespace resgate::session
