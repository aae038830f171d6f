#include "write.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "covey/error.h"
#include "csv_tables.h"
#include "k_choice_csv.h"
#include "model.h"
#include "money_tables.h"
#include "recommendations_text.h"
#include "tables_xlsx.h"

namespace covey::driver {
namespace {

using Json = nlohmann::ordered_json;

void write_file(const OutputFolder& folder, RunResult& result, const std::string& name,
                const std::string& text) {
  folder.write(name, text);
  result.files.push_back(name);
}

// A cell as it stood in the file. One that is a plain number is no formula, so that "-3" needs no
// apostrophe.
std::string cell_text(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const bool is_number = text.find_first_not_of("-.0123456789eE") == std::string::npos &&
                         std::from_chars(text.data(), end, value).ptr == end;
  return is_number ? text : csv_text(text);
}

}  // namespace

std::string quality_text(const Ledger& ledger, const std::vector<UnknownCategory>& unknown) {
  const std::int64_t dropped = ledger.rows_read - ledger.rows_kept;
  Json json;
  json["rows_read"] = ledger.rows_read;
  json["rows_kept"] = ledger.rows_kept;
  json["rows_dropped"] = dropped;
  json["dropped_by_reason"] = ledger.dropped;
  json["reject_rate"] = ledger.rows_read > 0
                            ? static_cast<double>(dropped) / static_cast<double>(ledger.rows_read)
                            : 0.0;
  json["imputed_cells"] = ledger.imputed;
  json["missing_categories"] = ledger.missing_category;
  json["missing_as_zero"] = ledger.missing_as_zero;
  json["duplicate_rows"] = ledger.duplicate_rows;
  json["unknown_categories"] = Json::array();
  for (const UnknownCategory& category : unknown) {
    json["unknown_categories"].push_back({{"column", category.column},
                                          {"category", category.name},
                                          {"sessions", category.sessions}});
  }
  json["warnings"] = ledger.warnings;
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string rejects_csv(const std::vector<Reject>& rejects) {
  std::string lines = "file,row,column,text,reason\n";
  for (const Reject& reject : rejects) {
    fmt::format_to(std::back_inserter(lines), "{},{},{},{},{}\n", csv_text(reject.file), reject.row,
                   csv_text(reject.column), cell_text(reject.text), csv_text(reject.reason));
  }
  return lines;
}

void describe(const OutputFolder& folder, const Sessions& sessions, const Prepared& prepared,
              const RunBackend& backend, RunResult& result) {
  result.folder = folder.name();
  result.feature_names = sessions.feature_names;
  result.ledger = sessions.ledger;
  result.sessions = prepared.points->weight();
  result.distinct_points = prepared.points->distinct();
  result.data_hash = hash_text(sessions.data_hash);
  result.backend = backend->name();
  result.device = backend->device();
  result.backend_note = backend.note();
  result.warnings = sessions.ledger.warnings;
  result.warnings.insert(result.warnings.end(), prepared.warnings.begin(), prepared.warnings.end());
  if (backend.fell_back()) result.warnings.push_back(backend.note());
}

void write_ledger(const OutputFolder& folder, RunResult& result) {
  write_file(folder, result, "quality.json", quality_text(result.ledger, result.unknown));
  write_file(folder, result, "rejects.csv", rejects_csv(result.ledger.rejects));
}

void write_results(const OutputFolder& folder, const Assignments& assignments,
                   const Mapping& mapping, RunResult& result) {
  const Attribution& attribution = result.attribution;
  const auto& features = result.feature_names;
  Workbook workbook(folder.temporary() / "tables.xlsx");
  const auto add = [&](const Sheet& sheet) {
    write_file(folder, result, sheet.name() + ".csv", csv_of(sheet));
    workbook.add(sheet);
  };
  const bool fitted = !result.choices.empty();
  add(personas_sheet(features, result.profile));
  if (fitted) add(k_choice_sheet(result.choices));
  if (!attribution.channels.empty()) {
    add(groups_sheet("channel", features, attribution.channels));
    add(channel_personas_sheet(attribution.channel_personas));
  }
  if (!attribution.devices.empty()) add(groups_sheet("device_type", features, attribution.devices));
  if (!attribution.channels.empty() || !attribution.devices.empty())
    add(tests_sheet(attribution.findings.rows));
  if (result.money.given) add(money_sheet(result.money, result.profile));
  if (fitted) {
    add(recommendations_sheet(result.recommendations));
    write_file(folder, result, "recommendations.md",
               recommendations_markdown(result.recommendations));
  }
  workbook.close();
  result.files.emplace_back("tables.xlsx");
  write_assignments(assignments, mapping, folder.temporary() / "assignments.parquet");
  result.files.emplace_back("assignments.parquet");
}

Sessions ingest_or_write_ledger(const IngestOptions& options, OutputFolder& folder) {
  Ledger ledger;
  try {
    return ingest(options, &ledger);
  } catch (const Error& error) {
    if (ledger.rejects.empty()) throw;
    RunResult refused;
    refused.ledger = std::move(ledger);
    folder.spare_earlier_result();
    write_ledger(folder, refused);
    folder.commit();
    const std::string fix = error.fix().empty() ? "" : error.fix() + "; ";
    throw Error(error.kind(), error.problem(), error.where(),
                fix + fmt::format("the defects are listed in {}/rejects.csv", folder.name()));
  }
}

}  // namespace covey::driver
