#include "result_tables.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "choose_k.h"
#include "names.h"
#include "text_format.h"
#include "wrapped_text.h"

namespace covey::driver {
namespace {

/// |residual| beyond which a cell is coloured: about one in a thousand by chance alone.
constexpr double kNotableResidual = 3.29;

Tone tone_of(double value, double threshold) {
  if (std::abs(value) < threshold) return Tone::kPlain;
  return value > 0.0 ? Tone::kHigh : Tone::kLow;
}

/// Columns for the names of rows and for sessions, share and rate.
struct Head {
  TextColumn name, sessions{"Sessions"}, share{"Share"}, rate{"Conversion (95 %)"};

  explicit Head(std::string_view header) : name{std::string(header), false} {}

  void add(const std::string& label, std::int64_t count, double part, const Rate& conversion) {
    name.cells.push_back(label);
    sessions.cells.push_back(count_text(count));
    share.cells.push_back(percent_text(part));
    rate.cells.push_back(rate_text(conversion));
  }
};

/// The verdict on a k, led by "chosen" for the one that was.
std::string verdict_text(const KChoice& choice) {
  if (!choice.chosen || choice.verdict.starts_with("chosen")) return choice.verdict;
  return choice.verdict.empty() ? "chosen" : "chosen; " + choice.verdict;
}

std::vector<TextColumn> mean_columns(const std::vector<std::string>& feature_names) {
  std::vector<TextColumn> columns(feature_names.size());
  for (std::size_t f = 0; f < columns.size(); ++f) columns[f].header = feature_names[f];
  return columns;
}

std::string table_of(Head head, std::vector<TextColumn> means, bool rates,
                     const TextOptions& options, std::string_view more_in) {
  std::vector<TextColumn> columns = {std::move(head.name), std::move(head.sessions),
                                     std::move(head.share)};
  if (rates) columns.push_back(std::move(head.rate));
  for (TextColumn& column : means) columns.push_back(std::move(column));
  return text_table(columns, 1, options, more_in);
}

}  // namespace

std::string persona_table(const std::vector<std::string>& feature_names, const Profile& profile,
                          const TextOptions& options) {
  Head head("Persona");
  std::vector<TextColumn> means = mean_columns(feature_names);
  for (const Persona& persona : profile.personas) {
    head.add(persona.name, persona.sessions, persona.share, persona.conversion);
    for (std::size_t f = 0; f < means.size(); ++f) {
      means[f].cells.push_back(mean_text(persona.mean[f]));
      means[f].tones.push_back(tone_of(persona.z[f], kNameThreshold));
    }
  }
  return table_of(std::move(head), std::move(means), profile.conversion.trials > 0, options,
                  "personas.csv");
}

std::string reason_list(const Profile& profile, const TextOptions& options) {
  std::string text;
  for (const Persona& persona : profile.personas) {
    text += wrapped_text(persona.name + ": " + persona.reason, options.width);
    const DecisionRule& rule = persona.rule;
    if (rule.text.empty()) continue;
    text += wrapped_text(fmt::format("{}: precision {}, recall {}", rule.text,
                                     percent_text(rule.precision), percent_text(rule.recall)),
                         options.width, "  ");
  }
  return text;
}

std::string group_table(std::string_view header, const std::vector<std::string>& feature_names,
                        const std::vector<Group>& groups, const TextOptions& options,
                        std::string_view more_in) {
  if (groups.empty()) return "";
  Head head(header);
  std::vector<TextColumn> means = mean_columns(feature_names);
  for (const Group& group : groups) {
    head.add(group.name, group.sessions, group.share, group.conversion);
    for (std::size_t f = 0; f < means.size(); ++f) {
      means[f].cells.push_back(mean_text(group.mean[f]));
    }
  }
  const bool rates = groups.front().conversion.trials > 0;
  return table_of(std::move(head), std::move(means), rates, options, more_in);
}

std::string channel_persona_table(const Profile& profile, const std::vector<Cell>& cells,
                                  const TextOptions& options) {
  if (cells.empty()) return "";
  std::vector<TextColumn> columns = {{"Channel", false}};
  for (const Persona& persona : profile.personas) columns.push_back({persona.name});
  for (std::size_t at = 0; at < cells.size(); ++at) {
    const Cell& cell = cells[at];
    if (at % profile.personas.size() == 0) {
      columns.front().cells.push_back(cell.channel);
      for (std::size_t column = 1; column < columns.size(); ++column) {
        columns[column].cells.emplace_back();
        columns[column].tones.push_back(Tone::kPlain);
      }
    }
    TextColumn& column = columns[static_cast<std::size_t>(cell.cluster) + 1];
    column.cells.back() =
        fmt::format("{} ({})", percent_text(cell.share), signed_text(cell.residual));
    column.tones.back() = tone_of(cell.residual, kNotableResidual);
  }
  return text_table(columns, 1, options, "channel_personas.csv");
}

std::string k_choice_table(const std::vector<KChoice>& choices, const TextOptions& options) {
  std::vector<TextColumn> columns = {
      {"k"}, {"Inertia"}, {"Calinski-Harabasz"}, {"Davies-Bouldin"}, {"Silhouette"}};
  TextColumn gap{"Gap"}, jaccard{"Jaccard"}, ari{"ARI"}, verdict{"", false};
  bool tested = false;
  for (const KChoice& choice : choices) {
    columns[0].cells.push_back(fmt::format("{}", choice.k));
    columns[1].cells.push_back(mean_text(choice.inertia));
    columns[2].cells.push_back(mean_text(choice.calinski_harabasz));
    columns[3].cells.push_back(fmt::format("{:.2f}", choice.davies_bouldin));
    columns[4].cells.push_back(fmt::format("{:.3f}", choice.silhouette));
    gap.cells.push_back(choice.gap ? fmt::format("{:.3f}", *choice.gap) : "-");
    const auto least = least_jaccard(choice);
    jaccard.cells.push_back(least ? fmt::format("{:.2f}", *least) : "-");
    ari.cells.push_back(choice.ari ? fmt::format("{:.2f}", *choice.ari) : "-");
    verdict.cells.push_back(verdict_text(choice));
    verdict.tones.push_back(choice.chosen ? Tone::kHigh : Tone::kPlain);
    tested = tested || choice.ari.has_value();
  }
  if (tested) {
    columns.push_back(std::move(gap));
    columns.push_back(std::move(jaccard));
    columns.push_back(std::move(ari));
  }
  columns.push_back(std::move(verdict));
  return text_table(columns, 1, options, "k_choice.csv");
}

std::string choice_text(const ChoiceOfK& choice, const TextOptions& options) {
  std::string text = wrapped_text(choice.sentence, options.width);
  if (choice.references > 0) {
    text += wrapped_text(
        fmt::format(
            "Gap, Jaccard (of the least stable persona) and ARI are of a sample of {} sessions: {} "
            "references, {} bootstrap samples.",
            count_text(choice.sample_sessions), choice.references, choice.bootstraps),
        options.width);
  }
  return text;
}

}  // namespace covey::driver
