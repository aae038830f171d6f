// What the suites of the ingest stage share: files that vanish with the test, small tables, errors
// as values.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "covey/error.h"
#include "ingest.h"
#include "table.h"

namespace covey::driver::testing {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "covey-ingest-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string path(const std::string& name) const { return path_ / name; }
  std::string write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

/// Columns x (feature), channel, bought (conversion); nothing else is mapped, everything may be
/// dropped.
inline IngestOptions small_options(std::vector<std::string> files) {
  IngestOptions options;
  options.files = std::move(files);
  options.mapping.features = {"x"};
  options.mapping.channel = "channel";
  options.mapping.conversion = "bought";
  options.max_reject_rate = 1;
  options.threads = 2;
  return options;
}

inline std::optional<Error> error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

inline void expect_error(const std::function<void()>& call, ErrorKind kind,
                         std::string_view part_of_message) {
  const auto error = error_of(call);
  ASSERT_TRUE(error.has_value()) << "no error; expected: " << part_of_message;
  EXPECT_EQ(error->kind(), kind) << error->what();
  EXPECT_NE(std::string_view(error->what()).find(part_of_message), std::string_view::npos)
      << "message: " << error->what() << "\nexpected: " << part_of_message;
}

/// "row column reason text" of each reject.
inline std::vector<std::string> rejects_of(const Ledger& ledger) {
  std::vector<std::string> lines;
  for (const Reject& reject : ledger.rejects) {
    lines.push_back(std::to_string(reject.row) + "|" + reject.column + "|" + reject.reason + "|" +
                    reject.text);
  }
  return lines;
}

inline std::vector<std::string> channels_of(const Sessions& sessions) {
  std::vector<std::string> names;
  for (const std::int32_t code : sessions.channel.code) {
    names.push_back(sessions.channel.names[static_cast<std::size_t>(code)]);
  }
  return names;
}

/// A feature's value in each row.
inline std::vector<double> values_of(const Sessions& sessions, std::size_t feature) {
  std::vector<double> values;
  for (std::size_t row = 0; row < static_cast<std::size_t>(sessions.rows()); ++row) {
    values.push_back(sessions.features[feature][sessions.tuple_of(row)]);
  }
  return values;
}

/// Everything that a result holds, so that two results can be compared at once.
inline void expect_equal(const Sessions& a, const Sessions& b) {
  EXPECT_EQ(a.feature_names, b.feature_names);
  EXPECT_EQ(a.features, b.features);
  EXPECT_EQ(a.tuple, b.tuple);
  EXPECT_EQ(a.tuple_weight, b.tuple_weight);
  EXPECT_EQ(a.channel.names, b.channel.names);
  EXPECT_EQ(a.channel.code, b.channel.code);
  EXPECT_EQ(a.device_type.names, b.device_type.names);
  EXPECT_EQ(a.device_type.code, b.device_type.code);
  EXPECT_EQ(a.conversion, b.conversion);
  EXPECT_EQ(a.multiplicity, b.multiplicity);
  EXPECT_EQ(a.ids.number, b.ids.number);
  EXPECT_EQ(a.ids.text, b.ids.text);
  EXPECT_EQ(a.row, b.row);
  EXPECT_EQ(a.medians, b.medians);
  EXPECT_EQ(a.data_hash, b.data_hash);
  EXPECT_EQ(a.ledger.rows_read, b.ledger.rows_read);
  EXPECT_EQ(a.ledger.rows_kept, b.ledger.rows_kept);
  EXPECT_EQ(a.ledger.dropped, b.ledger.dropped);
  EXPECT_EQ(a.ledger.imputed, b.ledger.imputed);
  EXPECT_EQ(a.ledger.missing_category, b.ledger.missing_category);
  EXPECT_EQ(a.ledger.duplicate_rows, b.ledger.duplicate_rows);
  EXPECT_EQ(a.ledger.warnings, b.ledger.warnings);
  EXPECT_EQ(rejects_of(a.ledger), rejects_of(b.ledger));
}

}  // namespace covey::driver::testing
