#include "generate_sessions.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "covey/arithmetic.h"
#include "covey/error.h"
#include "covey/random.h"

namespace covey::driver {
namespace {

using Wide = UInt128;

/// Fourth counter word of these draws, "covy": apart from every stream of the engine under the same
/// seed.
constexpr std::uint32_t kDomain = 0x636F7679;

constexpr std::int64_t kMostRows = 1'000'000'000'000;

/// Which word of a row decides what. 64-bit draws take two.
enum Word { kCell = 0, kConversion = 2, kBand = 4, kTime = 6, kClicks, kViews, kCart, kDevice };

std::uint64_t word64(const std::array<std::uint32_t, kWordsPerRow>& words, int at) {
  return (static_cast<std::uint64_t>(words[at]) << 32) | words[at + 1];
}

/// Uniform in [0, bound), from 64 random bits (Lemire 2019; its bias, below bound * 2^-64, is left
/// in).
std::uint64_t below(std::uint64_t bound, std::uint64_t random) {
  return static_cast<std::uint64_t>((Wide{random} * bound) >> 64);
}

/// Takes one from the counter in which `position` falls and returns its index; `position` becomes
/// that within it.
template <typename Counters>
int take(Counters& counters, std::size_t from, std::uint64_t& position) {
  std::size_t at = from;
  while (position >= counters[at]) position -= counters[at++];
  --counters[at];
  return static_cast<int>(at);
}

template <std::size_t n>
int pick(const std::array<std::uint64_t, n>& ends, std::uint32_t word) {
  int at = 0;
  while (ends[at] <= word) ++at;
  return at;
}

GenerateOptions checked(const GenerateOptions& options) {
  if (options.rows < 1 || options.rows > kMostRows) {
    throw Error(ErrorKind::kUsage, "cannot generate " + std::to_string(options.rows) + " rows",
                "--rows", "give a number from 1 to 10^12");
  }
  if (options.effect_points) {
    const double rate = mixture_conversion_rate();
    const double shifted = rate + *options.effect_points / 100;
    if (!(shifted >= 0 && shifted <= 1)) {
      throw Error(ErrorKind::kUsage,
                  "an effect of " + std::to_string(*options.effect_points) +
                      " points puts the conversion rate of Ads outside 0 to 100 %",
                  "--effect", "give -20.21 to 79.78 percentage points");
    }
  }
  return options;
}

}  // namespace

std::array<std::uint32_t, kWordsPerRow> words_of(std::uint64_t seed, std::uint64_t row) {
  std::array<std::uint32_t, kWordsPerRow> words;
  for (std::uint32_t block = 0; block < kWordsPerRow / 4; ++block) {
    const auto four = philox4x32(
        {static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(row >> 32), block, kDomain},
        {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    std::copy(four.begin(), four.end(), words.begin() + std::size_t{4} * block);
  }
  return words;
}

std::vector<std::int64_t> largest_remainder(std::int64_t total,
                                            const std::vector<std::int64_t>& weights) {
  const Wide sum = std::accumulate(weights.begin(), weights.end(), Wide{0});
  std::vector<std::int64_t> parts;
  std::vector<Wide> remainders;
  std::int64_t seats = total;
  for (const std::int64_t weight : weights) {
    const Wide product = Wide(total) * Wide(weight);
    parts.push_back(static_cast<std::int64_t>(product / sum));
    remainders.push_back(product % sum);
    seats -= parts.back();
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (std::int64_t seat = 0; seat < seats; ++seat) ++parts[order[seat]];
  return parts;
}

QuotaStream::QuotaStream(std::int64_t rows) : left_(rows) {
  std::vector<std::int64_t> volumes, shares;
  for (const ChannelQuota& quota : kChannelQuotas) volumes.push_back(quota.sessions);
  for (const LatentType& type : kLatentTypes) shares.push_back(type.share_permille);
  const auto sessions = largest_remainder(rows, volumes);
  for (int channel = 0; channel < kChannels; ++channel) {
    const auto of_type = largest_remainder(sessions[channel], shares);
    const ChannelQuota& quota = kChannelQuotas[channel];
    const auto conversions = static_cast<std::int64_t>(
        (2 * Wide(sessions[channel]) * quota.conversions + quota.sessions) /
        (2 * Wide(quota.sessions)));
    std::vector<std::int64_t> expected(kTypes);
    for (int type = 0; type < kTypes; ++type) {
      expected[type] = of_type[type] * kLatentTypes[type].conversion_permille;
    }
    const auto converting = conversions > 0 ? largest_remainder(conversions, expected)
                                            : std::vector<std::int64_t>(kTypes, 0);
    for (int type = 0; type < kTypes; ++type) {
      const int cell = channel * kTypes + type;
      cell_left_[cell] = of_type[type];
      conversions_left_[cell] = converting[type];
      // Centred steps: one session alone takes the band of the median.
      const auto before = [&](int band) { return (of_type[type] * band + kBands / 2) / kBands; };
      for (int band = 0; band < kBands; ++band) {
        band_left_[cell][band] = before(band + 1) - before(band);
        group_left_[cell][band / kGroup] += band_left_[cell][band];
      }
    }
  }
}

QuotaStream::Draw QuotaStream::next(const std::array<std::uint32_t, kWordsPerRow>& words) {
  std::uint64_t position = below(left_--, word64(words, kCell));
  std::size_t cell = 0;
  while (position >= cell_left_[cell]) position -= cell_left_[cell++];
  const std::uint64_t here = cell_left_[cell]--;

  const bool converts = below(here, word64(words, kConversion)) < conversions_left_[cell];
  if (converts) --conversions_left_[cell];

  std::uint64_t at = below(here, word64(words, kBand));
  const int group = take(group_left_[cell], 0, at);
  const int band = take(band_left_[cell], static_cast<std::size_t>(group) * kGroup, at);
  static_assert(kBands == 64);
  const std::uint32_t time_word = (static_cast<std::uint32_t>(band) << 26) | (words[kTime] >> 6);
  return {static_cast<std::uint8_t>(cell / kTypes), static_cast<std::uint8_t>(cell % kTypes),
          converts, time_word};
}

IndependentStream::IndependentStream(double effect_points) {
  std::int64_t sessions = 0;
  for (int channel = 0; channel < kChannels; ++channel) {
    sessions += kChannelQuotas[channel].sessions;
    channel_end_[channel] = (static_cast<std::uint64_t>(sessions) << 32) / 500'000;
  }
  std::uint64_t permille = 0;
  for (int type = 0; type < kTypes; ++type) {
    permille += kLatentTypes[type].share_permille;
    type_end_[type] = (permille << 32) / 1000;
  }
  const double rate = mixture_conversion_rate();
  const double shift = effect_points / 100;
  for (int channel = 0; channel < kChannels; ++channel) {
    for (int type = 0; type < kTypes; ++type) {
      double chance = kLatentTypes[type].conversion_permille / 1000.0;
      if (kChannelNames[channel] == "Ads") {
        // Towards 0 or towards 1 by the same part in every type: the mean over types moves by
        // exactly `shift`, and no chance leaves [0, 1].
        chance =
            shift <= 0 ? chance * (1 + shift / rate) : 1 - (1 - chance) * (1 - shift / (1 - rate));
      }
      conversion_[channel][type] = chance_threshold(chance);
    }
  }
}

QuotaStream::Draw IndependentStream::next(
    const std::array<std::uint32_t, kWordsPerRow>& words) const {
  const int channel = pick(channel_end_, words[kCell]);
  const int type = pick(type_end_, words[kCell + 1]);
  return {static_cast<std::uint8_t>(channel), static_cast<std::uint8_t>(type),
          words[kConversion] < conversion_[channel][type], words[kTime]};
}

SessionStream::SessionStream(const GenerateOptions& options)
    : seed_(checked(options).seed),
      by_quota_(!options.effect_points),
      quota_(options.rows),
      independent_(options.effect_points.value_or(0.0)) {
  for (const LatentType& type : kLatentTypes) {
    tables_.push_back({CountTable(type.clicks), CountTable(type.further_views),
                       CountTable(type.seconds), chance_threshold(type.cart_permille / 1000.0)});
  }
  std::uint64_t permille = 0;
  for (int device = 0; device < kDevices; ++device) {
    permille += kDevicePermille[device];
    device_end_[device] = (permille << 32) / 1000;
  }
}

GeneratedSession SessionStream::next() {
  const auto words = words_of(seed_, row_);
  const QuotaStream::Draw draw = by_quota_ ? quota_.next(words) : independent_.next(words);
  const TypeTables& tables = tables_[draw.type];
  GeneratedSession session;
  session.id = static_cast<std::int64_t>(++row_);
  session.clicks = tables.clicks(words[kClicks]);
  session.page_views = 1 + tables.further_views(words[kViews]);
  session.time_spent = tables.seconds(draw.time_word);
  session.add_to_cart = words[kCart] < tables.cart;
  session.channel = draw.channel;
  session.device = static_cast<std::uint8_t>(pick(device_end_, words[kDevice]));
  session.conversion = draw.conversion;
  session.type = draw.type;
  return session;
}

}  // namespace covey::driver
