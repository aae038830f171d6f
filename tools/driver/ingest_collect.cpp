#include "ingest_collect.h"

#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "covey/error.h"
#include "ingest_finish.h"
#include "ledger.h"
#include "part_clock.h"

namespace covey::driver {
namespace {

template <typename T>
void append_all(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

void CategoryBuilder::append(const Dictionary& block_names, const std::vector<std::int32_t>& codes,
                             const std::vector<std::int64_t>& rows_by_code, std::int64_t& missing) {
  std::vector<std::int32_t> code_of(block_names.size());
  for (std::size_t i = 0; i < rows_by_code.size(); ++i) {
    const auto code = static_cast<std::int32_t>(i);
    if (rows_by_code[i] == 0) continue;
    const bool is_missing = block_names.state(code) == CellState::kMissing;
    if (is_missing) missing += rows_by_code[i];
    code_of[i] = names_.code(is_missing ? kMissingCategory : block_names.name(code));
  }
  const std::size_t before = codes_.size();
  codes_.resize(before + codes.size());
  std::transform(codes.begin(), codes.end(), codes_.begin() + static_cast<std::ptrdiff_t>(before),
                 [&](std::int32_t code) { return code_of[static_cast<std::size_t>(code)]; });
}

Category CategoryBuilder::take() {
  std::vector<std::int32_t> order(names_.size()), rank(names_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return names_.name(a) < names_.name(b); });
  Category category;
  for (const std::int32_t code : order) {
    rank[static_cast<std::size_t>(code)] = static_cast<std::int32_t>(category.names.size());
    category.names.push_back(names_.name(code));
  }
  category.code = std::move(codes_);
  constexpr std::size_t kGrain = 1 << 16;
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, category.code.size(), kGrain),
                    [&](const auto& rows) {
                      for (std::size_t row = rows.begin(); row != rows.end(); ++row) {
                        category.code[row] = rank[static_cast<std::size_t>(category.code[row])];
                      }
                    });
  return category;
}

Collector::Collector(const Mapping& mapping) : mapping_(mapping), tuples_(mapping.features.size()) {
  sessions_.feature_names = mapping.features;
}

void Collector::add(Block&& block, const std::string& file, const std::vector<std::string>& columns,
                    double share_done) {
  Ledger& ledger = sessions_.ledger;
  const std::int64_t first_row = ledger.rows_read;
  for (BadCell& bad : block.bad) {
    const std::string column = bad.column < 0 ? "" : columns[static_cast<std::size_t>(bad.column)];
    ledger.rejects.push_back(
        {file, first_row + bad.row + 1, column, std::move(bad.text), std::move(bad.reason)});
  }
  if (block.must_fail) {
    const Reject& reject = ledger.rejects.back();
    const std::string what =
        reject.column.empty()
            ? fmt::format("row {}: {}", reject.row, reject.reason)
            : fmt::format("row {}, column '{}': {}", reject.row, reject.column, reject.reason);
    throw Error(
        ErrorKind::kData, reject.text.empty() ? what : what + ": '" + reject.text + "'",
        shown_name(file),
        "mend the row, or drop such rows with --on-missing, --on-invalid or --on-ragged drop");
  }
  for (const auto& [reason, count] : block.dropped) ledger.dropped[reason] += count;
  for (std::size_t f = 0; f < block.imputed.size(); ++f) {
    if (block.imputed[f] > 0) ledger.imputed[mapping_.features[f]] += block.imputed[f];
  }
  const auto kept = static_cast<std::size_t>(ledger.rows_kept + block.rows_kept);
  if (kept > tuples_.capacity()) {
    // What the rest of the input will need at this rate; memory that is not used is never touched.
    constexpr double kMargin = 1.02, kGrowth = 1.5;
    const double rows = static_cast<double>(kept);
    reserve(static_cast<std::size_t>(
        std::max(rows * kGrowth, share_done > 0 ? rows / share_done * kMargin : 0)));
  }
  append_rows(block, first_row);
  ledger.rows_read += block.rows_read;
  ledger.rows_kept += block.rows_kept;
  duplicates_.add(std::move(block.hashes), block.id_range);
  ids_.append(std::move(block.ids));
}

