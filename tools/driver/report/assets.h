// What the page is made of beside its contents: Plotly.js, the page's own script and its style, as
// taken into the command when it was built.
#pragma once

#include <string_view>

namespace covey::driver {

struct Script {
  std::string_view text;
  std::string_view sha256;  ///< of the text, 64 hexadecimal digits
};

Script plotly_script();
std::string_view plotly_version();
Script page_script();
std::string_view page_style();

}  // namespace covey::driver
