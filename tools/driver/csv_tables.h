// The tables personas, channels, devices, channel_personas and tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "results.h"
#include "sheet.h"

namespace covey::driver {

/// `feature_names` are those of the sessions. Conversion columns are written where `profile` has a
/// conversion rate; the rate of a persona without sessions is left empty.
Sheet personas_sheet(const std::vector<std::string>& feature_names, const Profile& profile);

/// channels with `key` "channel", devices with "device_type". No groups: the header alone,
/// without conversion.
Sheet groups_sheet(std::string_view key, const std::vector<std::string>& feature_names,
                   const std::vector<Group>& groups);

Sheet channel_personas_sheet(const std::vector<Cell>& cells);

/// A figure that a test does not have is an empty cell; a bound that is not finite, inf.
Sheet tests_sheet(const std::vector<TestRow>& rows);

}  // namespace covey::driver
