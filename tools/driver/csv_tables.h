// The tables as CSV (RFC 4180, but lines end in LF; UTF-8): personas.csv, channels.csv,
// devices.csv, channel_personas.csv, tests.csv.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "results.h"

namespace covey::driver {

/// A text cell. Quoted where it holds a comma, a quote, CR or LF; inner quotes doubled. Text that
/// begins with = + - @, tab or CR, which spreadsheets would run as a formula, gets an apostrophe in
/// front and is quoted: =1+1 becomes "'=1+1".
std::string csv_text(std::string_view text);

/// A number cell: the shortest decimal that reads back to the same double; whole numbers without a
/// point.
std::string csv_number(double value);

/// `feature_names` are those of the sessions. Conversion columns are written where `profile` has a
/// conversion rate; the rate of a persona without sessions is left empty.
std::string personas_csv(const std::vector<std::string>& feature_names, const Profile& profile);

/// channels.csv with `key` "channel", devices.csv with "device_type". No groups: the header alone,
/// without conversion.
std::string groups_csv(std::string_view key, const std::vector<std::string>& feature_names,
                       const std::vector<Group>& groups);

std::string channel_personas_csv(const std::vector<Cell>& cells);

/// tests.csv. A figure that a test does not have is an empty cell; a bound that is not finite, inf.
std::string tests_csv(const std::vector<TestRow>& rows);

}  // namespace covey::driver
