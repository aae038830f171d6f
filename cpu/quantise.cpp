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

}  // namespace

QuantisedRows quantise_rows(const Threads& threads, std::span<const Columns> batches,
                            const Grid& grid, std::uint64_t hash_mask) {
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
      for (std::int64_t i = piece.begin; i < piece.end; ++i) {
        std::int32_t* q = rows.q.data() + (first + i) * d;
        std::uint64_t hash = kHashStart;
        for (int f = 0; f < d; ++f) {
          const FeatureMap& map = maps[static_cast<std::size_t>(f)];
          bool cut = false;
          q[f] = map.constant ? 0
                              : Grid::quantise(transformed(map.column[i], map.log1p), map.offset,
                                               map.factor, cut);
          if (cut) cuts[static_cast<std::size_t>(f)] += batch.weight(i);
          hash = hash_step(hash, q[f]);
        }
        rows.hash[static_cast<std::size_t>(first + i)] = hash_end(hash) & hash_mask;
        if (weighted) rows.multiplicity[static_cast<std::size_t>(first + i)] = batch.weight(i);
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
