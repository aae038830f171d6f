// The results as tables of text for the terminal. Titles are the caller's. A table without rows is
// empty text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "results.h"
#include "text_table.h"

namespace covey::driver {

/// A row a persona: sessions, share, conversion with its interval, means of the features.
std::string persona_table(const std::vector<std::string>& feature_names, const Profile& profile,
                          const TextOptions& options);

/// The reasons behind the names, a paragraph a persona, wrapped to the width, each with the
/// persona's rule below.
std::string reason_list(const Profile& profile, const TextOptions& options);

/// A row a channel or device type. `header` stands over the names; `more_in` is the file with all
/// rows.
std::string group_table(std::string_view header, const std::vector<std::string>& feature_names,
                        const std::vector<Group>& groups, const TextOptions& options,
                        std::string_view more_in);

/// A row a channel, a column a persona: the persona's share within the channel and its residual in
/// brackets.
std::string channel_persona_table(const Profile& profile, const std::vector<Cell>& cells,
                                  const TextOptions& options);

/// A row a k that was tried, with the verdict on it; gap and stability where they were looked at.
std::string k_choice_table(const std::vector<KChoice>& choices, const TextOptions& options);

/// The verdict on the number of personas, and what its evidence ran on.
std::string choice_text(const ChoiceOfK& choice, const TextOptions& options);

}  // namespace covey::driver
