#include "ingest_finish.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <span>
#include <utility>

#include "covey/error.h"

namespace covey::driver {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the data hash is over little-endian bytes");

/// Of values that are not NaN.
double median_of(std::vector<double>&& values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto upper = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), upper, values.end());
  if (values.size() % 2 == 1) return *upper;
  return std::midpoint(*std::max_element(values.begin(), upper), *upper);
}

double plain_median(const std::vector<double>& feature) {
  std::vector<double> values;
  values.reserve(feature.size());
  std::copy_if(feature.begin(), feature.end(), std::back_inserter(values),
               [](double x) { return !std::isnan(x); });
  return median_of(std::move(values));
}

/// For weights that are few: each value as often as it counts.
double repeated_median(const std::vector<double>& feature, std::span<const std::uint32_t> weight,
                       std::uint64_t sessions) {
  std::vector<double> values;
  values.reserve(sessions);
  for (std::size_t i = 0; i < feature.size(); ++i) {
    if (!std::isnan(feature[i])) values.insert(values.end(), weight[i], feature[i]);
  }
  return median_of(std::move(values));
}

double weighted_median(const std::vector<double>& feature, std::span<const std::uint32_t> weight) {
  const auto all = std::accumulate(weight.begin(), weight.end(), std::uint64_t{0});
  constexpr std::uint64_t kFew = 2;
  if (all <= kFew * weight.size()) return repeated_median(feature, weight, all);
  std::vector<std::pair<double, std::uint32_t>> values;
  values.reserve(feature.size());
  std::uint64_t sessions = 0;
  for (std::size_t i = 0; i < feature.size(); ++i) {
    if (std::isnan(feature[i])) continue;
    values.emplace_back(feature[i], weight[i]);
    sessions += weight[i];
  }
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  // Halves the range that holds session number `rank`, from 0, in ascending order: values before
  // `begin` are no greater, and stand for `before` sessions.
  const std::uint64_t rank = sessions / 2;
  std::uint64_t before = 0;
  auto begin = values.begin(), end = values.end();
  while (end - begin > 1) {
    const auto middle = begin + (end - begin) / 2;
    std::nth_element(begin, middle, end);
    const std::uint64_t left =
        std::accumulate(begin, middle, std::uint64_t{0},
                        [](std::uint64_t sum, const auto& value) { return sum + value.second; });
    if (rank < before + left) {
      end = middle;
    } else {
      before += left;
      begin = middle;
    }
  }
  if (sessions % 2 == 1 || rank > before) return begin->first;
  return std::midpoint(std::max_element(values.begin(), begin)->first, begin->first);
}

/// Sum modulo 2^128, high and low half.
using Sum128 = std::array<std::uint64_t, 2>;

Sum128 added(Sum128 a, Sum128 b) {
  const std::uint64_t low = a[1] + b[1];
  return {a[0] + b[0] + (low < b[1] ? 1 : 0), low};
}

__extension__ using Uint128 = unsigned __int128;

Sum128 times(XXH128_hash_t hash, std::uint32_t count) {
  const Uint128 product = ((Uint128{hash.high64} << 64) | hash.low64) * count;
  return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
}

/// A text behind its length, as hashed.
class Prefixed {
 public:
  explicit Prefixed(std::string_view text) : size_(sizeof(std::uint64_t) + text.size()) {
    const std::uint64_t length = text.size();
    bytes_.resize(std::max(size_, kShort));
    std::memcpy(bytes_.data(), &length, sizeof length);
    std::copy(text.begin(), text.end(), bytes_.begin() + sizeof length);
  }
  std::size_t room() const { return bytes_.size(); }
  /// Writes to a place with room() and returns its end there.
  char* put(char* to) const {
    if (size_ <= kShort) {
      std::memcpy(to, bytes_.data(), kShort);  // of one size: no call
    } else {
      std::memcpy(to, bytes_.data(), size_);
    }
    return to + size_;
  }

 private:
  static constexpr std::size_t kShort = 32;
  std::size_t size_;
  std::vector<char> bytes_;
};

/// The names by code; one empty text where the column is not there.
std::vector<Prefixed> prefixed_names(const Category& category) {
  std::vector<Prefixed> names(category.names.begin(), category.names.end());
  if (names.empty()) names.emplace_back("");
  return names;
}

std::size_t most_room(const std::vector<Prefixed>& texts) {
  std::size_t room = 0;
  for (const Prefixed& text : texts) room = std::max(room, text.room());
  return room;
}

}  // namespace

void impute(Sessions& sessions, const std::map<std::string, double>& given) {
  std::vector<double> medians(sessions.features.size());
  const std::span<const std::uint32_t> weight =
      sessions.tuple.empty() ? sessions.multiplicity : sessions.tuple_weight;
  tbb::parallel_for(std::size_t{0}, medians.size(), [&](std::size_t f) {
    auto& feature = sessions.features[f];
    const auto known = given.find(sessions.feature_names[f]);
    medians[f] = known != given.end() ? known->second
                 : weight.empty()     ? plain_median(feature)
                                      : weighted_median(feature, weight);
    if (!sessions.ledger.imputed.contains(sessions.feature_names[f])) return;
    std::replace_if(
        feature.begin(), feature.end(), [](double x) { return std::isnan(x); }, medians[f]);
  });
  for (std::size_t f = 0; f < medians.size(); ++f) {
    if (std::isnan(medians[f])) {
      throw Error(ErrorKind::kData,
                  "feature '" + sessions.feature_names[f] + "' has missing values only", "",
                  "leave it out of --features");
    }
    sessions.medians[sessions.feature_names[f]] = medians[f];
  }
}

std::array<std::uint64_t, 2> hash_of_data(const Sessions& sessions) {
  const auto channels = prefixed_names(sessions.channel),
             device_types = prefixed_names(sessions.device_type);
  const std::vector<Prefixed> conversions = {Prefixed("0"), Prefixed("1"), Prefixed("")};
  const std::size_t d = sessions.features.size();
  const std::size_t room =
      d * sizeof(double) + most_room(channels) + most_room(device_types) + most_room(conversions);
  const auto of_code = [](const Category& category, std::size_t row) {
    return category.code.empty() ? std::size_t{0} : static_cast<std::size_t>(category.code[row]);
  };
  using Range = tbb::blocked_range<std::size_t>;
  constexpr std::size_t kGrain = 1 << 14;
  return tbb::parallel_reduce(
      Range(0, static_cast<std::size_t>(sessions.rows()), kGrain), Sum128{},
      [&](const Range& rows, Sum128 sum) {
        std::vector<char> bytes(room);
        for (std::size_t row = rows.begin(); row != rows.end(); ++row) {
          const std::size_t tuple = sessions.tuple_of(row);
          char* end = bytes.data();
          for (const auto& feature : sessions.features) {
            std::memcpy(end, &feature[tuple], sizeof(double));
            end += sizeof(double);
          }
          end = channels[of_code(sessions.channel, row)].put(end);
          end = device_types[of_code(sessions.device_type, row)].put(end);
          end = conversions[sessions.conversion.empty() ? 2 : sessions.conversion[row]].put(end);
          const auto size = static_cast<std::size_t>(end - bytes.data());
          sum = added(sum, times(XXH3_128bits(bytes.data(), size), sessions.weight_of(row)));
        }
        return sum;
      },
      added);
}

}  // namespace covey::driver
