// Exact sums of original values by group.
#include "columns.h"
#include "kernel.h"
#include "points.h"

namespace covey::cuda {
namespace {

struct GroupTotals {
  std::int64_t* weight;  // groups
  std::int64_t* sum_v;   // groups * d
  std::int64_t* sum_r;   // groups * d
};

constexpr int kSumsAGroup = 3;  // weight, sum of v, sum of r of the block's feature

/// Each block sums one feature: in its shared memory as two words a sum, else by global atomics.
/// The blocks of feature 0 add up the weights.
template <bool kShared>
__global__ void __launch_bounds__(kThreads)
    group_sums_kernel(ColumnChunk chunk, const FixedPoint* fixed, const std::int32_t* group,
                      int groups, GroupTotals totals) {
  const int f = own_feature(chunk.d);
  const FixedPoint point = fixed[f];
  auto* low = reinterpret_cast<std::uint32_t*>(shared_memory());
  std::uint32_t* high = low + kSumsAGroup * groups;
  if constexpr (kShared) {
    for (int a = static_cast<int>(threadIdx.x); a < 2 * kSumsAGroup * groups; a += kThreads)
      low[a] = 0;
    __syncthreads();
  }
  for (std::int64_t i = first_row(chunk.d); i < chunk.rows; i += row_stride(chunk.d)) {
    const FixedPoint::Limbs limbs = point.split(chunk.value(f, i));
    const std::int64_t m = chunk.weight(i);
    const int g = group[i];
    if constexpr (kShared) {
      const int at = kSumsAGroup * g;
      if (f == 0) add_in_words(low + at, high + at, m);
      add_in_words(low + at + 1, high + at + 1, m * limbs.v);
      if (limbs.r != 0) add_in_words(low + at + 2, high + at + 2, m * limbs.r);
    } else {
      const std::int64_t at = static_cast<std::int64_t>(g) * chunk.d + f;
      if (f == 0) atomic_add(totals.weight + g, m);
      atomic_add(totals.sum_v + at, m * limbs.v);
      if (limbs.r != 0) atomic_add(totals.sum_r + at, m * limbs.r);
    }
  }
  if constexpr (kShared) {
    __syncthreads();
    for (int g = static_cast<int>(threadIdx.x); g < groups; g += kThreads) {
      const int from = kSumsAGroup * g;
      const std::int64_t at = static_cast<std::int64_t>(g) * chunk.d + f;
      if (f == 0) atomic_add(totals.weight + g, from_words(low[from], high[from]));
      atomic_add(totals.sum_v + at, from_words(low[from + 1], high[from + 1]));
      atomic_add(totals.sum_r + at, from_words(low[from + 2], high[from + 2]));
    }
  }
}

}  // namespace

GroupSums group_sums_of(const Device& device, std::span<const Columns> batches,
                        std::span<const FixedPoint> fixed, std::span<const std::int32_t> group,
                        int groups) {
  const auto d = static_cast<int>(fixed.size());
  const Buffer<FixedPoint> points = uploaded(fixed);
  Buffer<std::int64_t> weight(groups), sum_v(static_cast<std::int64_t>(groups) * d),
      sum_r(sum_v.size());
  for (Buffer<std::int64_t>* sums : {&weight, &sum_v, &sum_r}) sums->fill_bytes(0);
  const std::size_t bytes =
      static_cast<std::size_t>(groups) * kSumsAGroup * 2 * sizeof(std::uint32_t);
  const bool shared = bytes <= kPlainSharedBytes;

  Buffer<std::int32_t> own;
  for_chunks(device, batches, [&](const ColumnChunk& chunk) {
    if (own.empty()) own = Buffer<std::int32_t>(chunk.rows);  // the first chunk is the largest
    upload(own.data(), group.data() + chunk.first, chunk.rows);
    Shape shape = feature_blocks(device, d, chunk.rows);
    shape.shared_bytes = shared ? bytes : 0;
    launch(shared ? group_sums_kernel<true> : group_sums_kernel<false>, shape, chunk, points.data(),
           own.data(), groups, GroupTotals{weight.data(), sum_v.data(), sum_r.data()});
  });
  return {downloaded(weight.data(), weight.size()), downloaded(sum_v.data(), sum_v.size()),
          downloaded(sum_r.data(), sum_r.size())};
}

}  // namespace covey::cuda
