#include "select.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "kernel.h"
#include "launch.h"

namespace covey::cuda {
namespace {

constexpr int kDigitBits = 8;
constexpr int kDigits = 1 << kDigitBits;

enum State : unsigned char { kCandidate, kChosen, kRejected };

/// What points are compared by: their key, or one of their coordinates.
struct Level {
  const std::uint64_t* key;
  const float* coordinate;  ///< null: the key

  __device__ std::uint64_t value(std::int64_t i) const {
    return coordinate == nullptr
               ? key[i]
               : static_cast<std::uint64_t>(static_cast<std::int64_t>(coordinate[i]) + (1 << 24));
  }
};
constexpr int kKeyBits = 64;
constexpr int kCoordinateBits = 25;  // |q| < 2^23, shifted by 2^24

/// Counts of the next digit among candidates whose higher digits equal those of `prefix`.
__global__ void count_digits(Level level, std::int64_t count, const unsigned char* state,
                             std::uint64_t prefix, int shift, std::int64_t* digits) {
  auto* own = reinterpret_cast<unsigned*>(shared_memory());
  for (int i = static_cast<int>(threadIdx.x); i < kDigits; i += kThreads) own[i] = 0;
  __syncthreads();
  for (std::int64_t i = first_item(); i < count; i += item_stride()) {
    if (state[i] != kCandidate) continue;
    const std::uint64_t value = level.value(i);
    const int above = shift + kDigitBits;
    if (above < 64 && value >> above != prefix >> above) continue;
    atomicAdd(own + (value >> shift & (kDigits - 1)), 1U);
  }
  __syncthreads();
  for (int i = static_cast<int>(threadIdx.x); i < kDigits; i += kThreads)
    if (own[i] != 0) atomic_add(digits + i, own[i]);
}

/// Candidates below the threshold are chosen, those above it rejected; equal ones stay candidates.
__global__ void settle(Level level, std::int64_t count, unsigned char* state,
                       std::uint64_t threshold) {
  for (std::int64_t i = first_item(); i < count; i += item_stride()) {
    if (state[i] != kCandidate) continue;
    const std::uint64_t value = level.value(i);
    if (value != threshold) state[i] = value < threshold ? kChosen : kRejected;
  }
}

__global__ void list_taken(std::int64_t count, const unsigned char* state, bool with_candidates,
                           std::uint32_t* taken, unsigned* length) {
  for (std::int64_t i = first_item(); i < count; i += item_stride())
    if (state[i] == kChosen || (with_candidates && state[i] == kCandidate))
      taken[atomicAdd(length, 1U)] = static_cast<std::uint32_t>(i);
}

__global__ void gather_rows(PointsView points, const std::uint32_t* index, std::int64_t count,
                            const std::uint64_t* key, std::int32_t* rows, std::uint64_t* keys) {
  for (std::int64_t e = first_item(); e < count * points.d; e += item_stride()) {
    const std::int64_t i = index[e / points.d];
    rows[e] = static_cast<std::int32_t>(points.q[e % points.d * points.stride + i]);
    if (e % points.d == 0) keys[e / points.d] = key[i];
  }
}

__global__ void reverse_order(const std::int64_t* value, std::int64_t count, std::uint64_t* key) {
  for (std::int64_t i = first_item(); i < count; i += item_stride())
    key[i] = ~static_cast<std::uint64_t>(value[i]);
}

/// Narrows the candidates level by level until all that are left belong to the answer.
class Selection {
 public:
  Selection(const Device& device, const PointsView& points, std::int64_t wanted)
      : device_(device), points_(points), wanted_(wanted), state_(points.count), digits_(kDigits) {
    state_.fill_bytes(kCandidate);
    candidates_ = points.count;
  }

  bool settled() const { return candidates_ == wanted_; }

