// The data that flows through the driver: what ingest is asked for, and the sessions and the ledger
// it returns.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace covey::driver {

/// Which column plays which part. An empty name: there is none.
struct Mapping {
  std::vector<std::string> features = {"clicks", "page_views", "time_spent", "add_to_cart"};
  std::string channel = "referral_source";
  std::string device_type = "device_type";
  /// The user did not name device_type: where it still is the default and the first file has no
  /// such column, there is none.
  bool device_type_optional = true;
  std::string conversion = "conversion_label";
  /// "auto": session_id or user_id where the file has one.
  std::string id = "auto";
  std::string multiplicity;
  std::string revenue;  ///< column of what a session brought in; a missing cell is 0
};

/// Bounds of a numeric column, both inclusive.
struct ColumnRule {
  std::optional<double> min, max;
  bool integer = false;
};

/// The rules that ship for the mission's columns: clicks, page_views, time_spent >= 0; add_to_cart
/// and conversion_label 0 or 1.
std::map<std::string, ColumnRule> default_rules();

enum class Policy { kDrop, kFail, kImpute };

/// Called with a stage's name, the work done and the work in all (0: unknown); from one thread at a
/// time. Stage "ingest" counts bytes of the files.
using Progress = std::function<void(std::string_view stage, std::int64_t done, std::int64_t total)>;

struct IngestOptions {
  std::vector<std::string>
      files;  ///< CSV (also .gz) or Parquet, by content; "-": CSV from standard input
  Mapping mapping;
  std::map<std::string, ColumnRule> rules = default_rules();
  Policy on_missing = Policy::kDrop;  ///< kImpute: the feature's median
  Policy on_invalid = Policy::kDrop;
  Policy on_ragged = Policy::kDrop;
  double max_reject_rate = 0.01;
  char delimiter = 0;  ///< 0: found from the header line
  int threads = 0;
  /// false (score): channel, device type and conversion may be absent; then their part of Sessions
  /// is empty.
  bool need_all_columns = true;
  /// Values for imputation by feature name (score: the model's medians); else they are computed.
  std::map<std::string, double> medians;
  Progress progress;
};

/// A text column as codes into its distinct names, which are sorted by bytes.
struct Category {
  std::vector<std::string> names;
  std::vector<std::int32_t> code;  ///< one a kept row

  bool empty() const { return names.empty(); }
};

inline constexpr std::string_view kMissingCategory = "(missing)";

/// A cell or row that was refused or repaired: a line of rejects.csv.
struct Reject {
  std::string file;
  std::int64_t row = 0;  ///< data row from 1, counted across files
  std::string column;    ///< empty: the whole row
  std::string text;      ///< the cell as it stands in the file; bytes that are not UTF-8 as \xNN
  std::string reason;
};

/// The quality ledger: rows_read = rows_kept + sum of dropped.
struct Ledger {
  std::int64_t rows_read = 0;
  std::int64_t rows_kept = 0;
  std::map<std::string, std::int64_t>
      dropped;  ///< by reason; a row counts once, under its first defect
  std::map<std::string, std::int64_t> imputed;           ///< cells by column
  std::map<std::string, std::int64_t> missing_category;  ///< cells by column, kept as (missing)
  std::map<std::string, std::int64_t> missing_as_zero;   ///< revenue cells by column
  std::int64_t duplicate_rows = 0;  ///< rows equal in all file columns to an earlier one; kept
  std::vector<Reject> rejects;      ///< in row order, then column order
  std::vector<std::string> warnings;
};

/// Time of a part of a stage.
struct PartTime {
  std::string part;
  double seconds = 0;
};

/// Identifiers as they came: whole numbers where every one is, else text; both empty where there is
/// no id column.
struct Ids {
  std::vector<std::int64_t> number;
  std::vector<std::string> text;
};

/// The kept sessions. What people do is counted in small whole numbers, so that few feature tuples
/// differ: they are kept once each, 8 bytes a feature, and a row holds the number of its tuple.
/// A row takes 4 bytes for that, 4 for each category, 1 for the conversion, 8 for a whole number as
/// identifier; while reading 16 more for the hash that finds duplicates.
struct Sessions {
  std::vector<std::string> feature_names;
  /// Columns of tuples. Where few rows repeat, equal ones may stand here more than once.
  std::vector<std::vector<double>> features;
  std::vector<std::uint32_t> tuple;         ///< of each row; empty: row i has tuple i
  std::vector<std::uint32_t> tuple_weight;  ///< multiplicities of its rows; used with `tuple`
  Category channel;
  Category device_type;
  std::vector<std::uint8_t> conversion;     ///< 0 or 1, one a row; empty: no such column
  std::vector<std::uint32_t> multiplicity;  ///< of rows; empty: all 1
  std::vector<double> revenue;              ///< one a row; empty: no such column
  Ids ids;
  std::vector<std::int64_t> row;          ///< data row from 1; empty: row i + 1 at i
  std::map<std::string, double> medians;  ///< of each feature, over values that are not missing
  /// Sum mod 2^128 (high, low) of multiplicity * 128-bit hash of each kept row: feature doubles,
  /// then length-prefixed channel, device type and conversion; no id.
  std::array<std::uint64_t, 2> data_hash{};
  Ledger ledger;
  std::vector<PartTime> timings;  ///< of ingest

  std::int64_t tuples() const {
    return features.empty() ? 0 : static_cast<std::int64_t>(features.front().size());
  }
  std::int64_t rows() const {
    return tuple.empty() ? tuples() : static_cast<std::int64_t>(tuple.size());
  }
  std::size_t tuple_of(std::size_t at) const { return tuple.empty() ? at : tuple[at]; }
  std::uint32_t weight_of(std::size_t at) const {
    return multiplicity.empty() ? 1 : multiplicity[at];
  }
};

/// Reads, checks and keeps. Throws covey::Error: kIo where a file cannot be read, kData where it
/// holds too little or too many defects (then `rejects`, if given, holds the ledger so far, so that
/// the caller can write it).
Sessions ingest(const IngestOptions& options, Ledger* ledger_on_failure = nullptr);

/// What `covey inspect` prints of one file.
struct ColumnReport {
  std::string name;
  std::string type;  ///< integer, real, boolean, text, empty
  std::int64_t missing = 0;
  std::int64_t distinct = 0;      ///< counted up to 1,000, then 1,001
  std::string smallest, largest;  ///< of numbers; else the first two values
  std::string suggestion;         ///< feature, channel, device type, conversion, id, or empty
};
struct FileReport {
  std::string file;
  std::string format;  ///< "CSV, delimiter ','", "CSV, gzip", "Parquet"
  std::int64_t rows = 0;
  std::int64_t ragged = 0;
  std::vector<ColumnReport> columns;
  Mapping suggestion;
};
FileReport inspect(const std::string& file, char delimiter = 0, int threads = 0);

}  // namespace covey::driver
