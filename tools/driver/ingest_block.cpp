#include "ingest_block.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ledger.h"

namespace covey::driver {
namespace {

enum class Part { kFeature, kConversion, kMultiplicity, kRevenue };

/// A defect before its row's fate is known.
struct Finding {
  std::int64_t row = 0;     ///< of all rows of the block
  int column = -1;          ///< -1: the row is ragged
  std::int32_t index = -1;  ///< among the rows that have all their cells
  CellState state = CellState::kMissing;
  const ColumnRule* rule = nullptr;
  int feature = -1;  ///< its index, where the cell is a feature's
  std::string text;

  bool is_ragged() const { return column < 0; }
};

bool is_whole(double value) { return value == std::trunc(value); }

CellState judge(double value, Part part, const ColumnRule* rule) {
  if (part == Part::kConversion && value != 0 && value != 1) return CellState::kNotBinary;
  if (part == Part::kMultiplicity &&
      !(is_whole(value) && value >= 1 && value <= std::numeric_limits<std::uint32_t>::max())) {
    return CellState::kNotCount;
  }
  if (part == Part::kRevenue && std::abs(value) > kMostMoney) return CellState::kTooLarge;
  if (rule == nullptr) return CellState::kValue;
  if (rule->min && value < *rule->min) return CellState::kBelow;
  if (rule->max && value > *rule->max) return CellState::kAbove;
  if (rule->integer && !is_whole(value)) return CellState::kNotWhole;
  return CellState::kValue;
}

std::vector<std::int64_t> counted(const std::vector<std::int32_t>& codes, std::size_t size) {
  std::vector<std::int64_t> rows(size, 0);
  for (const std::int32_t code : codes) ++rows[static_cast<std::size_t>(code)];
  return rows;
}

/// Turns Cells into columns and findings, then settles which rows stay.
class BlockCheck {
 public:
  BlockCheck(const Cells& cells, const Places& places, const CheckPlan& plan, TupleTable* tuples)
      : cells_(cells),
        places_(places),
        plan_(plan),
        tuples_(tuples),
        rows_(static_cast<std::size_t>(cells.rows())) {}

  Block run();

 private:
  void number_rows();
  std::vector<double> read_numbers(int column, Part part, const ColumnRule* rule, int feature = -1);
  void read_categories(int column, Dictionary& dictionary, std::vector<std::int32_t>& code);
  void read_ids();
  void leave_no_gaps(std::vector<double>& revenue, std::vector<Flaw>& flaws);
  void hash_rows();
  void add_findings(int column, const std::vector<Flaw>& flaws, const ColumnRule* rule,
                    int feature);
  void settle();
  void settle_row(std::span<Finding> findings);
  Policy policy_for(const Finding& finding) const;
  void keep_rows();
  void number_tuples();

