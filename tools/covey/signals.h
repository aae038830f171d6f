// SIGINT, SIGTERM and SIGHUP: a thread waits for them, removes what is half written and ends the
// process with 128 + signal.
#pragma once

#include "output_folder.h"

namespace covey::command {

/// Blocks these signals in this thread and all that it starts later, and starts the thread
/// that waits for them. SIGPIPE is ignored: writing to a closed pipe fails like any other write.
/// Call once, before any other thread exists.
void handle_signals();

/// The folder that a signal must remove: given to the driver, which keeps it up to date.
driver::TemporaryGuard& temporary_guard();

/// Returns at once, except after a signal: then it never returns. Call before reporting a failure,
/// which the removal of the files may have caused.
void wait_if_signalled();

/// Thrown by throw_if_signalled; main exits with 128 + signal.
struct Interrupted {
  int signal;
};

/// For work that cleans up after itself when an exception ends it: from now on the first signal
/// ends the process only through throw_if_signalled, which that work calls often; a second one ends
/// it at once.
void defer_signals();
void throw_if_signalled();

}  // namespace covey::command
