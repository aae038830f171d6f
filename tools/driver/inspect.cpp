// covey inspect: what a file's columns look like, and which part each could play.
#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <thread>

#include "inspect_columns.h"
#include "table.h"

namespace covey::driver {
namespace {

struct CellFindings {
  std::int64_t rows = 0, ragged = 0;
  std::vector<ColumnStatistics> columns;

  void append(const CellFindings& later) {
    rows += later.rows;
    ragged += later.ragged;
    for (std::size_t c = 0; c < columns.size(); ++c) columns[c].append(later.columns[c]);
  }
};

CellFindings findings_of(const Cells& cells, std::size_t columns) {
  CellFindings findings;
  findings.columns.resize(columns);
  findings.ragged = static_cast<std::int64_t>(cells.ragged().size());
  findings.rows = cells.rows() + findings.ragged;
  for (std::size_t c = 0; c < columns; ++c) {
    cells.visit(static_cast<int>(c), [&](std::string_view text) { findings.columns[c].add(text); });
  }
  return findings;
}

CellFindings read_all(Source& source, int threads) {
  const std::size_t columns = source.columns().size();
  using Part = std::shared_ptr<Work>;
  using Parts = std::shared_ptr<CellFindings>;
  CellFindings all;
  all.columns.resize(columns);
  const auto next = [&](tbb::flow_control& flow) {
    Part work = source.next();
    if (work == nullptr) flow.stop();
    return work;
  };
  const auto look = [&](const Part& work) {
    auto findings = std::make_shared<CellFindings>();
    findings->columns.resize(columns);
    work->parse([&](const Cells& cells) { findings->append(findings_of(cells, columns)); });
    return findings;
  };
  const auto collect = [&](const Parts& findings) { all.append(*findings); };
  tbb::parallel_pipeline(
      static_cast<std::size_t>(source.parts_in_flight(threads)),
      tbb::make_filter<void, Part>(tbb::filter_mode::serial_in_order, next) &
          tbb::make_filter<Part, Parts>(tbb::filter_mode::parallel, look) &
          tbb::make_filter<Parts, void>(tbb::filter_mode::serial_in_order, collect));
  return all;
}

}  // namespace

FileReport inspect(const std::string& file, char delimiter, int threads) {
  if (threads <= 0) threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(threads));
  tbb::task_arena arena(threads);
  SourceOptions options;
  options.delimiter = delimiter;
  const auto source = open_source(file, options);
  const CellFindings findings = arena.execute([&] { return read_all(*source, threads); });

  if (const UnclosedQuote* quote = source->unclosed_quote())
    throw_unclosed(*quote, findings.rows + 1, file);

  FileReport report;
  report.file = file;
  report.format = source->format();
  report.rows = findings.rows;
  report.ragged = findings.ragged;
  for (std::size_t c = 0; c < findings.columns.size(); ++c) {
    report.columns.push_back(findings.columns[c].report(source->columns()[c]));
  }
  suggest_mapping(report);
  return report;
}

}  // namespace covey::driver
