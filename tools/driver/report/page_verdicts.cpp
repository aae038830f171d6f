#include "report/page_verdicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "finding_text.h"
#include "recommend.h"
#include "report/html.h"
#include "test_rows.h"
#include "text_format.h"

namespace covey::driver {
namespace {

/// A residual beyond which a cell stands out: about one in a thousand by chance alone.
constexpr double kNotableResidual = 3.29;

/// p_text within a page: "p < 0.001".
std::string p_html(double p) { return html_text(p_text(p)); }

/// A channel or device type in a sentence: one without a letter gets the word before it.
std::string group_html(std::string_view kind, const std::string& name) {
  const std::string label = label_of(kind, name);
  return label == name ? isolated_html(name) : fmt::format("{} {}", kind, isolated_html(name));
}

/// The groups with the lowest and the highest rate, of those that are not `sparse`.
std::pair<const Group*, const Group*> extremes(const std::vector<Group>& groups,
                                               const std::vector<std::string>& sparse) {
  const Group *least = nullptr, *most = nullptr;
  for (const Group& group : groups) {
    if (std::find(sparse.begin(), sparse.end(), group.name) != sparse.end()) continue;
    if (least == nullptr || group.conversion.value < least->conversion.value) least = &group;
    if (most == nullptr || group.conversion.value > most->conversion.value) most = &group;
  }
  return {least, most};
}

}  // namespace

std::string structure_verdict(const ChoiceOfK& choice) {
  if (choice.k == 1) {
    return choice.structure == Structure::kNone
               ? "The sessions show no groups: all of them are one persona."
               : "All sessions were taken as one persona.";
  }
  switch (choice.structure) {
    case Structure::kClear:
      return fmt::format("The sessions fall into {} groups that are clearly apart.", choice.k);
    case Structure::kWeak:
      return fmt::format(
          "The sessions fall into {} groups, but weakly: they overlap or come back only in part "
          "when sessions are drawn anew.",
          choice.k);
    case Structure::kSeveral:
      return fmt::format(
          "The sessions fall into groups, and several divisions are as good: {} groups were taken, "
          "{} would do as well.",
          choice.k, fmt::join(choice.as_good, " or "));
    case Structure::kNone:
      return fmt::format(
          "The sessions show no groups: the {} personas below only slice one cloud, for "
          "description.",
          choice.k);
    case Structure::kUnstable:
      return fmt::format(
          "No division into groups holds when sessions are drawn anew; the {} personas below are "
          "for description only.",
          choice.k);
    case Structure::kNotTested:
      break;
  }
  return fmt::format(
      "The sessions were divided into {} groups; whether they form groups at all was not tested.",
      choice.k);
}

std::string personas_verdict(const Profile& profile) {
  const auto& personas = profile.personas;
  if (personas.size() == 1) {
    return fmt::format("The one persona, {}, is all sessions.",
                       isolated_html(personas.front().name));
  }
  const auto largest =
      std::max_element(personas.begin(), personas.end(),
                       [](const Persona& a, const Persona& b) { return a.sessions < b.sessions; });
  std::string text = fmt::format("The largest persona is {}, with {} of all sessions",
                                 isolated_html(largest->name), percent_text(largest->share));
  if (profile.conversion.trials == 0) return text + '.';
  const auto best = std::max_element(
      personas.begin(), personas.end(),
      [](const Persona& a, const Persona& b) { return a.conversion.value < b.conversion.value; });
  if (best == largest) {
    return text + fmt::format("; it converts best too, {}.", rate_text(best->conversion));
  }
  return text + fmt::format("; {} converts best, {}.", isolated_html(best->name),
                            rate_text(best->conversion));
}

std::string features_verdict(const std::vector<std::string>& names, const Profile& profile) {
  const auto& shares = profile.eta_squared;
  const auto most = std::max_element(shares.begin(), shares.end());
  if (profile.personas.size() < 2 || most == shares.end()) {
    return "There is one persona: nothing sets it apart.";
  }
  return fmt::format("{} tells the personas apart best: {} of how it varies is between them.",
                     isolated_html(names[static_cast<std::size_t>(most - shares.begin())]),
                     percent_text(*most));
}

std::string conversion_verdict(const Association& found, const std::vector<Group>& groups,
                               const Findings& findings) {
  const bool channels = found.rows == "channel";
  const auto& pairs = channels ? findings.channel_pairs : findings.device_pairs;
  if (!found.differs) {
    const auto equal =
        std::count_if(pairs.begin(), pairs.end(), [](const auto& pair) { return pair.equivalent; });
    std::string text = fmt::format(
        "No difference in conversion between {}s is shown: chance alone could make what there is "
        "({}).",
        found.rows, p_html(found.p));
    if (pairs.empty()) return text;
    return text + fmt::format(" {} of {} pairs are shown to be equal within {}.", equal,
                              pairs.size(), points_text(findings.margin));
  }
  const auto [least, most] =
      extremes(groups, channels ? findings.merged_channels : findings.merged_devices);
  std::string verdict = verdict_of(found, findings);
  verdict.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(verdict.front())));
  if (least == most) return fmt::format("{} in conversion ({}).", verdict, p_html(found.p));
  return fmt::format("{} in conversion ({}): highest is {}, {}; lowest is {}, {}.", verdict,
                     p_html(found.p), group_html(found.rows, most->name),
                     rate_text(most->conversion), group_html(found.rows, least->name),
                     rate_text(least->conversion));
}

std::string volume_verdict(const std::vector<Group>& groups) {
  const Group& largest = groups.front();
  return fmt::format("Most sessions come by {}: {}, {} of all.",
                     group_html("channel", largest.name), count_text(largest.sessions),
                     percent_text(largest.share));
}

std::string composition_verdict(const Association& found) {
  if (!found.differs) {
    return fmt::format(
        "Channels are not shown to bring different personas: chance alone could make what "
        "differences there are ({}).",
        p_html(found.p));
  }
  const bool hardly = verdict_of(found, Findings()).find("hardly") != std::string::npos;
  return fmt::format("Channels {} in the personas that they bring ({}; Cramer&#39;s V {}).",
                     hardly ? "differ, but hardly," : "differ", p_html(found.p),
                     effect_text(found.cramers_v));
}

std::string residuals_verdict(const std::vector<Cell>& cells) {
  const auto notable = std::count_if(cells.begin(), cells.end(), [](const Cell& cell) {
    return std::abs(cell.residual) >= kNotableResidual;
  });
  if (notable == 0) {
    return "No persona is more or less frequent in a channel than chance explains.";
  }
  const auto most = std::max_element(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) {
    return std::abs(a.residual) < std::abs(b.residual);
  });
  return fmt::format(
      "{} of {} pairs of channel and persona are beyond chance; the furthest: {} is {} frequent "
      "in {} than in all sessions.",
      notable, cells.size(), isolated_html(most->persona), most->residual > 0 ? "more" : "less",
      group_html("channel", most->channel));
}

std::string money_verdict(const Money& money) {
  std::string earning;
  int with_spend = 0, count = 0;
  for (const ChannelMoney& row : money.channels) {
    if (row.return_on_spend) ++with_spend;
    if (row.verdict != "earns back its cost") continue;
    earning += (count++ > 0 ? ", " : "") + group_html("channel", row.channel);
  }
  if (with_spend == 0) return "What channels bring for what they cost is not known.";
  if (count == 0) {
    return fmt::format("No channel of {} with spend is shown to earn back its cost.", with_spend);
  }
  return fmt::format("{} of {} channels with spend are shown to earn back their cost: {}.", count,
                     with_spend, earning);
}

}  // namespace covey::driver
