// What there is to see in a chart, in words that need no knowledge of statistics. Markup: names of
// the data stand in it as isolated_html.
#pragma once

#include <string>

#include "pipeline.h"

namespace covey::driver {

/// Whether the sessions fall into groups at all.
std::string structure_verdict(const ChoiceOfK& choice);

/// The largest persona, and the one that converts best.
std::string personas_verdict(const Profile& profile);

/// Which feature tells the personas apart best.
std::string features_verdict(const std::vector<std::string>& names, const Profile& profile);

/// Whether the rates of channels differ, or those of device types.
std::string conversion_verdict(const Association& found, const std::vector<Group>& groups,
                               const Findings& findings);

/// Which group brings most sessions.
std::string volume_verdict(const std::vector<Group>& groups);

/// Whether channels bring different personas.
std::string composition_verdict(const Association& found);

/// How many cells are beyond chance, and the one that is most.
std::string residuals_verdict(const std::vector<Cell>& cells);

/// Which channels earn back what they cost.
std::string money_verdict(const Money& money);

}  // namespace covey::driver
