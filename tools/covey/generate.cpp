// covey generate: the default data set, synthetic, to a file.
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "generate.h"
#include "signals.h"
#include "text_format.h"
#include "text_table.h"

namespace covey::command {
namespace {

constexpr const char* kDescription =
    "Write synthetic sessions of an online shop\n"
    "\n"
    "The data is synthetic: no visitor stands behind any row. It is a mixture of four latent\n"
    "visitor types whose personas, channel volumes and conversion rates reproduce published\n"
    "figures (docs/generated-data.md).";

struct Arguments {
  driver::GenerateOptions options;
  std::string file;
  std::optional<double> effect;
};

/// One line that is rewritten, at most ten times a second: share done, rows a second, time left.
class ProgressLine {
 public:
  void operator()(std::int64_t done, std::int64_t total) {
    const auto now = Clock::now();
    if (done < total && now - shown_ < std::chrono::milliseconds(100)) return;
    shown_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double rate = static_cast<double>(done) / (seconds > 0 ? seconds : 1);
    fmt::print(stderr, "\rgenerate  {:3d} %  {:.1f} M rows/s  {:.0f} s left \x1b[K",
               static_cast<int>(100 * static_cast<double>(done) / static_cast<double>(total)),
               rate / 1e6, static_cast<double>(total - done) / (rate > 0 ? rate : 1));
    std::fflush(stderr);
  }
  void clear() const {
    if (shown_ != Clock::time_point{}) fmt::print(stderr, "\r\x1b[K");
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_{};
};

void print_summary(const driver::GenerateSummary& summary) {
  driver::TextColumn channels{"channel", false}, sessions{"sessions"}, conversions{"converted"},
      rates{"conversion rate"};
  for (int channel = 0; channel < driver::kChannels; ++channel) {
    const std::int64_t trials = summary.sessions[channel];
    const std::int64_t successes = summary.conversions[channel];
    channels.cells.emplace_back(driver::kChannelNames[channel]);
    sessions.cells.push_back(driver::count_text(trials));
    conversions.cells.push_back(driver::count_text(successes));
    rates.cells.push_back(trials == 0
                              ? "-"
                              : fmt::format("{:.2f} %", 100 * static_cast<double>(successes) /
                                                            static_cast<double>(trials)));
  }
  fmt::print("{}{} synthetic sessions in {}\n",
             driver::text_table({channels, sessions, conversions, rates}, 1, {}, ""),
             driver::count_text(summary.rows), summary.file.string());
  if (!summary.defects_file.empty()) {
    fmt::print("{} rows with a defect, listed in {}\n", driver::count_text(summary.defects),
               summary.defects_file.string());
  }
}

void print_json(const driver::GenerateSummary& summary, std::uint64_t seed) {
  nlohmann::ordered_json document = {
      {"file", summary.file.string()}, {"synthetic", true}, {"rows", summary.rows}, {"seed", seed}};
  for (int channel = 0; channel < driver::kChannels; ++channel) {
    document["channels"].push_back({{"channel", driver::kChannelNames[channel]},
                                    {"sessions", summary.sessions[channel]},
                                    {"conversions", summary.conversions[channel]}});
  }
  if (!summary.defects_file.empty()) {
    document["defects"] = summary.defects;
    document["defects_file"] = summary.defects_file.string();
  }
  fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void run(const Arguments& arguments, const CommonOptions& common) {
  driver::GenerateOptions options = arguments.options;
  options.effect_points = arguments.effect;
  const bool show = !common.quiet && isatty(STDERR_FILENO) != 0;
  ProgressLine line;
  defer_signals();
  const driver::GenerateSummary summary =
      driver::generate(options, arguments.file, [&](std::int64_t done, std::int64_t total) {
        throw_if_signalled();
        if (show) line(done, total);
      });
  line.clear();
  if (common.json) {
    print_json(summary, options.seed);
  } else if (!common.quiet) {
    print_summary(summary);
  }
}

}  // namespace

CLI::App* add_generate(CLI::App& app, CommonOptions& common) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* sub = app.add_subcommand("generate", kDescription);
  sub->add_option("-o,--output", arguments->file, "File to write: .csv, .csv.gz or .parquet")
      ->required()
      ->type_name("FILE");
  sub->add_option("--rows", arguments->options.rows,
                  "Sessions to write, up to 10^12; they are streamed in constant memory")
      ->type_name("N")
      ->capture_default_str();
  sub->add_option("--seed", arguments->options.seed,
                  "The same seed and options give the same bytes on every machine")
      ->type_name("N")
      ->capture_default_str();
  sub->add_option("--effect", arguments->effect,
                  "Draw channel, persona and conversion of each session independently, with the "
                  "conversion rate of Ads P percentage points above that of the other channels (0: "
                  "no difference). Without it the figures of each channel are met by quota")
      ->type_name("P");
  sub->add_flag("--dirty", arguments->options.dirty,
                "Plant defects of every kind in 0.5 % of the rows (CSV only, from 1,111 rows) and "
                "list them in NAME.defects.csv");
  sub->add_flag("--force", arguments->options.overwrite, "Replace files that exist");
  sub->callback([arguments, &common] { run(*arguments, common); });
  return sub;
}

}  // namespace covey::command