  const Cells& cells_;
  const Places& places_;
  const CheckPlan& plan_;
  TupleTable* tuples_;
  std::size_t rows_;
  Block block_;
  std::vector<double> conversion_, multiplicity_;
  std::vector<Finding> findings_;
  std::vector<std::int64_t>
      block_row_;  ///< of each row that has all its cells; empty: there are no others
  std::vector<std::int32_t> no_revenue_;  ///< rows among the same whose revenue is missing
  std::vector<char> is_dropped_;          ///< by row that has all its cells; empty: none is
};

Block BlockCheck::run() {
  block_.rows_read = static_cast<std::int64_t>(rows_ + cells_.ragged().size());
  block_.imputed.resize(places_.features.size());
  number_rows();
  for (std::size_t f = 0; f < places_.features.size(); ++f) {
    block_.features.push_back(read_numbers(places_.features[f], Part::kFeature,
                                           plan_.feature_rules[f], static_cast<int>(f)));
  }
  read_categories(places_.channel, block_.channels, block_.channel);
  read_categories(places_.device_type, block_.device_types, block_.device_type);
  conversion_ = read_numbers(places_.conversion, Part::kConversion, plan_.conversion_rule);
  multiplicity_ = read_numbers(places_.multiplicity, Part::kMultiplicity, plan_.multiplicity_rule);
  block_.revenue = read_numbers(places_.revenue, Part::kRevenue, plan_.revenue_rule);
  read_ids();
  hash_rows();
  settle();
  if (block_.must_fail) return std::move(block_);
  keep_rows();
  block_.channel_rows = counted(block_.channel, block_.channels.size());
  block_.device_type_rows = counted(block_.device_type, block_.device_types.size());
  if (tuples_ != nullptr) number_tuples();
  return std::move(block_);
}

/// Finds each row's place among all rows of the block, and notes the ragged ones.
void BlockCheck::number_rows() {
  const auto ragged = cells_.ragged();
  if (ragged.empty()) return;
  block_row_.reserve(rows_);
  std::size_t next = 0;
  for (std::int64_t row = 0; row < block_.rows_read; ++row) {
    if (next < ragged.size() && ragged[next].row == row) {
      findings_.push_back({.row = row, .text = ragged[next++].text});
    } else {
      block_row_.push_back(row);
    }
  }
}

std::vector<double> BlockCheck::read_numbers(int column, Part part, const ColumnRule* rule,
                                             int feature) {
  if (column < 0) return {};
  std::vector<double> values(rows_);
  std::vector<Flaw> flaws;
  cells_.numbers(column, values.data(), flaws);
  const std::size_t unreadable = flaws.size();
  for (std::size_t row = 0; row < rows_; ++row) {
    values[row] += 0.0;  // -0 becomes +0
    if (std::isnan(values[row])) continue;
    const CellState state = judge(values[row], part, rule);
    if (state == CellState::kValue) continue;
    flaws.push_back({static_cast<std::int32_t>(row), state});
    values[row] = std::numeric_limits<double>::quiet_NaN();
  }
  std::inplace_merge(flaws.begin(), flaws.begin() + static_cast<std::ptrdiff_t>(unreadable),
                     flaws.end(), [](const Flaw& a, const Flaw& b) { return a.row < b.row; });
  if (part == Part::kRevenue) leave_no_gaps(values, flaws);
  add_findings(column, flaws, rule, feature);
  return values;
}

/// Most sessions bring nothing in, and many files leave their cell empty: that is 0, and no flaw.
void BlockCheck::leave_no_gaps(std::vector<double>& revenue, std::vector<Flaw>& flaws) {
  std::erase_if(flaws, [&](const Flaw& flaw) {
    if (flaw.state != CellState::kMissing) return false;
    revenue[static_cast<std::size_t>(flaw.row)] = 0;
    no_revenue_.push_back(flaw.row);
    return true;
  });
}

void BlockCheck::read_categories(int column, Dictionary& dictionary,
                                 std::vector<std::int32_t>& code) {
  if (column < 0) return;
  code.resize(rows_);
  cells_.categories(column, dictionary, code.data());
  if (!dictionary.has_flaws()) return;
  std::vector<Flaw> flaws;
  for (std::size_t row = 0; row < rows_; ++row) {
    if (dictionary.state(code[row]) == CellState::kNotUtf8) {
      flaws.push_back({static_cast<std::int32_t>(row), CellState::kNotUtf8});
    }
  }
  add_findings(column, flaws, nullptr, -1);
}

void BlockCheck::read_ids() {
  if (places_.id < 0) return;
  block_.ids.reserve(rows_);
  cells_.ids(places_.id, block_.ids);
  block_.id_range = block_.ids.range();
  std::vector<Flaw> flaws;
  for (const std::int32_t row : block_.ids.not_utf8()) flaws.push_back({row, CellState::kNotUtf8});
  add_findings(places_.id, flaws, nullptr, -1);
}

void BlockCheck::hash_rows() {
  block_.hashes.assign(rows_, places_.names_hash);
  cells_.hash(places_.hash_order, block_.hashes);
}

void BlockCheck::add_findings(int column, const std::vector<Flaw>& flaws, const ColumnRule* rule,
                              int feature) {
  std::vector<std::int32_t> with_text;
  for (const Flaw& flaw : flaws) {
    if (flaw.state != CellState::kMissing) with_text.push_back(flaw.row);
  }
  const std::vector<std::string> texts =
      with_text.empty() ? std::vector<std::string>() : cells_.texts(column, with_text);
  std::size_t next_text = 0;
  for (const Flaw& flaw : flaws) {
    const std::int64_t row =
        block_row_.empty() ? flaw.row : block_row_[static_cast<std::size_t>(flaw.row)];
    Finding finding{row, column, flaw.row, flaw.state, rule, feature, {}};
    if (flaw.state != CellState::kMissing) finding.text = printable(texts[next_text++]);
    findings_.push_back(std::move(finding));
  }
}

Policy BlockCheck::policy_for(const Finding& finding) const {
  if (finding.is_ragged()) return plan_.on_ragged;
  if (finding.state != CellState::kMissing) return plan_.on_invalid;
  // Only features have a median.
  return plan_.on_missing == Policy::kImpute && finding.feature < 0 ? Policy::kDrop
                                                                    : plan_.on_missing;
}

void BlockCheck::settle() {
  std::sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
    return a.row != b.row ? a.row < b.row : a.column < b.column;
  });
  std::size_t begin = 0;
  while (begin < findings_.size() && !block_.must_fail) {
    std::size_t end = begin;
    while (end < findings_.size() && findings_[end].row == findings_[begin].row) ++end;
    settle_row({findings_.data() + begin, end - begin});
    begin = end;
  }
}

