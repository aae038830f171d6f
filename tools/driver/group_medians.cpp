#include "group_medians.h"

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <tuple>

namespace covey::driver {
namespace {

/// An integer in the order of the doubles: bits of x >= 0 behind a leading 1, else their
/// complement.
using Key = std::uint64_t;
constexpr int kKeyBits = 64;
constexpr Key kSign = Key{1} << 63;
constexpr Key kNoKey = std::numeric_limits<Key>::max();

Key bits_of(double x) { return std::bit_cast<Key>(x + 0.0); }  // -0 becomes +0
Key key_of(Key bits) { return (bits & kSign) != 0 ? ~bits : bits | kSign; }
double value_of(Key key) { return std::bit_cast<double>((key & kSign) != 0 ? key & ~kSign : ~key); }

/// The first `count` bits of a key.
Key leading(Key key, int count) { return count == 0 ? 0 : key >> (kKeyBits - count); }

/// A value that may be the median of its group.
struct Candidate {
  std::size_t group;
  Key key;
  std::int64_t weight;
};

/// Medians of one feature. Selects the lower middle value of every group digit by digit from the
/// highest bit: each pass over the rows counts, in each group, those that agree with the digits
/// found so far by their next digit. Once few are left, they are gathered and sorted.
class FeatureMedians {
 public:
  FeatureMedians(const Columns& columns, int feature, std::span<const std::int32_t> group,
                 std::span<const std::int64_t> sessions)
      : columns_(columns),
        values_(columns.features[static_cast<std::size_t>(feature)]),
        group_(group),
        sessions_(sessions),
        prefix_(sessions.size(), 0),
        inside_(sessions.begin(), sessions.end()),
        rank_(sessions.size()),
        next_(sessions.size(), kNoKey) {
    for (std::size_t g = 0; g < rank_.size(); ++g) rank_[g] = (sessions[g] - 1) / 2;
    constexpr std::int64_t kMostCounts = 1 << 16, kFewestCounts = 1 << 10;
    const std::int64_t most = std::clamp(columns.rows, kFewestCounts, kMostCounts);
    while (digit_ > 4 && (groups() << digit_) > most) --digit_;
  }

  /// By group; of a group without sessions, anything.
  std::vector<double> find() {
    const std::int64_t few = 4096 + columns_.rows / 256;
    while (known_ < last_ && std::accumulate(inside_.begin(), inside_.end(), std::int64_t{0}) > few)
      narrow();
    return middle_values(known_ < last_ ? gathered() : settled());
  }

 private:
  struct Counts {
    std::vector<std::int64_t> weight;  ///< by group and digit
    Key any = 0;                       ///< bits that are set in some value
  };

  std::int64_t groups() const { return static_cast<std::int64_t>(sessions_.size()); }

  /// visit(sum, group, bits, weight) for every row, with a sum a thread.
  template <typename Sum, typename Visit>
  void over_rows(tbb::enumerable_thread_specific<Sum>& sums, Visit visit) const {
    constexpr std::int64_t kGrain = 1 << 16;
    tbb::parallel_for(tbb::blocked_range<std::int64_t>(0, columns_.rows, kGrain),
                      [&](const tbb::blocked_range<std::int64_t>& rows) {
                        Sum& sum = sums.local();
                        const std::int32_t* group = group_.data();
                        const Column values = values_;
                        const auto over = [&](auto weight_of) {
                          for (std::int64_t row = rows.begin(); row != rows.end(); ++row)
                            visit(sum, static_cast<std::size_t>(group[row]), bits_of(values[row]),
                                  weight_of(row));
                        };
                        const std::uint32_t* weight = columns_.multiplicity.data();
                        if (columns_.multiplicity.empty())
                          over([](std::int64_t) { return std::int64_t{1}; });
                        else
                          over([weight](std::int64_t row) { return std::int64_t{weight[row]}; });
                      });
  }

  /// Finds one more digit of every group's value.
  void narrow() {
    const int digit = std::min(digit_, kKeyBits - known_);
    const Key mask = (Key{1} << digit) - 1;
    const int shift = kKeyBits - known_ - digit;
    tbb::enumerable_thread_specific<Counts> sums(
        Counts{std::vector<std::int64_t>(sessions_.size() << digit, 0)});
    const Key* prefix = prefix_.data();
    over_rows(sums, [=, known = known_](Counts& sum, std::size_t g, Key bits, std::int64_t weight) {
      sum.any |= bits;
      const Key key = key_of(bits);
      if (leading(key, known) == prefix[g])
        sum.weight[(g << digit) + ((key >> shift) & mask)] += weight;
    });
    Counts total{std::vector<std::int64_t>(sessions_.size() << digit, 0)};
    for (const Counts& sum : sums) {
      total.any |= sum.any;
      std::transform(total.weight.begin(), total.weight.end(), sum.weight.begin(),
                     total.weight.begin(), std::plus<>());
    }
    for (std::size_t g = 0; g < sessions_.size(); ++g) {
      if (sessions_[g] == 0) continue;
      const std::int64_t* weight = &total.weight[g << digit];
      Key found = 0;
      while (rank_[g] >= weight[found]) rank_[g] -= weight[found++];
      prefix_[g] = (prefix_[g] << digit) | found;
      inside_[g] = weight[found];
    }
    known_ += digit;
    // Bits that no value has set (whole numbers end in many) need not be looked for.
    last_ = total.any == 0 ? 1 : kKeyBits - std::countr_zero(total.any);
  }

