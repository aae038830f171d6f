// Stage 6: what follows from the findings. Rules over figures that earlier stages made: no figure
// is computed anew here, and no rule speaks of spend where there is none.
#include "recommend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "covey/error.h"
#include "nearest_name.h"

namespace covey::driver {

bool sounds_paid(std::string_view channel) {
  constexpr std::array<std::string_view, 12> kWords = {
      "ad",  "ads",  "adwords",   "affiliate", "affiliates", "cpc",
      "ppc", "paid", "sponsored", "sem",       "display",    "retargeting"};
  std::string word;
  const auto known = [&] { return std::find(kWords.begin(), kWords.end(), word) != kWords.end(); };
  for (const char c : channel) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      word += static_cast<char>(std::tolower(byte));
      continue;
    }
    if (known()) return true;
    word.clear();
  }
  return known();
}

std::vector<const Group*> paid_channels(const Evidence& evidence) {
  const auto& named = evidence.analysis.paid;
  const auto& money = evidence.money.channels;
  const bool spend_known = std::any_of(
      money.begin(), money.end(), [](const ChannelMoney& row) { return row.spend.has_value(); });
  const auto is_paid = [&](const std::string& name) {
    if (!named.empty()) return std::find(named.begin(), named.end(), name) != named.end();
    if (!spend_known) return sounds_paid(name);
    return std::any_of(money.begin(), money.end(), [&](const ChannelMoney& row) {
      return row.channel == name && row.spend && *row.spend > 0.0;
    });
  };
  std::vector<const Group*> paid;
  for (const Group& channel : evidence.attribution.channels) {
    if (channel.name != kMissingCategory && is_paid(channel.name)) paid.push_back(&channel);
  }
  return paid;
}

std::string label_of(std::string_view kind, const std::string& name) {
  const bool has_letter = std::any_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalpha(byte) != 0 || byte >= 0x80;
  });
  return has_letter ? name : fmt::format("{} {}", kind, name);
}

Interval counts_of(const Rate& rate) {
  const auto trials = static_cast<double>(rate.trials);
  return {static_cast<double>(rate.successes), rate.low * trials, rate.high * trials};
}

void require_known_channels(const std::vector<std::string>& paid, const Category& channel) {
  for (const std::string& name : paid) {
    if (std::find(channel.names.begin(), channel.names.end(), name) != channel.names.end())
      continue;
    const auto nearest = nearest_name(name, channel.names);
    throw Error(ErrorKind::kUsage, fmt::format("'{}' is not a channel of the data", name), "--paid",
                nearest ? fmt::format("did you mean '{}'?", *nearest)
                        : "name channels as they stand in the data");
  }
}

std::vector<Recommendation> recommend(const Segmentation& segmentation, const Profile& profile,
                                      const Attribution& attribution, const Money& money,
                                      const AnalysisOptions& analysis) {
  const Evidence evidence{segmentation.choice, profile, attribution, money, analysis};
  std::vector<Recommendation> found;
  recommend_on_channels(evidence, found);
  recommend_on_paid_channels(evidence, found);
  recommend_on_personas(evidence, found);
  recommend_on_composition(evidence, found);
  recommend_on_structure(evidence, found);
  return found;
}

}  // namespace covey::driver
