#include "options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string_view>

#include "covey/error.h"
#include "nearest_name.h"
#include "signals.h"

namespace covey::command {
namespace {

driver::Policy policy(const std::string& option, const std::string& value, bool may_impute) {
  std::vector<std::string> choices = {"drop", "fail"};
  if (may_impute) choices.emplace_back("impute");
  require_choice(option, value, choices);
  if (value == "fail") return driver::Policy::kFail;
  return value == "impute" ? driver::Policy::kImpute : driver::Policy::kDrop;
}

}  // namespace

void add_data_options(CLI::App& sub, DataArguments& arguments) {
  driver::Mapping& mapping = arguments.mapping;
  const char* columns = "Columns";
  sub.add_option("--channel", mapping.channel, "Column of the channel a session came by")
      ->type_name("NAME")
      ->group(columns)
      ->capture_default_str();
  sub.add_option("--device-type", mapping.device_type, "Column of the device type; may be absent")
      ->type_name("NAME")
      ->group(columns)
      ->capture_default_str();
  sub.add_option("--conversion", mapping.conversion,
                 "Column that is true where a session converted")
      ->type_name("NAME")
      ->group(columns)
      ->capture_default_str();
  sub.add_option(
         "--id", mapping.id,
         "Column that identifies a session (auto: session_id or user_id where there is one)")
      ->type_name("NAME")
      ->group(columns)
      ->capture_default_str();
  sub.add_option("--multiplicity", mapping.multiplicity,
                 "Column of whole numbers that say how many sessions a row stands for")
      ->type_name("NAME")
      ->group(columns);

  const char* reading = "Reading";
  sub.add_option("--delimiter", arguments.delimiter, "Character between CSV cells, or tab, or auto")
      ->type_name("CHAR")
      ->group(reading)
      ->capture_default_str();
  sub.add_option("--on-missing", arguments.on_missing,
                 "A feature is missing: drop the row, fail, or impute the median")
      ->type_name("drop|fail|impute")
      ->group(reading)
      ->capture_default_str();
  sub.add_option("--on-invalid", arguments.on_invalid,
                 "A cell is no number or out of bounds: drop the row, or fail")
      ->type_name("drop|fail")
      ->group(reading)
      ->capture_default_str();
  sub.add_option("--on-ragged", arguments.on_ragged,
                 "A row has too few or too many cells: drop the row, or fail")
      ->type_name("drop|fail")
      ->group(reading)
      ->capture_default_str();
  sub.add_option("--max-reject-rate", arguments.max_reject_rate,
                 "Fail where a larger share of the rows than this is dropped")
      ->type_name("SHARE")
      ->group(reading)
      ->capture_default_str();
  sub.add_option("FILE", arguments.files,
                 "CSV (also .gz) or Parquet, one file or several; - is CSV from standard input")
      ->type_name("");
}

void add_money_options(CLI::App& sub, driver::AnalysisOptions& analysis, DataArguments& data) {
  const char* money = "Money";
  sub.add_option("--spend", analysis.spend,
                 "CSV file of what channels cost: channel,amount[,currency][,period]")
      ->type_name("FILE")
      ->group(money);
  sub.add_option("--revenue", data.mapping.revenue,
                 "Column of what a session brought in; an empty cell is 0")
      ->type_name("NAME")
      ->group(money);
  sub.add_option("--value", analysis.value, "What a conversion is worth, instead of --revenue")
      ->type_name("AMOUNT")
      ->group(money);
}

void add_output_options(CLI::App& sub, WorkArguments& arguments) {
  sub.add_option("-o,--output", arguments.output.folder, "Folder to write the results to (needed)")
      ->type_name("DIR");
  sub.add_flag("--force", arguments.output.force, "Replace the results of an earlier run in DIR");
  sub.add_flag("--keep-columns", arguments.output.keep_columns,
               "Write features, channel, device type and conversion into assignments.parquet too");
}

void add_config_option(CLI::App& sub, WorkArguments& arguments) {
  sub.add_option(
         "--config", arguments.config,
         "TOML file: long option names as keys, column bounds in [columns.NAME]; the command "
         "line wins")
      ->type_name("FILE");
}

void add_machine_options(CLI::App& sub, WorkArguments& arguments) {
  const char* machine = "Machine (never changes a result)";
  sub.add_option("--backend", arguments.backend.name,
                 "auto takes cuda where it can be had, else cpu")
      ->type_name("auto|cpu|cuda|reference")
      ->group(machine)
      ->capture_default_str();
  sub.add_option("--threads", arguments.backend.threads, "CPU threads; 0: all")
      ->type_name("N")
      ->group(machine)
      ->capture_default_str();
  sub.add_option("--gpu", arguments.backend.gpus,
                 "Numbers of the GPUs to use; the first alone unless given")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("N,...")
      ->group(machine);
  sub.add_option("--gpu-memory", arguments.gpu_memory,
                 "Memory that may be taken of each GPU, as 24G; the rest of the data stays in the "
                 "machine's own (nine tenths of what is free unless given)")
      ->type_name("SIZE")
      ->group(machine);
}

driver::IngestOptions ingest_options(const DataArguments& data, const WorkArguments& work) {
  if (data.files.empty()) {
    throw Error(ErrorKind::kUsage, "no input file is named", "",
                "give one or more files, or - for standard input");
  }
  if (!(data.max_reject_rate >= 0 && data.max_reject_rate <= 1)) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is not a share", data.max_reject_rate),
                "--max-reject-rate", "give a number from 0 to 1");
  }
  driver::IngestOptions options;
  options.files = data.files;
  options.mapping = data.mapping;
  options.on_missing = policy("--on-missing", data.on_missing, true);
  options.on_invalid = policy("--on-invalid", data.on_invalid, false);
  options.on_ragged = policy("--on-ragged", data.on_ragged, false);
  options.max_reject_rate = data.max_reject_rate;
  options.delimiter = delimiter_from_text(data.delimiter);
  options.threads = work.backend.threads;
  return options;
}

