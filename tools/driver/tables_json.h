// The tables as JSON, for `--json`. Means stand under the features' names; rates without trials are
// null.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "results.h"

namespace covey::driver {

/// null where it is absent or not finite.
nlohmann::ordered_json number_json(const std::optional<double>& number);

/// {"conversions", "sessions", "rate", "low", "high"}, or null without trials.
nlohmann::ordered_json rate_json(const Rate& rate);

/// An array: cluster, persona, sessions, share, mean, z, conversion, reason, median, difference
/// (null where infinite), defining, rule (null where there is none).
nlohmann::ordered_json personas_json(const std::vector<std::string>& feature_names,
                                     const Profile& profile);

/// An array: feature, mean, standard_deviation, eta_squared.
nlohmann::ordered_json features_json(const std::vector<std::string>& feature_names,
                                     const Profile& profile);

/// An array: `key` ("channel" or "device_type"), sessions, share, conversion, mean, difference,
/// lift; of channels the standardised rates. null: absent.
nlohmann::ordered_json groups_json(const char* key, const std::vector<std::string>& feature_names,
                                   const std::vector<Group>& groups);

/// An array: channel, cluster, persona, sessions, share, residual.
nlohmann::ordered_json channel_personas_json(const std::vector<Cell>& cells);

/// An object: margin, the three tables, what was merged for pairs, and `rows`: those of tests.csv.
nlohmann::ordered_json tests_json(const Findings& findings);

/// An array: the columns of k_choice.csv; null where a cell is empty there.
nlohmann::ordered_json k_choices_json(const std::vector<KChoice>& choices);
/// Absent figures are null.
nlohmann::ordered_json choice_json(const ChoiceOfK& choice);

}  // namespace covey::driver
