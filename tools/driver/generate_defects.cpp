#include "generate_defects.h"

#include <algorithm>
#include <vector>

#include "covey/error.h"
#include "covey/random.h"
#include "generate_output.h"

namespace covey::driver {
namespace {

constexpr std::int64_t kStretch = 200;

/// Fourth counter word, "dirt": the plan leaves the draws of the sessions alone.
constexpr std::uint32_t kDomain = 0x64697274;

/// The word of a row that chooses among columns and spellings.
constexpr int kChoice = 11;

enum Column { kId, kClicks, kPageViews, kTimeSpent, kAddToCart, kChannel, kDevice, kConversion };

std::vector<std::string> cells_of(const GeneratedSession& session) {
  return {std::to_string(session.id),
          std::to_string(session.clicks),
          std::to_string(session.page_views),
          std::to_string(session.time_spent),
          std::to_string(session.add_to_cart),
          std::string(kChannelNames[session.channel]),
          std::string(kDeviceNames[session.device]),
          std::to_string(session.conversion)};
}

std::string joined(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) line += ',';
    line += cell;
  }
  return line;
}

template <std::size_t n>
Column choose(const std::array<Column, n>& columns, std::uint32_t word) {
  return columns[(static_cast<std::uint64_t>(word) * n) >> 32];
}

}  // namespace

DefectPlan::DefectPlan(std::uint64_t seed, std::int64_t rows)
    : seed_(seed), stretch_(std::min(kStretch, rows / kDefectKinds)) {
  if (rows < kFewestRows) {
    throw Error(ErrorKind::kUsage,
                std::to_string(rows) + " rows are too few to hold every kind of defect", "--dirty",
                "ask for at least " + std::to_string(kFewestRows) + " rows");
  }
}

std::optional<DefectKind> DefectPlan::at(std::int64_t row) const {
  const auto stretch = static_cast<std::uint64_t>((row - 1) / stretch_);
  const auto words = philox4x32(
      {static_cast<std::uint32_t>(stretch), static_cast<std::uint32_t>(stretch >> 32), 0, kDomain},
      {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)});
  const std::int64_t chosen =
      1 + static_cast<std::int64_t>((static_cast<std::uint64_t>(words[0]) * (stretch_ - 1)) >> 32);
  if ((row - 1) % stretch_ != chosen) return std::nullopt;
  return static_cast<DefectKind>(stretch % kDefectKinds);
}

PlantedRow DefectPlan::plant(DefectKind kind, const GeneratedSession& session,
                             const GeneratedSession& previous) const {
  const std::uint32_t word = words_of(seed_, static_cast<std::uint64_t>(session.id) - 1)[kChoice];
  std::vector<std::string> cells = cells_of(session);
  constexpr std::array kCounts = {kClicks, kPageViews, kTimeSpent};
  constexpr std::array kNumbers = {kClicks, kPageViews, kTimeSpent, kAddToCart, kConversion};

  const auto whole_row = [&] {
    const std::string line = joined(cells);
    return PlantedRow{line + '\n', "", line};
  };
  const auto cell = [&](Column column, const std::string& written, const std::string& text) {
    cells[column] = written;
    return PlantedRow{joined(cells) + '\n', std::string(kGeneratedColumns[column]), text};
  };
  switch (kind) {
    case DefectKind::kTextInNumber:
      return cell(choose(kNumbers, word), "twelve", "twelve");
    case DefectKind::kNan:
      return cell(choose(kCounts, word), "NaN", "NaN");
    case DefectKind::kInfinity: {
      const std::string text = word % 2 == 0 ? "inf" : "-inf";
      return cell(choose(kCounts, word), text, text);
    }
    case DefectKind::kNegativeTime: {
      const std::string text = std::to_string(-session.time_spent - 1);
      return cell(kTimeSpent, text, text);
    }
    case DefectKind::kCartNot0Or1:
      return cell(kAddToCart, "2", "2");
    case DefectKind::kMissingValue:
      return cell(choose(kNumbers, word), "", "");
    case DefectKind::kRowTooShort:
      cells.resize(kDevice);
      return whole_row();
    case DefectKind::kRowTooLong:
      cells.push_back("surplus");
      return whole_row();
    case DefectKind::kInvalidUtf8:
      return cell(kChannel, cells[kChannel] + '\xFF', cells[kChannel] + "\\xFF");
    case DefectKind::kQuotedNewline: {
      const std::string text = cells[kDevice] + "\n\"shared\", old";
      return cell(kDevice, '"' + cells[kDevice] + "\n\"\"shared\"\", old\"", text);
    }
    case DefectKind::kDuplicateRow:
      cells = cells_of(previous);
      return whole_row();
  }
  throw Error(ErrorKind::kInternal, "unknown kind of defect", "covey::driver::DefectPlan::plant");
}

}  // namespace covey::driver