/// The row is dropped under its first defect that is not imputed; it is kept where there is none
/// such.
void BlockCheck::settle_row(std::span<Finding> findings) {
  const Finding* drops = nullptr;
  for (const Finding& finding : findings) {
    if (drops == nullptr && policy_for(finding) != Policy::kImpute) drops = &finding;
  }
  for (Finding& finding : findings) {
    const bool is_imputed = drops == nullptr;
    if (is_imputed) ++block_.imputed[static_cast<std::size_t>(finding.feature)];
    block_.bad.push_back({finding.row, finding.column, std::move(finding.text),
                          is_imputed            ? kImputedMissing
                          : finding.is_ragged() ? kRaggedRow
                                                : reason(finding.state, finding.rule)});
    if (policy_for(finding) == Policy::kFail) {
      block_.must_fail = true;
      return;
    }
  }
  if (drops == nullptr) return;
  ++block_.dropped[drops->is_ragged() ? kRaggedRow : reason(drops->state, drops->rule)];
  if (drops->is_ragged()) return;
  if (is_dropped_.empty()) is_dropped_.resize(rows_);
  is_dropped_[static_cast<std::size_t>(drops->index)] = 1;
}

template <typename To, typename From>
std::vector<To> picked(const std::vector<From>& values, std::span<const std::int32_t> rows) {
  std::vector<To> kept(values.empty() ? 0 : rows.size());
  for (std::size_t i = 0; i < kept.size(); ++i)
    kept[i] = static_cast<To>(values[static_cast<std::size_t>(rows[i])]);
  return kept;
}

void BlockCheck::keep_rows() {
  std::vector<std::int32_t> rows(rows_);
  std::iota(rows.begin(), rows.end(), 0);
  if (!is_dropped_.empty()) {
    std::erase_if(
        rows, [&](std::int32_t row) { return is_dropped_[static_cast<std::size_t>(row)] != 0; });
    for (auto& values : block_.features) values = picked<double>(values, rows);
    block_.channel = picked<std::int32_t>(block_.channel, rows);
    block_.device_type = picked<std::int32_t>(block_.device_type, rows);
    block_.revenue = picked<double>(block_.revenue, rows);
    std::erase_if(no_revenue_, [&](std::int32_t row) {
      return is_dropped_[static_cast<std::size_t>(row)] != 0;
    });
    if (places_.id >= 0) block_.ids.keep(rows);
  }
  block_.conversion = picked<std::uint8_t>(conversion_, rows);
  block_.multiplicity = picked<std::uint32_t>(multiplicity_, rows);
  block_.missing_revenue = static_cast<std::int64_t>(no_revenue_.size());
  block_.rows_kept = static_cast<std::int64_t>(rows.size());
  if (block_.rows_kept == block_.rows_read) return;
  block_.row.assign(rows.begin(), rows.end());
  if (block_row_.empty()) return;
  for (std::int64_t& row : block_.row) row = block_row_[static_cast<std::size_t>(row)];
}

void BlockCheck::number_tuples() {
  block_.tuple = tuples_->numbers(block_.features, block_.multiplicity);
  block_.tuples = tuples_;
  block_.features.clear();
}

}  // namespace

Block check_block(const Cells& cells, const Places& places, const CheckPlan& plan,
                  TupleTable* tuples) {
  return BlockCheck(cells, places, plan, tuples).run();
}

}  // namespace covey::driver