driver::OutputOptions output_options(const WorkArguments& work) {
  driver::OutputOptions options = work.output;
  if (options.folder.empty()) {
    throw Error(ErrorKind::kUsage, "no output folder is named", "", "give one with -o DIR");
  }
  options.guard = &temporary_guard();
  return options;
}

BackendOptions backend_options(const WorkArguments& work) {
  BackendOptions options = work.backend;
  options.gpu_memory = gpu_memory_from_text(work.gpu_memory);
  return options;
}

std::int64_t gpu_memory_from_text(const std::string& text) {
  if (text.empty()) return 0;
  constexpr std::string_view kUnits = "KMGT";
  std::string_view number = text;
  const std::size_t unit =
      kUnits.find(static_cast<char>(std::toupper(static_cast<unsigned char>(number.back()))));
  if (unit != std::string_view::npos) number.remove_suffix(1);
  double value = 0;
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || stop != number.data() + number.size() || !(value >= 0)) {
    throw Error(ErrorKind::kUsage, fmt::format("'{}' is not an amount of memory", text),
                "--gpu-memory", "give bytes, or a number with K, M, G or T, as 24G");
  }
  if (unit != std::string_view::npos) value = std::ldexp(value, 10 * (static_cast<int>(unit) + 1));
  if (value < static_cast<double>(kSmallestGpuMemory) || value > 0x1p62) {
    throw Error(ErrorKind::kUsage,
                fmt::format("'{}' is too {}", text, value > 0x1p62 ? "much" : "little"),
                "--gpu-memory",
                fmt::format("allow at least {}M of each GPU, at most what it has",
                            kSmallestGpuMemory >> 20));
  }
  return static_cast<std::int64_t>(value);
}

char delimiter_from_text(const std::string& text) {
  if (text == "auto") return 0;
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() == 1 && text != "\"" && text != "\n" && text != "\r") return text.front();
  throw Error(ErrorKind::kUsage, fmt::format("'{}' is not a delimiter", text), "--delimiter",
              "give one character, tab or auto");
}

std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates) {
  const auto nearest = driver::nearest_name(name, candidates);
  return nearest ? fmt::format("; did you mean '{}'?", *nearest) : "";
}

void require_choice(const std::string& option, const std::string& value,
                    const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  throw Error(ErrorKind::kUsage, fmt::format("'{}' is not a choice", value), option,
              fmt::format("choose {}{}", fmt::join(choices, ", "), did_you_mean(value, choices)));
}

void require_at_least(const char* option, int value, int least) {
  if (value >= least) return;
  throw Error(ErrorKind::kUsage, fmt::format("{} is too small", value), option,
              fmt::format("give a whole number from {}", least));
}

}  // namespace covey::command
