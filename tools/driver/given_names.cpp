#include "given_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "cells.h"
#include "nearest_name.h"

namespace covey::driver {
namespace {

constexpr const char* kExample = "persona,name";

void check_header(const SmallCsv& table) {
  const auto& header = table.header;
  if (header == std::vector<std::string>{"persona", "name"} ||
      header == std::vector<std::string>{"cluster", "name"})
    return;
  throw table.error(
      1,
      fmt::format("the header line is '{}'", printable(fmt::format("{}", fmt::join(header, ",")))),
      "it must be persona,name (covey's own names) or cluster,name (numbers from 0)");
}

/// The cell at `column` of every row must be there, and differ.
void check_cells(const SmallCsv& table, std::size_t column) {
  std::map<std::string, std::size_t> lines;
  for (const SmallCsvRow& row : table.rows) {
    const std::string& cell = row.cells[column];
    const std::string& what = table.header[column];
    if (cell.empty())
      throw table.error(row.line, fmt::format("the {} is empty", what),
                        "fill it in, or remove the row");
    const auto [first, is_new] = lines.emplace(cell, row.line);
    if (is_new) continue;
    throw table.error(
        row.line,
        fmt::format("the {} '{}' stands in line {} already", what, printable(cell), first->second),
        "keep one of the two");
  }
}

std::size_t cluster_of(const GivenNames& names, const SmallCsvRow& row, std::size_t k) {
  const std::string& cell = row.cells.front();
  const auto number = canonical_integer(cell);
  if (number && *number >= 0 && *number < static_cast<std::int64_t>(k))
    return static_cast<std::size_t>(*number);
  throw names.table.error(
      row.line, fmt::format("there is no cluster '{}'", printable(cell)),
      k == 1 ? "the one cluster is 0" : fmt::format("clusters are numbered from 0 to {}", k - 1));
}

std::size_t persona_of(const GivenNames& names, const SmallCsvRow& row,
                       const std::vector<std::string>& own) {
  const std::string& cell = row.cells.front();
  const auto found = std::find(own.begin(), own.end(), cell);
  if (found != own.end()) return static_cast<std::size_t>(found - own.begin());
  const auto nearest = nearest_name(cell, own);
  throw names.table.error(row.line, fmt::format("there is no persona '{}'", printable(cell)),
                          nearest ? fmt::format("did you mean '{}'?", *nearest)
                                  : fmt::format("they are: {}", fmt::join(own, "; ")));
}

}  // namespace

GivenNames read_names(const std::string& file) {
  GivenNames names;
  if (file.empty()) return names;
  if (file == "-") {
    throw Error(ErrorKind::kUsage, "standard input cannot hold the names", "--names",
                "name a file");
  }
  names.table = read_small_csv(file, kExample);
  check_header(names.table);
  check_cells(names.table, 0);
  check_cells(names.table, 1);
  names.by_cluster = names.table.header.front() == "cluster";
  return names;
}

void apply_names(const GivenNames& names, Profile& profile) {
  std::vector<std::string> own;
  for (const Persona& persona : profile.personas) own.push_back(persona.name);
  std::vector<std::size_t> line_of(own.size(), 0);
  for (const SmallCsvRow& row : names.table.rows) {
    const std::size_t c =
        names.by_cluster ? cluster_of(names, row, own.size()) : persona_of(names, row, own);
    Persona& persona = profile.personas[c];
    line_of[c] = row.line;
    persona.name = row.cells.back();
    persona.reason = fmt::format("Named by the user; by evidence '{}': {}", own[c], persona.reason);
  }
  // Given names differ from one another: only one that was left may be taken.
  for (std::size_t c = 0; c < own.size(); ++c) {
    if (line_of[c] == 0) continue;
    for (std::size_t other = 0; other < own.size(); ++other) {
      if (line_of[other] != 0 || profile.personas[other].name != profile.personas[c].name) continue;
      throw names.table.error(
          line_of[c],
          fmt::format("the name '{}' is that of cluster {} already", printable(own[other]), other),
          "name that one too, or choose another name");
    }
  }
}

}  // namespace covey::driver
