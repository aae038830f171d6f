#include "signals.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <thread>

namespace covey::command {
namespace {

// The process has one set of signals, so this state is the process's own.
driver::TemporaryGuard guard;
std::atomic<bool> deferred = false;
std::atomic<int> deferred_signal = 0;
std::atomic<bool> ending = false;

// Other threads may still be writing into the folder, so that one sweep can leave something behind.
void remove_pending() {
  std::error_code error;
  for (int sweep = 0; sweep < 100 && !guard.folder.empty(); ++sweep) {
    std::filesystem::remove_all(guard.folder, error);
    if (!std::filesystem::exists(std::filesystem::symlink_status(guard.folder, error))) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void wait_for_signals(sigset_t set) {
  int number = 0;
  while (true) {
    if (sigwait(&set, &number) != 0) continue;
    if (!deferred || deferred_signal != 0) break;
    deferred_signal = number;
  }
  ending = true;
  const std::lock_guard lock(guard.mutex);
  remove_pending();
  if (isatty(STDERR_FILENO) != 0) {
    [[maybe_unused]] const auto written = write(STDERR_FILENO, "\n", 1);
  }
  _exit(128 + number);
}

}  // namespace

void handle_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  // One that was ignored before stays ignored, as for a command that a script runs in the
  // background.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&set, number);
  }
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread(wait_for_signals, set).detach();
}

driver::TemporaryGuard& temporary_guard() { return guard; }

void wait_if_signalled() {
  while (ending) std::this_thread::sleep_for(std::chrono::seconds(1));
}

void defer_signals() { deferred = true; }

void throw_if_signalled() {
  if (deferred_signal != 0) throw Interrupted{deferred_signal};
}

}  // namespace covey::command
