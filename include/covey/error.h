// The one exception type of covey: what went wrong, where, and how to fix it. The library throws it
// and never prints or exits; the command maps its kind to an exit code.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace covey {

/// Kind of failure. The values are the command's exit codes.
enum class ErrorKind {
  kInternal = 1,  ///< a broken invariant of covey itself
  kUsage = 2,     ///< an option or argument that makes no sense
  kData = 3,      ///< input data that cannot be used
  kDevice = 4,    ///< GPU, driver or module missing or failing
  kIo = 5         ///< a file or folder that cannot be read or written
};

/// what(): "WHERE: WHAT; FIX", leaving out empty parts.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string what, std::string where = "", std::string fix = "")
      : std::runtime_error((where.empty() ? "" : where + ": ") + what +
                           (fix.empty() ? "" : "; " + fix)),
        kind_(kind),
        problem_(std::move(what)),
        where_(std::move(where)),
        fix_(std::move(fix)) {}

  ErrorKind kind() const noexcept { return kind_; }
  const std::string& problem() const noexcept { return problem_; }
  const std::string& where() const noexcept { return where_; }
  const std::string& fix() const noexcept { return fix_; }

 private:
  ErrorKind kind_;
  std::string problem_, where_, fix_;
};

}  // namespace covey
