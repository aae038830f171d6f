#include "covey/version.h"

namespace covey {

std::string_view version() noexcept { return COVEY_VERSION; }

}  // namespace covey