  /// One level: finds the value of the last one wanted, digit by digit from the top.
  void narrow(const Level& level, int bits) {
    std::uint64_t threshold = 0;
    std::int64_t wanted = wanted_, equal = candidates_;
    for (int shift = (bits - 1) / kDigitBits * kDigitBits; shift >= 0; shift -= kDigitBits) {
      const auto digits = counted(level, threshold, shift);
      std::uint64_t digit = 0;
      while (digits[digit] < wanted) wanted -= digits[digit++];
      equal = digits[digit];
      threshold |= digit << shift;
    }
    launch(settle, spread(device_, points_.count), level, points_.count, state_.data(), threshold);
    wanted_ = wanted;  // of those equal to the threshold
    candidates_ = equal;
  }

  /// Chosen points, and all candidates that are left.
  Buffer<std::uint32_t> taken(std::int64_t count) {
    Buffer<std::uint32_t> taken(count);
    Buffer<unsigned> length(1);
    length.fill_bytes(0);
    launch(list_taken, spread(device_, points_.count), points_.count, state_.data(), true,
           taken.data(), length.data());
    COVEY_CUDA(cudaDeviceSynchronize());
    return taken;
  }

 private:
  std::array<std::int64_t, kDigits> counted(const Level& level, std::uint64_t prefix, int shift) {
    digits_.fill_bytes(0);
    Shape shape = spread(device_, points_.count);
    shape.shared_bytes = kDigits * sizeof(unsigned);
    launch(count_digits, shape, level, points_.count, state_.data(), prefix, shift, digits_.data());
    std::array<std::int64_t, kDigits> counts{};
    download(counts.data(), digits_.data(), kDigits);
    return counts;
  }

  const Device& device_;
  const PointsView& points_;
  std::int64_t wanted_, candidates_ = 0;
  Buffer<unsigned char> state_;
  Buffer<std::int64_t> digits_;
};

}  // namespace

Buffer<std::uint32_t> smallest_points(const Device& device, const PointsView& points,
                                      const Buffer<std::uint64_t>& key, std::int64_t count) {
  Selection selection(device, points, count);
  if (!selection.settled()) selection.narrow({key.data(), nullptr}, kKeyBits);
  for (int f = 0; f < points.d && !selection.settled(); ++f)
    selection.narrow({nullptr, points.q + f * points.stride}, kCoordinateBits);
  return selection.taken(count);
}

void ChosenRows::add(const ChosenRows& more) {
  rows.insert(rows.end(), more.rows.begin(), more.rows.end());
  keys.insert(keys.end(), more.keys.begin(), more.keys.end());
}

void ChosenRows::sort(int d, std::int64_t count) {
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto row = [&](std::size_t at) { return rows.data() + at * static_cast<std::size_t>(d); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return keys[a] != keys[b] ? keys[a] < keys[b] : compare_points(row(a), row(b), d) < 0;
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
  ChosenRows sorted;
  sorted.rows.reserve(order.size() * static_cast<std::size_t>(d));
  for (const std::size_t from : order) {
    sorted.rows.insert(sorted.rows.end(), row(from), row(from) + d);
    sorted.keys.push_back(keys[from]);
  }
  *this = std::move(sorted);
}

ChosenRows smallest_rows(const Device& device, const PointsView& points,
                         const Buffer<std::uint64_t>& key, std::int64_t count) {
  const Buffer<std::uint32_t> index = smallest_points(device, points, key, count);
  Buffer<std::int32_t> rows(count * points.d);
  Buffer<std::uint64_t> keys(count);
  launch(gather_rows, spread(device, rows.size()), points, index.data(), count, key.data(),
         rows.data(), keys.data());
  ChosenRows chosen{downloaded(rows.data(), rows.size()), downloaded(keys.data(), count)};
  chosen.sort(points.d, count);
  return chosen;
}

Buffer<std::uint64_t> falling_keys(const Device& device, const Buffer<std::int64_t>& value) {
  Buffer<std::uint64_t> key(value.size());
  launch(reverse_order, spread(device, value.size()), value.data(), value.size(), key.data());
  return key;
}

}  // namespace covey::cuda
