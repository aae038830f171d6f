// `covey generate`: synthetic sessions with the figures the default data set is known by
// (docs/generated-data.md). Nothing here calls the engine, so that what it finds in these files is
// found and not put there by itself.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

namespace covey::driver {

inline constexpr int kChannels = 5;
inline constexpr std::array<std::string_view, kChannels> kChannelNames = {"Google", "Instagram",
                                                                          "Ads", "Direct", "Email"};

struct GenerateOptions {
  /// Data rows to write, 1 to 10^12; time grows with them, memory does not.
  std::int64_t rows = 500'000;
  /// The same seed, rows and options give the same bytes on every machine.
  std::uint64_t seed = 1;
  /// Absent: sessions and conversions of each channel are met by quota. Present: channel, type and
  /// conversion of each session are drawn independently, and the conversion rate of Ads lies this
  /// many percentage points above that of the other channels (0: channel and conversion are
  /// independent). -20.21 to 79.78.
  std::optional<double> effect_points;
  /// Plants defects in at most 1 % of the rows of a CSV file, each kind at least once, and lists
  /// them in NAME.defects.csv.
  bool dirty = false;
  /// Replaces files that exist.
  bool overwrite = false;
};

/// What was written, before defects.
struct GenerateSummary {
  std::int64_t rows = 0;
  std::array<std::int64_t, kChannels> sessions{};     ///< by channel
  std::array<std::int64_t, kChannels> conversions{};  ///< by channel
  std::int64_t defects = 0;
  std::filesystem::path file;
  std::filesystem::path defects_file;  ///< empty unless dirty
};

/// Called with the rows done and the rows in all. What it throws ends the work, and no file is
/// left.
using GenerateProgress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Writes `file`, as CSV (.csv), gzipped CSV (.csv.gz) or Parquet (.parquet, .pq) by its name:
/// under a temporary name beside it, renamed when complete. Throws covey::Error: kUsage for options
/// that make no sense or another extension; kIo where a file exists (and overwrite is false) or
/// cannot be written.
GenerateSummary generate(const GenerateOptions& options, const std::filesystem::path& file,
                         const GenerateProgress& progress = {});

/// Where generate lists the defects it plants in `file`: sessions.csv.gz gives
/// sessions.defects.csv.
std::filesystem::path defects_file_of(const std::filesystem::path& file);

}  // namespace covey::driver
