// The back end of a run, and what `auto` does where a GPU fails on the way: what was computed on it
// is computed again on the CPU.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "covey/backend.h"
#include "covey/error.h"

namespace covey::driver {

class RunBackend {
 public:
  /// Throws as open_backend does.
  explicit RunBackend(const BackendOptions& options)
      : options_(options), backend_(open_backend(options, &note_)) {}
  /// With a back end that is open already, as `options` ask for it.
  RunBackend(const BackendOptions& options, std::unique_ptr<Backend> backend)
      : options_(options), backend_(std::move(backend)) {}

  /// What computes now.
  const Backend* operator->() const { return backend_.get(); }
  /// Why `auto` took it; empty otherwise.
  const std::string& note() const { return note_; }
  /// Whether a GPU was given up on the way.
  bool fell_back() const { return fell_back_; }

  /// work(back end), and once more with the cpu back end where `auto` chose a device that fails in
  /// it. All that the first attempt held on the device must be gone when its error gets here.
  template <class Work>
  auto compute(Work work) {
    try {
      return work(std::as_const(*backend_));
    } catch (const Error& error) {
      if (options_.name != "auto" || error.kind() != ErrorKind::kDevice) throw;
      note_ = std::string("using the CPU: ") + error.what();
    }
    fell_back_ = true;
    backend_.reset();
    options_.name = "cpu";
    backend_ = open_backend(options_);
    return work(std::as_const(*backend_));
  }

 private:
  BackendOptions options_;
  std::string note_;
  std::unique_ptr<Backend> backend_;
  bool fell_back_ = false;
};

}  // namespace covey::driver
