// covey inspect: what a file holds, and how to run on it.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "covey/error.h"
#include "options.h"
#include "report.h"
#include "table.h"
#include "text_format.h"
#include "text_table.h"

namespace covey::command {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string file;
  std::string delimiter = "auto";
  int threads = 0;
};

// For a POSIX shell; plain words stay as they are.
std::string quoted(const std::string& word) {
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("_-./,:+%@").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string suggested_command(const driver::FileReport& report) {
  const driver::Mapping& mapping = report.suggestion;
  std::string line = "covey run " + quoted(report.file);
  const auto add = [&](const char* option, const std::string& name) {
    if (!name.empty()) line += fmt::format(" {} {}", option, quoted(name));
  };
  add("--features", fmt::format("{}", fmt::join(mapping.features, ",")));
  add("--channel", mapping.channel);
  add("--device-type", mapping.device_type);
  add("--conversion", mapping.conversion);
  if (mapping.id != "auto") add("--id", mapping.id);
  return line + " -o result";
}

Json report_json(const driver::FileReport& report) {
  Json columns = Json::array();
  for (const driver::ColumnReport& column : report.columns) {
    columns.push_back({{"name", column.name},
                       {"type", column.type},
                       {"missing", column.missing},
                       {"distinct", column.distinct},
                       {"smallest", column.smallest},
                       {"largest", column.largest},
                       {"suggestion", column.suggestion}});
  }
  const driver::Mapping& mapping = report.suggestion;
  return {{"file", report.file},
          {"format", report.format},
          {"rows", report.rows},
          {"ragged", report.ragged},
          {"columns", std::move(columns)},
          {"suggestion",
           {{"features", mapping.features},
            {"channel", mapping.channel},
            {"device_type", mapping.device_type},
            {"conversion", mapping.conversion},
            {"id", mapping.id}}},
          {"command", suggested_command(report)}};
}

std::string report_text(const driver::FileReport& report, const driver::TextOptions& options) {
  constexpr std::int64_t kMostDistinct = 1000;
  constexpr int kValueWidth = 20;
  std::vector<driver::TextColumn> columns = {{"Column", false}, {"Type", false}, {"Missing"},
                                             {"Distinct"},      {"From"},        {"To"},
                                             {"Use as", false}};
  for (const driver::ColumnReport& column : report.columns) {
    columns[0].cells.push_back(column.name);
    columns[1].cells.push_back(column.type);
    columns[2].cells.push_back(driver::count_text(column.missing));
    columns[3].cells.push_back(
        column.distinct > kMostDistinct ? "> 1,000" : driver::count_text(column.distinct));
    columns[4].cells.push_back(
        driver::cut_text(driver::visible_text(column.smallest), kValueWidth));
    columns[5].cells.push_back(driver::cut_text(driver::visible_text(column.largest), kValueWidth));
    columns[6].cells.push_back(column.suggestion);
  }
  std::string text =
      fmt::format("{}: {}, {} rows, {} columns\n", driver::visible_text(report.file), report.format,
                  driver::count_text(report.rows), report.columns.size());
  if (report.ragged > 0) {
    text +=
        fmt::format("{} rows have too few or too many cells\n", driver::count_text(report.ragged));
  }
  text += '\n' + driver::text_table(columns, 1, options, "");
  return text + "\nTo run on it:\n  " + driver::visible_text(suggested_command(report)) + "\n";
}

void run(const Arguments& arguments, const CommonOptions& common) {
  if (arguments.file.empty()) {
    throw Error(ErrorKind::kUsage, "no file is named", "", "give one");
  }
  const driver::FileReport report =
      driver::inspect(arguments.file, delimiter_from_text(arguments.delimiter), arguments.threads);
  if (common.json) {
    print(report_json(report).dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
    return;
  }
  driver::TextOptions options = terminal(common);
  options.max_rows = 4096;
  print(report_text(report, options));
}

}  // namespace

CLI::App* add_inspect(CLI::App& app, CommonOptions& common) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* sub = app.add_subcommand(
      "inspect", "Show a file's columns, types and missing values, and suggest how to run on it");
  sub->add_option("--delimiter", arguments->delimiter,
                  "Character between CSV cells, or tab, or auto")
      ->type_name("CHAR")
      ->capture_default_str();
  sub->add_option("--threads", arguments->threads, "CPU threads; 0: all")
      ->type_name("N")
      ->capture_default_str();
  sub->add_option("FILE", arguments->file, "CSV (also .gz) or Parquet; - is standard input")
      ->type_name("");
  sub->callback([arguments, &common] { run(*arguments, common); });
  return sub;
}

}  // namespace covey::command
