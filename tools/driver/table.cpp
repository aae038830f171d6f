#include "table.h"

namespace covey::driver {

std::map<std::string, ColumnRule> default_rules() {
  return {{"clicks", {.min = 0}},
          {"page_views", {.min = 0}},
          {"time_spent", {.min = 0}},
          {"add_to_cart", {.min = 0, .max = 1, .integer = true}},
          {"conversion_label", {.min = 0, .max = 1, .integer = true}}};
}

}  // namespace covey::driver