void Collector::reserve(std::size_t rows) {
  tuples_.reserve(rows);
  if (!mapping_.channel.empty()) channel_.reserve(rows);
  if (!mapping_.device_type.empty()) device_type_.reserve(rows);
  if (!mapping_.conversion.empty()) sessions_.conversion.reserve(rows);
  if (!mapping_.multiplicity.empty()) sessions_.multiplicity.reserve(rows);
  if (!mapping_.revenue.empty()) sessions_.revenue.reserve(rows);
  if (!mapping_.id.empty()) ids_.reserve(rows);
}

void Collector::append_rows(const Block& block, std::int64_t first_row) {
  const std::int64_t kept_before = sessions_.ledger.rows_kept;
  tuples_.add(block);
  append_all(sessions_.conversion, block.conversion);
  append_all(sessions_.multiplicity, block.multiplicity);
  append_all(sessions_.revenue, block.revenue);
  if (block.missing_revenue > 0)
    sessions_.ledger.missing_as_zero[mapping_.revenue] += block.missing_revenue;
  for (const std::uint32_t count : block.multiplicity) multiplicity_sum_ += count;

  const auto append_category =
      [&](CategoryBuilder& builder, const Dictionary& names, const std::vector<std::int32_t>& codes,
          const std::vector<std::int64_t>& rows_by_code, const std::string& column) {
        std::int64_t missing = 0;
        builder.append(names, codes, rows_by_code, missing);
        if (missing > 0) sessions_.ledger.missing_category[column] += missing;
      };
  append_category(channel_, block.channels, block.channel, block.channel_rows, mapping_.channel);
  append_category(device_type_, block.device_types, block.device_type, block.device_type_rows,
                  mapping_.device_type);

  // Row numbers are kept from the first row on that is not where its number says.
  auto& row = sessions_.row;
  const bool in_step =
      row.empty() && kept_before == first_row && block.rows_kept == block.rows_read;
  if (in_step) return;
  if (row.empty()) {
    row.resize(static_cast<std::size_t>(kept_before));
    std::iota(row.begin(), row.end(), std::int64_t{1});
  }
  for (std::int64_t i = 0; i < block.rows_kept; ++i) {
    row.push_back(first_row + 1 + (block.row.empty() ? i : block.row[static_cast<std::size_t>(i)]));
  }
}

void Collector::fail_unclosed(const UnclosedQuote& quote, const std::string& file) {
  const std::int64_t row = sessions_.ledger.rows_read + 1;
  sessions_.ledger.rejects.push_back({file, row, "", quote.text, reason(CellState::kUnclosed)});
  throw_unclosed(quote, row, file);
}

Sessions Collector::finish(const IngestOptions& options) {
  Ledger& ledger = sessions_.ledger;
  if (ledger.rows_read == 0) {
    throw Error(ErrorKind::kData, "there are no data rows",
                options.files.size() == 1 ? shown_name(options.files[0]) : "",
                "the input needs a row for each session below its header line");
  }
  check_dropped(ledger, options.max_reject_rate);
  constexpr std::uint64_t kMostSessions = (std::uint64_t{1} << 32) - 1;
  const bool is_weighted = !sessions_.multiplicity.empty();
  if ((is_weighted ? multiplicity_sum_ : static_cast<std::uint64_t>(ledger.rows_kept)) >
      kMostSessions) {
    throw Error(ErrorKind::kData,
                is_weighted ? "the multiplicities in column '" + mapping_.multiplicity +
                                  "' add up to more than 2^32 - 1"
                            : "there are more than 2^32 - 1 sessions",
                "", "use fewer rows");
  }
  PartClock clock(sessions_.timings);
  ledger.duplicate_rows = duplicates_.count();
  clock.part("duplicates");
  sessions_.channel = channel_.take();
  sessions_.device_type = device_type_.take();
  sessions_.ids = ids_.take();
  clock.part("categories");
  tuples_.finish(sessions_);
  clock.part("tuples");
  impute(sessions_, options.medians);
  clock.part("medians");
  sessions_.data_hash = hash_of_data(sessions_);
  clock.part("data hash");
  return std::move(sessions_);
}

}  // namespace covey::driver
