#include "report/assets.h"

// The bytes of FILE between two symbols of this file.
#define COVEY_EMBED(NAME, FILE)                                              \
  extern "C" const char NAME##_begin[];                                      \
  extern "C" const char NAME##_end[];                                        \
  asm(".pushsection .rodata\n" #NAME "_begin:\n.incbin \"" FILE "\"\n" #NAME \
      "_end:\n.byte 0\n.popsection\n")

COVEY_EMBED(covey_plotly, PLOTLY_FILE);
COVEY_EMBED(covey_page_script, SCRIPT_FILE);
COVEY_EMBED(covey_page_style, STYLE_FILE);

namespace covey::driver {
namespace {

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

Script plotly_script() { return {between(covey_plotly_begin, covey_plotly_end), PLOTLY_SHA256}; }

std::string_view plotly_version() { return PLOTLY_VERSION; }

Script page_script() {
  return {between(covey_page_script_begin, covey_page_script_end), SCRIPT_SHA256};
}

std::string_view page_style() { return between(covey_page_style_begin, covey_page_style_end); }

}  // namespace covey::driver
