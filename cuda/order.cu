// Order statistics of one feature, multiplicities counted, by a sort.
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

}  // namespace

std::vector<std::int32_t> order_statistics_of(const Device& device,
                                              std::span<const Columns> batches, int feature,
                                              bool log1p, const FixedPoint& fixed,
                                              std::span<const std::int64_t> ranks) {
  const std::vector<Columns> column = one_feature(batches, feature);
  std::int64_t rows = 0;
  bool weighted = false;
  for (const Columns& batch : column) {
    rows += batch.rows;
    weighted = weighted || !batch.multiplicity.empty();
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
