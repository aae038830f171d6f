#include "inspect_columns.h"

#include <algorithm>
#include <initializer_list>

namespace covey::driver {
namespace {

constexpr std::size_t kDistinctTold = 1000;

/// Small letters of a name's words: "TrafficType" and "traffic_type" are traffic, type.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_letter = [&](char c) {
    return is_upper(c) || (c >= 'a' && c <= 'z') || (c & 0x80) != 0;
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool starts_word = i > 0 && is_upper(name[i]) && !is_upper(name[i - 1]);
    if ((starts_word || !is_letter(name[i])) && !words.back().empty()) words.emplace_back();
    if (is_letter(name[i]))
      words.back() += is_upper(name[i]) ? static_cast<char>(name[i] + 32) : name[i];
  }
  if (words.size() > 1 && words.back().empty()) words.pop_back();
  return words;
}

using Words = std::initializer_list<std::string_view>;

/// Rank of the first of `wanted` that is a word of the name, or its start ("purchase" of
/// "purchased"); -1: none is.
int rank_of(const std::string& name, Words wanted) {
  const auto words = words_of(name);
  int rank = 0;
  for (const std::string_view want : wanted) {
    for (const std::string& word : words) {
      if (word.starts_with(want)) return rank;
    }
    ++rank;
  }
  return -1;
}

bool is_numeric(const ColumnReport& column) {
  return column.type == "integer" || column.type == "real";
}

bool is_conversion_like(const ColumnReport& column) {
  return column.type == "boolean" || (column.type == "integer" && column.distinct <= 2 &&
                                      (column.smallest == "0" || column.smallest == "1") &&
                                      (column.largest == "0" || column.largest == "1"));
}

bool is_category_like(const ColumnReport& column) {
  constexpr std::int64_t kMostNumbers = 200;
  return (column.type == "text" && column.distinct <= static_cast<std::int64_t>(kDistinctTold)) ||
         (column.type == "integer" && column.distinct <= kMostNumbers);
}

bool is_id_like(const ColumnReport& column) {
  const auto words = words_of(column.name);
  return (column.type == "integer" || column.type == "text") &&
         (words.back() == "id" || words.back() == "uuid");
}

/// Numbers that stand for names; their means say nothing.
bool is_code_like(const ColumnReport& column) {
  return rank_of(column.name,
                 {"type",      "browser", "region",   "operating", "os",       "country",
                  "city",      "zip",     "postcode", "postal",    "code",     "version",
                  "platform",  "device",  "year",     "month",     "weekday",  "date",
                  "timestamp", "index",   "unnamed",  "latitude",  "longitude"}) >= 0;
}

/// The column of best rank that has no part yet, the first of equals.
template <typename Fits>
std::string assign(FileReport& report, const std::string& part, Words words, Fits&& fits) {
  ColumnReport* best = nullptr;
  int best_rank = 0;
  for (ColumnReport& column : report.columns) {
    const int rank = rank_of(column.name, words);
    if (rank < 0 || !column.suggestion.empty() || !fits(column)) continue;
    if (best != nullptr && rank >= best_rank) continue;
    best = &column;
    best_rank = rank;
  }
  if (best == nullptr) return "";
  best->suggestion = part;
  return best->name;
}

}  // namespace

void ColumnStatistics::add(std::string_view text) {
  double value = 0;
  const CellState state = parse_number(text, value);
  if (state == CellState::kMissing) {
    ++missing_;
    return;
  }
  ++values_;
  if (state == CellState::kValue) add_number(text, value);
  if (distinct_.size() > kDistinctTold || distinct_.contains(text)) return;
  distinct_.emplace(text);
  if (first_.size() < 2) first_.push_back(printable(text));
}

void ColumnStatistics::add_number(std::string_view text, double value) {
  const bool is_word = std::any_of(text.begin(), text.end(),
                                   [](char c) { return (c | 32) >= 'f' && (c | 32) <= 'z'; });
  if (is_word) {
    ++booleans_;
    return;
  }
  const bool is_first = integers_ + reals_ == 0;
  const bool has_point = text.find_first_of(".eE") != std::string_view::npos;
  ++(has_point ? reals_ : integers_);
  smallest_ = is_first ? value : std::min(smallest_, value);
  largest_ = is_first ? value : std::max(largest_, value);
}

void ColumnStatistics::append(const ColumnStatistics& later) {
  if (later.integers_ + later.reals_ > 0) {
    const bool is_first = integers_ + reals_ == 0;
    smallest_ = is_first ? later.smallest_ : std::min(smallest_, later.smallest_);
    largest_ = is_first ? later.largest_ : std::max(largest_, later.largest_);
  }
  missing_ += later.missing_;
  values_ += later.values_;
  integers_ += later.integers_;
  reals_ += later.reals_;
  booleans_ += later.booleans_;
  for (const std::string& text : later.first_) {
    if (first_.size() < 2 && std::find(first_.begin(), first_.end(), text) == first_.end())
      first_.push_back(text);
  }
  for (const std::string& text : later.distinct_) {
    if (distinct_.size() > kDistinctTold) break;
    distinct_.insert(text);
  }
}

ColumnReport ColumnStatistics::report(const std::string& name) const {
  ColumnReport report;
  report.name = name;
  report.missing = missing_;
  report.distinct = static_cast<std::int64_t>(distinct_.size());
  // A few bad cells do not make a numeric column text: they are what the ledger is for.
  constexpr double kMostlyNumbers = 0.95;
  const auto numbers = static_cast<double>(integers_ + reals_);
  const auto values = static_cast<double>(values_);
  if (values_ == 0) {
    report.type = "empty";
  } else if (booleans_ == values_) {
    report.type = "boolean";
  } else if (numbers >= kMostlyNumbers * values) {
    report.type = reals_ > 0 ? "real" : "integer";
  } else {
    report.type = "text";
  }
  if (is_numeric(report)) {
    report.smallest = format_number(smallest_);
    report.largest = format_number(largest_);
  } else {
    if (!first_.empty()) report.smallest = first_[0];
    if (first_.size() > 1) report.largest = first_[1];
  }
  return report;
}

void suggest_mapping(FileReport& report) {
  Mapping mapping;
  mapping.id =
      assign(report, "id", {"session", "user", "visitor", "customer", "id", "uuid"}, is_id_like);
  mapping.conversion =
      assign(report, "conversion",
             {"conver", "revenue", "purchase", "bought", "label", "target", "transact", "order"},
             is_conversion_like);
  mapping.channel =
      assign(report, "channel", {"channel", "source", "traffic", "referr", "campaign", "medium"},
             is_category_like);
  mapping.device_type = assign(report, "device type", {"device", "platform"}, is_category_like);
  mapping.device_type_optional = false;
  mapping.features.clear();
  for (ColumnReport& column : report.columns) {
    const bool fits = column.suggestion.empty() && is_numeric(column) && column.distinct > 1 &&
                      !is_id_like(column) && !is_code_like(column);
    if (!fits) continue;
    column.suggestion = "feature";
    mapping.features.push_back(column.name);
  }
  report.suggestion = std::move(mapping);
}

}  // namespace covey::driver
