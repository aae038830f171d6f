// The stream of synthetic sessions: row i is drawn from Philox words keyed by (seed, i), in
// constant memory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "generate_mixture.h"

namespace covey::driver {

struct GeneratedSession {
  std::int64_t id;  ///< from 1
  std::int32_t clicks;
  std::int32_t page_views;
  std::int32_t time_spent;  ///< seconds
  std::uint8_t add_to_cart;
  std::uint8_t channel;  ///< index into kChannelNames
  std::uint8_t device;   ///< index into kDeviceNames
  std::uint8_t conversion;
  std::uint8_t type;  ///< index into kLatentTypes; never written
};

/// Words of one row; the position says what each is for.
inline constexpr int kWordsPerRow = 12;
std::array<std::uint32_t, kWordsPerRow> words_of(std::uint64_t seed, std::uint64_t row);

/// `total` split in proportion to `weights` (sum > 0): whole parts first, then one each to the
/// largest remainders, the lower index first. Exact for total * weight < 2^127.
std::vector<std::int64_t> largest_remainder(std::int64_t total,
                                            const std::vector<std::int64_t>& weights);

/// Channel, type, conversion and band of time of each session, without replacement from quotas: the
/// sessions of each channel and type, the conversions among them, and equal shares of kBands bands
/// of equal chance of the type's time spent, which hold each channel's mean time to that of the
/// mixture.
class QuotaStream {
 public:
  static constexpr int kBands = 64;

  explicit QuotaStream(std::int64_t rows);

  struct Draw {
    std::uint8_t channel, type, conversion;
    std::uint32_t time_word;
  };
  /// At most `rows` calls.
  Draw next(const std::array<std::uint32_t, kWordsPerRow>& words);

 private:
  static constexpr int kCells = kChannels * kTypes;
  static constexpr int kGroup = 8;  ///< bands counted together, so that a search takes few steps

  std::uint64_t left_ = 0;
  std::array<std::uint64_t, kCells> cell_left_{};
  std::array<std::uint64_t, kCells> conversions_left_{};
  std::array<std::array<std::uint64_t, kBands>, kCells> band_left_{};
  std::array<std::array<std::uint64_t, kBands / kGroup>, kCells> group_left_{};
};

/// Channel, type, conversion and time of each session, independent of every other session.
class IndependentStream {
 public:
  /// effect_points as in GenerateOptions, checked by the caller.
  explicit IndependentStream(double effect_points);

  QuotaStream::Draw next(const std::array<std::uint32_t, kWordsPerRow>& words) const;

 private:
  std::array<std::uint64_t, kChannels> channel_end_{};
  std::array<std::uint64_t, kTypes> type_end_{};
  std::array<std::array<std::uint64_t, kTypes>, kChannels> conversion_{};
};

/// All sessions of a file, in order.
class SessionStream {
 public:
  /// Throws covey::Error, kUsage, for rows or effect_points out of range.
  explicit SessionStream(const GenerateOptions& options);

  /// At most options.rows calls.
  GeneratedSession next();

 private:
  struct TypeTables {
    CountTable clicks, further_views, seconds;
    std::uint64_t cart;
  };

  std::uint64_t seed_;
  std::uint64_t row_ = 0;
  bool by_quota_;
  QuotaStream quota_;
  IndependentStream independent_;
  std::vector<TypeTables> tables_;  ///< by type
  std::array<std::uint64_t, kDevices> device_end_{};
};

}  // namespace covey::driver
