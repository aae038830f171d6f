#include "report/page.h"

namespace covey::driver {

std::string report_html(const Page&) { return "<!DOCTYPE html>\n"; }

}  // namespace covey::driver
