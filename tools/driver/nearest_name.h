// The name a user probably meant, for messages about names that do not exist.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace covey::driver {

/// The candidate with the smallest edit distance (insertions, deletions, replacements and swaps of
/// neighbours; case, spaces, - and _ do not count), the first of equals; none where every one is
/// further away than a third of the longer name (but 2 edits are allowed from 4 letters on).
std::optional<std::string> nearest_name(std::string_view name,
                                        std::span<const std::string> candidates);

}  // namespace covey::driver
