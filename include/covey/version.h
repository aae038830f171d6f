// The version of covey, for users and for the files that it writes.
#pragma once

#include <string_view>

namespace covey {

/// "MAJOR.MINOR.PATCH" of the library that is loaded.
std::string_view version() noexcept;

}  // namespace covey
