// The sections of the page, in the order in which they stand. Each is empty where there is nothing
// to tell.
#pragma once

#include <string>

#include "report/page.h"

namespace covey::driver {

std::string summary_section(const Page& page);
std::string recommendations_section(const Page& page);
std::string personas_section(const Page& page);
std::string map_section(const Page& page);
std::string channels_section(const Page& page);
std::string money_section(const Page& page);
std::string choice_section(const Page& page);
std::string tests_section(const Page& page);
std::string quality_section(const Page& page);
std::string method_section(const Page& page);

}  // namespace covey::driver
