#include "ingest.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "covey/error.h"
#include "ingest_block.h"
#include "ingest_collect.h"
#include "ingest_roles.h"
#include "ingest_source.h"
#include "part_clock.h"

namespace covey::driver {
namespace {

/// A part of a file on its way through the pipeline. Errors travel with it, so that the first one
/// in file order wins, whichever thread is faster.
struct Parcel {
  std::unique_ptr<Work> work;
  std::int64_t bytes_done = 0;
  std::vector<Block> blocks;
  std::exception_ptr error;
};

class Reading {
 public:
  Reading(const IngestOptions& options, std::size_t block_bytes, int threads)
      : options_(options), block_bytes_(block_bytes), threads_(threads) {}

  Sessions run();
  Ledger* ledger() { return collector_ ? &collector_->ledger() : nullptr; }

 private:
  void read(const std::string& file);
  void start(const std::vector<std::string>& columns);
  void warn_of_unused_rules();

  const IngestOptions& options_;
  std::size_t block_bytes_;
  int threads_;
  Mapping mapping_;
  std::vector<std::string> first_columns_;  ///< of the first file
  CheckPlan plan_;
  /// Of each thread; the collector reads them at the end.
  std::optional<tbb::enumerable_thread_specific<TupleTable>> tuples_;
  std::atomic<bool> tuples_pay_ = true;
  std::optional<Collector> collector_;
  std::int64_t bytes_before_ = 0, bytes_in_all_ = 0;
};

void check_options(const IngestOptions& options) {
  const auto bad = [](const std::string& what, const std::string& fix) {
    throw Error(ErrorKind::kUsage, what, "", fix);
  };
  if (options.files.empty())
    bad("no input file is named", "name a CSV or Parquet file, or - for standard input");
  if (std::count(options.files.begin(), options.files.end(), "-") > 1)
    bad("standard input is named twice", "name it once");
  if (options.on_invalid == Policy::kImpute || options.on_ragged == Policy::kImpute) {
    bad("only missing values can be imputed", "use drop or fail for --on-invalid and --on-ragged");
  }
  if (!(options.max_reject_rate >= 0 && options.max_reject_rate <= 1)) {
    bad("--max-reject-rate must lie between 0 and 1", "0.01 is 1 %");
  }
}

/// Bytes of all files; 0 where one has no size.
std::int64_t bytes_of(const std::vector<std::string>& files) {
  std::int64_t bytes = 0;
  for (const std::string& file : files) {
    struct stat status {};
    if (file == "-" || ::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    bytes += status.st_size;
  }
  return bytes;
}

Sessions Reading::run() {
  bytes_in_all_ = bytes_of(options_.files);
  std::vector<PartTime> timings;
  PartClock clock(timings);
  for (const std::string& file : options_.files) read(file);
  warn_of_unused_rules();
  clock.part("read");
  Sessions sessions = collector_->finish(options_);
  sessions.timings.insert(sessions.timings.begin(), timings.begin(), timings.end());
  return sessions;
}

void Reading::start(const std::vector<std::string>& columns) {
  mapping_ = settle_mapping(options_, columns);
  first_columns_ = columns;
  tuples_.emplace(mapping_.features.size());
  const auto rule_for = [&](const std::string& column) {
    const auto rule = options_.rules.find(column);
    return rule == options_.rules.end() ? nullptr : &rule->second;
  };
  for (const std::string& feature : mapping_.features)
    plan_.feature_rules.push_back(rule_for(feature));
  plan_.conversion_rule = rule_for(mapping_.conversion);
  plan_.multiplicity_rule = rule_for(mapping_.multiplicity);
  plan_.revenue_rule = rule_for(mapping_.revenue);
  plan_.on_missing = options_.on_missing;
  plan_.on_invalid = options_.on_invalid;
  plan_.on_ragged = options_.on_ragged;
  collector_.emplace(mapping_);
}

void Reading::read(const std::string& file) {
  const auto source = open_source(file, {options_.delimiter, block_bytes_});
  const std::vector<std::string>& columns = source->columns();
  if (!collector_) start(columns);
  const Places places = find_places(mapping_, file, columns, first_columns_);
  const std::int64_t rows_before = collector_->ledger().rows_read;

  const auto next = [&](tbb::flow_control& flow) {
    auto parcel = std::make_shared<Parcel>();
    try {
      parcel->work = source->next();
      if (parcel->work == nullptr) {
        flow.stop();
        return parcel;
      }
      parcel->bytes_done = bytes_before_ + parcel->work->bytes_done();
    } catch (...) {
      parcel->error = std::current_exception();
    }
    return parcel;
  };
  const auto check = [&](std::shared_ptr<Parcel> parcel) {
    if (parcel->error) return parcel;
    try {
      parcel->work->parse([&](const Cells& cells) {
        TupleTable* tuples = tuples_pay_ ? &tuples_->local() : nullptr;
        parcel->blocks.push_back(check_block(cells, places, plan_, tuples));
        if (tuples != nullptr && !tuples->pays()) tuples_pay_ = false;
      });
    } catch (...) {
      parcel->error = std::current_exception();
    }
    parcel->work.reset();
    return parcel;
  };
  const auto collect = [&](const std::shared_ptr<Parcel>& parcel) {
    const double share = bytes_in_all_ > 0 ? static_cast<double>(parcel->bytes_done) /
                                                 static_cast<double>(bytes_in_all_)
                                           : 0;
    for (Block& block : parcel->blocks) collector_->add(std::move(block), file, columns, share);
    if (parcel->error) std::rethrow_exception(parcel->error);
    if (options_.progress) options_.progress("ingest", parcel->bytes_done, bytes_in_all_);
  };
  using Pointer = std::shared_ptr<Parcel>;
  tbb::parallel_pipeline(
      static_cast<std::size_t>(source->parts_in_flight(threads_)),
      tbb::make_filter<void, Pointer>(tbb::filter_mode::serial_in_order, next) &
          tbb::make_filter<Pointer, Pointer>(tbb::filter_mode::parallel, check) &
          tbb::make_filter<Pointer, void>(tbb::filter_mode::serial_in_order, collect));
  if (const UnclosedQuote* quote = source->unclosed_quote())
    collector_->fail_unclosed(*quote, file);
  if (collector_->ledger().rows_read == rows_before && options_.files.size() > 1) {
    collector_->warn(file + " has a header line but no rows");
  }
  bytes_before_ += source->bytes_in_all();
}

void Reading::warn_of_unused_rules() {
  const auto shipped = default_rules();
  for (const auto& [column, rule] : options_.rules) {
    const bool is_used = column == mapping_.conversion || column == mapping_.multiplicity ||
                         column == mapping_.revenue ||
                         std::find(mapping_.features.begin(), mapping_.features.end(), column) !=
                             mapping_.features.end();
    if (is_used || shipped.contains(column)) continue;
    collector_->warn(
        fmt::format("the rule for column '{}' is not used: it is no feature, "
                    "conversion, multiplicity or revenue column",
                    column));
  }
}

}  // namespace

Sessions ingest_in_blocks(const IngestOptions& options, std::size_t block_bytes,
                          Ledger* ledger_on_failure) {
  check_options(options);
  const int threads = options.threads > 0
                          ? options.threads
                          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  tbb::task_arena arena(threads);
  Reading reading(options, block_bytes, threads);
  try {
    return arena.execute([&] { return reading.run(); });
  } catch (...) {
    if (ledger_on_failure != nullptr && reading.ledger() != nullptr)
      *ledger_on_failure = std::move(*reading.ledger());
    throw;
  }
}

Sessions ingest(const IngestOptions& options, Ledger* ledger_on_failure) {
  return ingest_in_blocks(options, SourceOptions().block_bytes, ledger_on_failure);
}

}  // namespace covey::driver
