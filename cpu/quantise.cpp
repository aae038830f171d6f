// Step 3 of the contract over rows, with the hash of each grid point.
#include "covey/random.h"
#include "cpu_points.h"
#include "values.h"

namespace covey::internal {
namespace {

constexpr std::int64_t kGrain = 8192;

struct FeatureMap {
  Column column;
  double offset, factor;
  bool constant, log1p;
};

/// Grid coordinates of rows [begin, begin + count), at most 256. Returns the multiplicities that
/// were cut.
std::int64_t quantise_column(const Kernels& kernels, const FeatureMap& map, const Columns& batch,
                             std::int64_t begin, int count, std::int32_t* q) {
  if (map.constant) {
    std::fill_n(q, count, 0);
    return 0;
  }
  alignas(64) double x[kBlock] = {};
  for (int i = 0; i < count; ++i) x[i] = transformed(map.column[begin + i], map.log1p);
  if (!kernels.quantise(x, map.offset, map.factor, q)) return 0;
  std::int64_t cuts = 0;
  for (int i = 0; i < count; ++i) {
    bool cut = false;
    (void)Grid::quantise(x[i], map.offset, map.factor, cut);
    if (cut) cuts += batch.weight(begin + i);
  }
  return cuts;
}

}  // namespace

QuantisedRows quantise_rows(const Threads& threads, const Kernels& kernels,
                            std::span<const Columns> batches, const Grid& grid,
                            std::uint64_t hash_mask) {
  check_shape(batches, grid);
  const int d = grid.dimensions();
  std::int64_t total = 0;
  bool weighted = false;
  for (const Columns& batch : batches) {
    total += batch.rows;
    weighted = weighted || !batch.multiplicity.empty();
  }
  QuantisedRows rows;
  rows.d = d;
  rows.q.resize(static_cast<std::size_t>(total) * static_cast<std::size_t>(d));
  rows.hash.resize(static_cast<std::size_t>(total));
  if (weighted) rows.multiplicity.resize(static_cast<std::size_t>(total));
  rows.saturated.assign(static_cast<std::size_t>(d), 0);

  std::vector<std::vector<std::int64_t>> saturated(static_cast<std::size_t>(threads.count()),
                                                   rows.saturated);
  std::int64_t first = 0;
  for (const Columns& batch : batches) {
    std::vector<FeatureMap> maps;
    for (int f = 0; f < d; ++f) {
      const GridFeature& feature = grid.features[static_cast<std::size_t>(f)];
      maps.push_back({batch.features[static_cast<std::size_t>(f)], feature.offset, grid.factor(f),
                      feature.constant, feature.log1p});
    }
    threads.for_each(Piece::count(kGrain, batch.rows), [&](std::int64_t task, int worker) {
      std::vector<std::int64_t>& cuts = saturated[static_cast<std::size_t>(worker)];
      const Piece piece(task, kGrain, batch.rows);
      for (std::int64_t begin = piece.begin; begin < piece.end; begin += kBlock) {
        const int count = static_cast<int>(std::min<std::int64_t>(kBlock, piece.end - begin));
        const auto to = static_cast<std::size_t>(first + begin);
        alignas(64) std::int32_t column[kBlock];
        std::uint64_t hash[kBlock];
        std::fill_n(hash, kBlock, kHashStart);
        for (int f = 0; f < d; ++f) {
          const auto at = static_cast<std::size_t>(f);
          cuts[at] += quantise_column(kernels, maps[at], batch, begin, count, column);
          std::int32_t* q = rows.q.data() + static_cast<std::int64_t>(to) * d + f;
          for (int i = 0; i < count; ++i, q += d) {
            *q = column[i];
            hash[i] = hash_step(hash[i], column[i]);
          }
        }
        for (int i = 0; i < count; ++i) rows.hash[to + i] = hash_end(hash[i]) & hash_mask;
        if (weighted) {
          for (int i = 0; i < count; ++i) rows.multiplicity[to + i] = batch.weight(begin + i);
        }
      }
    });
    first += batch.rows;
  }
  for (const auto& cuts : saturated) {
    for (std::size_t f = 0; f < cuts.size(); ++f) rows.saturated[f] += cuts[f];
  }
  return rows;
}

}  // namespace covey::internal
