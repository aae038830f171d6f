// The mixture of four latent visitor types behind the generated sessions: its parameters, and the
// tables it is drawn from.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "generate.h"

namespace covey::driver {

inline constexpr int kTypes = 4;
inline constexpr int kDevices = 3;
inline constexpr std::array<std::string_view, kDevices> kDeviceNames = {"mobile", "desktop",
                                                                        "tablet"};
/// Chances of the devices, in per mille, the same for every type and channel.
inline constexpr std::array<int, kDevices> kDevicePermille = {580, 340, 80};

/// Negative binomial counts: a Poisson count whose rate is gamma distributed with this mean and
/// shape. The variance is mean + mean^2 / shape.
struct CountLaw {
  double mean;
  double shape;
};

struct LatentType {
  std::string_view name;
  int share_permille;       ///< of all sessions, and of each channel's
  int conversion_permille;  ///< before the channel's own quota shifts it
  int cart_permille;
  CountLaw clicks;
  CountLaw further_views;  ///< page views beyond the first
  CountLaw seconds;
};

inline constexpr std::array<LatentType, kTypes> kLatentTypes = {{
    {"Ready-to-Buy", 235, 436, 970, {3.6, 12}, {3.2, 12}, {115, 5}},
    {"Deep Researcher", 145, 201, 60, {4.0, 12}, {4.5, 10}, {417, 12}},
    {"Window Shopper", 275, 146, 15, {5.75, 40}, {6.8, 20}, {100, 4}},
    {"Passerby", 345, 88, 10, {1.6, 10}, {1.2, 8}, {74, 3}},
}};

/// A channel of the default data set: its sessions among 500,000, and how many of them convert.
struct ChannelQuota {
  std::int64_t sessions;
  std::int64_t conversions;
};

inline constexpr std::array<ChannelQuota, kChannels> kChannelQuotas = {
    {{150'000, 30'435}, {125'000, 25'363}, {50'000, 9'960}, {100'000, 20'200}, {75'000, 15'150}}};

/// Sum of share times conversion over the types: 0.202115.
constexpr double mixture_conversion_rate() {
  std::int64_t millionths = 0;
  for (const LatentType& type : kLatentTypes) {
    millionths += std::int64_t{type.share_permille} * type.conversion_permille;
  }
  return static_cast<double>(millionths) / 1e6;
}

/// Inverse distribution function of a CountLaw in steps of 2^-32, from additions, products and
/// quotients of doubles alone: its bits are the same on every machine.
class CountTable {
 public:
  explicit CountTable(const CountLaw& law);

  /// The count at quantile (word + 1/2) 2^-32.
  std::int32_t operator()(std::uint32_t word) const {
    std::size_t count = first_[word >> kShift];
    while (end_[count] <= word) ++count;
    return static_cast<std::int32_t>(count);
  }

  /// Exact mean of the table.
  double mean() const;

 private:
  static constexpr int kShift = 20;
  std::vector<std::uint64_t> end_;    ///< by count: 2^32 times the chance of at most this count
  std::vector<std::uint16_t> first_;  ///< by the word's top 12 bits: the smallest count it can mean
};

/// Threshold t for which a 32-bit word is below t with this chance in [0, 1], to 2^-32.
constexpr std::uint64_t chance_threshold(double chance) {
  return static_cast<std::uint64_t>(chance * 0x1p32);
}

}  // namespace covey::driver
