#include "result_tests.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "finding_text.h"
#include "test_rows.h"
#include "text_format.h"
#include "wrapped_text.h"

namespace covey::driver {
namespace {

constexpr std::size_t kMostNamed = 3;

std::string association_line(const char* title, const Association& found,
                             const Findings& findings) {
  std::string text =
      fmt::format("{}: {} (chi-square {:.2f}, df {}, {}", title, verdict_of(found, findings),
                  found.statistic, found.degrees, p_text(found.p));
  if (found.simulated) {
    text += fmt::format(", simulated for {} expected count{} below 5", found.sparse_cells,
                        found.sparse_cells == 1 ? "" : "s");
  }
  return text + fmt::format("; Cramer's V {})", effect_text(found.cramers_v));
}

/// "a, b, c and 4 more".
std::string list_of(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), kMostNamed);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", count_text(names.size() - shown));
  return text;
}

/// "none of 10 differs" or "2 of 10 differ: ...", widest first.
std::string differing(std::size_t tested, const std::vector<std::string>& names) {
  const std::string all = count_text(static_cast<std::int64_t>(tested));
  if (names.empty()) return fmt::format("none of {} differs", all);
  return fmt::format("{} of {} differ{}: {}", count_text(static_cast<std::int64_t>(names.size())),
                     all, names.size() == 1 ? "s" : "", list_of(names));
}

std::string comparison_line(const char* title, const std::vector<Comparison>& family,
                            double margin) {
  std::vector<const Comparison*> tested;
  for (const Comparison& comparison : family) {
    if (!comparison.too_few) tested.push_back(&comparison);
  }
  const auto equivalent =
      std::count_if(tested.begin(), tested.end(), [](const auto* one) { return one->equivalent; });
  std::stable_sort(tested.begin(), tested.end(), [](const auto* one, const auto* other) {
    return std::abs(one->difference.value) > std::abs(other->difference.value);
  });
  std::vector<std::string> names;
  for (const Comparison* one : tested) {
    if (!one->differs) continue;
    const double points = one->difference.value * 100.0;
    const bool above = points > 0.0;
    names.push_back(one->b == "(rest)"
                        ? fmt::format("{} ({:+.2f} points)", one->a, points)
                        : fmt::format("{} above {} ({:.2f} points)", above ? one->a : one->b,
                                      above ? one->b : one->a, std::abs(points)));
  }
  std::string text = fmt::format("{}: {}; {} equivalent within {}", title,
                                 differing(tested.size(), names), equivalent, points_text(margin));
  if (tested.size() < family.size()) {
    text += fmt::format("; {} too small to test", family.size() - tested.size());
  }
  return text;
}

std::string stratified_line(const std::vector<StratifiedComparison>& family) {
  std::size_t tested = 0;
  std::vector<std::string> names;
  for (const StratifiedComparison& one : family) {
    if (!one.too_few) ++tested;
    if (one.differs) {
      names.push_back(fmt::format("{} (odds ratio {:.2f})", one.channel, one.odds_ratio.value));
    }
  }
  return "Channels against the rest within device types: " + differing(tested, names);
}

std::string feature_line(const std::vector<FeatureComparison>& family) {
  std::vector<std::string> names;
  double largest = 0;
  for (const FeatureComparison& one : family) {
    if (one.differs) names.push_back(one.feature);
    largest = std::max(largest, one.eta_squared.high);
  }
  return fmt::format(
      "Means of features by channel: {}; the channel explains at most {:.2g} % of the variance",
      differing(family.size(), names), largest * 100.0);
}

void add_merged(const char* key, const char* what, const std::vector<std::string>& merged,
                std::vector<TestSentence>& sentences) {
  if (merged.empty()) return;
  sentences.push_back(
      {key,
       fmt::format("{} {} merged for pairs, with few sessions or beyond the 40 largest: {}",
                   count_text(static_cast<std::int64_t>(merged.size())), what, list_of(merged))});
}

}  // namespace

std::vector<TestSentence> test_sentences(const Findings& findings) {
  std::vector<TestSentence> sentences;
  const auto add_association = [&](const char* key, const char* title,
                                   const std::optional<Association>& found) {
    if (found) sentences.push_back({key, association_line(title, *found, findings)});
  };
  const auto add_family = [&](const char* key, const char* title,
                              const std::vector<Comparison>& family) {
    if (family.empty()) return;
    sentences.push_back({key, comparison_line(title, family, findings.margin)});
  };
  add_association("channel-conversion", "Conversion by channel", findings.channel_conversion);
  add_family("channel-pairs", "Pairs of channels", findings.channel_pairs);
  add_family("channel-rest", "Channels against the rest", findings.channel_rest);
  if (!findings.stratified.empty()) {
    sentences.push_back({"channels-in-devices", stratified_line(findings.stratified)});
  }
  add_association("device-conversion", "Conversion by device type", findings.device_conversion);
  add_family("device-pairs", "Pairs of device types", findings.device_pairs);
  add_association("channel-persona", "Personas by channel", findings.channel_persona);
  if (!findings.features.empty()) {
    sentences.push_back({"features", feature_line(findings.features)});
  }
  add_merged("merged-channels", "channels", findings.merged_channels, sentences);
  add_merged("merged-devices", "device types", findings.merged_devices, sentences);
  return sentences;
}

std::string test_list(const Findings& findings, const TextOptions& options) {
  std::string text;
  for (const TestSentence& sentence : test_sentences(findings)) {
    text += wrapped_text(sentence.text, options.width);
  }
  return text;
}

}  // namespace covey::driver