  /// The rows that agree with all digits found, in order; next_ gets the smallest key above them.
  std::vector<Candidate> gathered() {
    struct Part {
      std::vector<Candidate> candidates;
      std::vector<Key> next;
    };
    tbb::enumerable_thread_specific<Part> parts(Part{{}, next_});
    const Key* prefix = prefix_.data();
    over_rows(parts, [=, known = known_](Part& part, std::size_t g, Key bits, std::int64_t weight) {
      const Key key = key_of(bits), lead = leading(key, known);
      if (lead == prefix[g]) part.candidates.push_back({g, key, weight});
      if (lead > prefix[g] && key < part.next[g]) part.next[g] = key;
    });
    std::vector<Candidate> all;
    for (const Part& part : parts) {
      all.insert(all.end(), part.candidates.begin(), part.candidates.end());
      std::transform(next_.begin(), next_.end(), part.next.begin(), next_.begin(),
                     [](Key a, Key b) { return std::min(a, b); });
    }
    std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
      return std::tie(a.group, a.key) < std::tie(b.group, b.key);
    });
    return all;
  }

  /// One candidate a group, where every bit is known; next_ as above.
  std::vector<Candidate> settled() {
    tbb::enumerable_thread_specific<std::vector<Key>> parts(next_);
    const Key* prefix = prefix_.data();
    over_rows(parts,
              [=, known = known_](std::vector<Key>& next, std::size_t g, Key bits, std::int64_t) {
                const Key key = key_of(bits);
                if (leading(key, known) > prefix[g] && key < next[g]) next[g] = key;
              });
    for (const auto& part : parts) {
      std::transform(next_.begin(), next_.end(), part.begin(), next_.begin(),
                     [](Key a, Key b) { return std::min(a, b); });
    }
    std::vector<Candidate> found;
    for (std::size_t g = 0; g < sessions_.size(); ++g) {
      if (sessions_[g] == 0) continue;
      Key key = known_ == kKeyBits ? prefix_[g] : prefix_[g] << (kKeyBits - known_);
      // The bits left out are 0 in every value: 1 in the keys of negative ones.
      if ((key & kSign) == 0 && known_ < kKeyBits) key |= kNoKey >> known_;
      found.push_back({g, key, inside_[g]});
    }
    return found;
  }

  /// Walks each group's candidates to its rank.
  std::vector<double> middle_values(const std::vector<Candidate>& candidates) const {
    std::vector<double> medians(sessions_.size(), 0.0);
    for (std::size_t at = 0; at < candidates.size();) {
      const std::size_t g = candidates[at].group;
      std::int64_t below = candidates[at].weight;
      while (below <= rank_[g]) below += candidates[++at].weight;
      const Key low = candidates[at].key;
      Key high = low;
      if (sessions_[g] % 2 == 0 && below == rank_[g] + 1) {
        const bool has_next = at + 1 < candidates.size() && candidates[at + 1].group == g;
        high = has_next ? candidates[at + 1].key : next_[g];
      }
      medians[g] = low == high ? value_of(low) : (value_of(low) + value_of(high)) / 2.0;
      while (at < candidates.size() && candidates[at].group == g) ++at;
    }
    return medians;
  }

  const Columns& columns_;
  Column values_;
  std::span<const std::int32_t> group_;
  std::span<const std::int64_t> sessions_;
  int digit_ = 11;                    ///< bits of a digit
  int known_ = 0;                     ///< leading bits found
  int last_ = kKeyBits;               ///< leading bits that tell values apart
  std::vector<Key> prefix_;           ///< of each group: the leading bits of its lower middle value
  std::vector<std::int64_t> inside_;  ///< sessions that agree with them
  std::vector<std::int64_t> rank_;    ///< of the lower middle value among those
  std::vector<Key> next_;             ///< smallest key above them
};

}  // namespace

std::vector<std::vector<double>> group_medians(const Columns& columns,
                                               std::span<const std::int32_t> group,
                                               std::span<const std::int64_t> sessions) {
  const auto d = static_cast<std::size_t>(columns.dimensions());
  std::vector<std::vector<double>> medians(sessions.size());
  for (std::size_t g = 0; g < sessions.size(); ++g) {
    if (sessions[g] > 0) medians[g].resize(d);
  }
  tbb::parallel_for(std::size_t{0}, d, [&](std::size_t f) {
    const auto found = FeatureMedians(columns, static_cast<int>(f), group, sessions).find();
    for (std::size_t g = 0; g < sessions.size(); ++g) {
      if (sessions[g] > 0) medians[g][f] = found[g];
    }
  });
  return medians;
}

}  // namespace covey::driver
