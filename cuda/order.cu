// Order statistics of one feature, multiplicities counted: by a sort where device memory holds all
// values, else by counting digits, from the top, in passes over the columns.
#include <algorithm>

#include "budget.h"
#include "columns.h"
#include "kernel.h"
#include "points.h"
#include "sort.h"
#include "values.h"

namespace covey::cuda {
namespace {

__global__ void __launch_bounds__(kThreads)
    split_kernel(ColumnChunk chunk, FixedPoint fixed, bool log1p, std::int32_t* v) {
  for (std::int64_t i = first_item(); i < chunk.rows; i += item_stride())
    v[chunk.first + i] = fixed.split(internal::transformed(chunk.value(0, i), log1p)).v;
}

/// found[r] = the sorted value that covers ranks[r]. up_to[i]: multiplicities of values 0 ... i.
__global__ void __launch_bounds__(kThreads)
    pick_kernel(const std::int32_t* v, const std::uint32_t* up_to, std::int64_t count,
                const std::int64_t* ranks, std::int64_t wanted, std::int32_t* found) {
  for (std::int64_t r = first_item(); r < wanted; r += item_stride()) {
    std::int64_t low = ranks[r], high = ranks[r];
    if (up_to != nullptr) {
      low = 0;
      high = count - 1;
    }
    while (low < high) {  // the first that reaches beyond the rank
      const std::int64_t middle = (low + high) / 2;
      if (up_to[middle] > ranks[r])
        high = middle;
      else
        low = middle + 1;
    }
    found[r] = v[low];
  }
}

/// Bytes of device memory a row for a sort: values and weights, twice.
constexpr std::int64_t kSortBytes = 16;

constexpr int kDigitBits = 8;
constexpr int kDigits = 1 << kDigitBits;
/// Ranks whose digits are counted in one pass: as many as plain shared memory holds.
constexpr std::size_t kRanksAPass = 16;

/// Values in the order of unsigned integers.
COVEY_HOST_DEVICE std::uint32_t ordered(std::int32_t v) {
  return static_cast<std::uint32_t>(v) ^ 0x80000000U;
}

/// Ranks on their way: of each value the digits that are known.
struct SoughtRanks {
  const std::uint32_t* prefix;  ///< in device memory
  int count;
  int shift;  ///< of the digit that is counted
};

/// counts[r * kDigits + digit]: weights of the values that agree with rank r's known digits.
__global__ void __launch_bounds__(kThreads)
    count_digits_kernel(ColumnChunk chunk, FixedPoint fixed, bool log1p, SoughtRanks sought,
                        std::int64_t* counts) {
  auto* low = reinterpret_cast<std::uint32_t*>(shared_memory());
  const int cells = sought.count * kDigits;
  std::uint32_t* high = low + cells;
  for (int a = static_cast<int>(threadIdx.x); a < 2 * cells; a += kThreads) low[a] = 0;
  __syncthreads();
  for (std::int64_t i = first_item(); i < chunk.rows; i += item_stride()) {
    const std::uint32_t key =
        ordered(fixed.split(internal::transformed(chunk.value(0, i), log1p)).v);
    const std::uint64_t above = std::uint64_t{key} >> (sought.shift + kDigitBits);
    const int digit = static_cast<int>(key >> sought.shift) & (kDigits - 1);
    for (int r = 0; r < sought.count; ++r)
      if (above == std::uint64_t{sought.prefix[r]} >> (sought.shift + kDigitBits))
        add_in_words(low + r * kDigits + digit, high + r * kDigits + digit, chunk.weight(i));
  }
  __syncthreads();
  for (int a = static_cast<int>(threadIdx.x); a < cells; a += kThreads) {
    const std::int64_t count = from_words(low[a], high[a]);
    if (count != 0) atomic_add(counts + a, count);
  }
}

std::vector<std::int32_t> by_counting(const Device& device, std::span<const Columns> column,
                                      bool log1p, const FixedPoint& fixed,
                                      std::span<const std::int64_t> ranks) {
  std::vector<std::uint32_t> prefix(ranks.size(), 0);
  SoughtRanks sought{nullptr, static_cast<int>(ranks.size()), 0};
  std::vector<std::int64_t> left(ranks.begin(), ranks.end());  // rank among those that agree
  Buffer<std::int64_t> counts(static_cast<std::int64_t>(ranks.size()) * kDigits);
  for (sought.shift = 32 - kDigitBits; sought.shift >= 0; sought.shift -= kDigitBits) {
    counts.fill_bytes(0);
    const Buffer<std::uint32_t> known = uploaded(prefix);
    sought.prefix = known.data();
    for_chunks(device, column, [&](const ColumnChunk& chunk) {
      Shape shape = spread(device, chunk.rows);
      shape.shared_bytes = static_cast<std::size_t>(counts.size()) * 2 * sizeof(std::uint32_t);
      launch(count_digits_kernel, shape, chunk, fixed, log1p, sought, counts.data());
    });
    const std::vector<std::int64_t> found = downloaded(counts.data(), counts.size());
    for (std::size_t r = 0; r < ranks.size(); ++r) {
      std::size_t digit = 0;
      while (found[r * kDigits + digit] <= left[r]) left[r] -= found[r * kDigits + digit++];
      prefix[r] |= static_cast<std::uint32_t>(digit) << sought.shift;
    }
  }
  std::vector<std::int32_t> values;
  for (std::size_t r = 0; r < ranks.size(); ++r)
    values.push_back(static_cast<std::int32_t>(prefix[r] ^ 0x80000000U));
  return values;
}

}  // namespace

std::vector<std::int32_t> order_statistics_of(const Device& device,
                                              std::span<const Columns> batches, int feature,
                                              bool log1p, const FixedPoint& fixed,
                                              std::span<const std::int64_t> ranks, bool in_parts) {
  const std::vector<Columns> column = one_feature(batches, feature);
  std::int64_t rows = 0;
  bool weighted = false;
  for (const Columns& batch : column) {
    rows += batch.rows;
    weighted = weighted || !batch.multiplicity.empty();
  }
  if (in_parts || rows * kSortBytes + kLoadBytes > static_cast<std::int64_t>(device.free_bytes())) {
    std::vector<std::int32_t> found;
    for (; !ranks.empty(); ranks = ranks.subspan(std::min(kRanksAPass, ranks.size()))) {
      const auto some = by_counting(device, column, log1p, fixed,
                                    ranks.first(std::min(kRanksAPass, ranks.size())));
      found.insert(found.end(), some.begin(), some.end());
    }
    return found;
  }
  Buffer<std::int32_t> v(rows);
  Buffer<std::uint32_t> weights(weighted ? rows : 0);
  for_chunks(device, column, [&](const ColumnChunk& chunk) {
    launch(split_kernel, spread(device, chunk.rows), chunk, fixed, log1p, v.data());
    if (weighted) chunk.copy_multiplicities(weights.data());
  });
  if (weighted) {
    sort_pairs(v.data(), weights.data(), rows);
    running_sums(weights.data(), rows);  // their sum is below 2^32
  } else {
    sort_values(v.data(), rows);
  }
  const Buffer<std::int64_t> wanted = uploaded(ranks);
  Buffer<std::int32_t> found(wanted.size());
  launch(pick_kernel, spread(device, wanted.size()), v.data(), weights.data(), rows, wanted.data(),
         wanted.size(), found.data());
  return downloaded(found.data(), found.size());
}

}  // namespace covey::cuda
