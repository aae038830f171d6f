#include "report.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "recommendations_text.h"
#include "result_money.h"
#include "result_tables.h"
#include "result_tests.h"
#include "text_format.h"

namespace covey::command {
namespace {

std::string count_of(std::int64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", driver::count_text(count), count == 1 ? one : many);
}

std::string ledger_lines(const driver::RunResult& result) {
  const driver::Ledger& ledger = result.ledger;
  std::string text =
      fmt::format("{} read, {} kept, {} duplicates\n", count_of(ledger.rows_read, "row", "rows"),
                  driver::count_text(ledger.rows_kept), driver::count_text(ledger.duplicate_rows));
  for (const auto& [reason, rows] : ledger.dropped) {
    text +=
        fmt::format("  {} dropped: {}\n", driver::count_text(rows), driver::visible_text(reason));
  }
  for (const auto& [column, cells] : ledger.imputed) {
    text += fmt::format("  {} filled with the median: {}\n", count_of(cells, "cell", "cells"),
                        driver::visible_text(column));
  }
  for (const auto& [column, cells] : ledger.missing_category) {
    text += fmt::format("  {} counted as {}: {}\n", count_of(cells, "cell", "cells"),
                        driver::kMissingCategory, driver::visible_text(column));
  }
  for (const auto& [column, cells] : ledger.missing_as_zero) {
    text += fmt::format("  {} counted as 0: {}\n", count_of(cells, "cell", "cells"),
                        driver::visible_text(column));
  }
  return text;
}

std::string tables(const driver::RunResult& result, const driver::TextOptions& options) {
  const driver::Attribution& attribution = result.attribution;
  std::string text = ledger_lines(result);
  if (!result.choices.empty()) {
    text += "\nNumber of personas\n" + k_choice_table(result.choices, options) + '\n' +
            choice_text(result.choice, options);
  }
  text += "\nPersonas\n" + persona_table(result.feature_names, result.profile, options);
  if (!result.choices.empty()) text += '\n' + reason_list(result.profile, options);
  if (!attribution.channels.empty()) {
    text += "\nChannels\n" + group_table("Channel", result.feature_names, attribution.channels,
                                         options, "channels.csv");
    text += "\nPersonas within each channel (adjusted residual)\n" +
            channel_persona_table(result.profile, attribution.channel_personas, options);
  }
  if (!attribution.devices.empty()) {
    text += "\nDevice types\n" + group_table("Device type", result.feature_names,
                                             attribution.devices, options, "devices.csv");
  }
  if (result.money.given) text += "\nMoney\n" + money_table(result.money, options);
  const std::string tests = test_list(attribution.findings, options);
  if (!tests.empty()) text += "\nTests (p adjusted by Holm in each family)\n" + tests;
  if (!result.recommendations.empty()) {
    text += "\nRecommendations (evidence in recommendations.md)\n" +
            recommendation_list(result.recommendations, options);
  }
  return text;
}

}  // namespace

driver::TextOptions terminal(const CommonOptions& common) {
  driver::TextOptions options;
  const bool is_terminal = isatty(STDOUT_FILENO) != 0;
  winsize size{};
  if (is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    options.width = std::max<int>(size.ws_col, 40);
  }
  options.color = is_terminal && !common.no_color;
  return options;
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print_warning(const std::string& warning, const CommonOptions& common) {
  if (!common.quiet) fmt::print(stderr, "covey: warning: {}\n", driver::visible_text(warning));
}

void print_result(const driver::RunResult& result, const CommonOptions& common) {
  for (const std::string& warning : result.warnings) print_warning(warning, common);
  if (common.json) {
    print(result.manifest);
  } else if (!common.quiet) {
    double seconds = 0;
    for (const driver::StageTime& time : result.timings) seconds += time.seconds;
    print(tables(result, terminal(common)));
    print(fmt::format("\nDone in {:.2f} s ({}: {}). Files in {}: {}\n", seconds, result.backend,
                      result.device, driver::visible_text(result.folder),
                      fmt::join(result.files, ", ")));
  }
}

}  // namespace covey::command
