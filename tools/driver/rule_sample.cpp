#include "rule_sample.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <bit>

#include "covey/random.h"

namespace covey::driver {
namespace {

/// A drawn row.
struct Draw {
  std::int64_t row;
  std::uint64_t hash;
};

bool is_drawn(std::uint64_t hash, int level) { return level == 0 || hash >> (64 - level) == 0; }

/// The level of each cluster: the common one, or a lower one that leaves it `least` sessions.
std::vector<int> levels_of(const RuleSearch& search, int level, std::int64_t least) {
  std::vector<int> levels;
  for (const std::int64_t sessions : search.sessions) {
    int own = 0;
    while (own < level && (sessions >> (own + 1)) >= least) ++own;
    levels.push_back(own);
  }
  return levels;
}

/// `all`: every row, unhashed.
std::vector<Draw> drawn(const RuleSearch& search, const std::vector<int>& levels, bool all) {
  constexpr std::int64_t kBlock = 4096;
  const std::int64_t rows = search.columns.rows, blocks = (rows + kBlock - 1) / kBlock;
  std::vector<std::vector<Draw>> parts(static_cast<std::size_t>(blocks));
  tbb::parallel_for(std::int64_t{0}, blocks, [&](std::int64_t block) {
    std::array<std::uint64_t, kBlock> hashes;
    const std::int64_t begin = block * kBlock;
    const auto count = static_cast<std::size_t>(std::min(kBlock, rows - begin));
    if (all)
      hashes.fill(0);
    else
      hash_tuples(search.columns, begin, std::span(hashes).first(count));
    std::vector<Draw>& part = parts[static_cast<std::size_t>(block)];
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t row = begin + static_cast<std::int64_t>(i);
      const auto c = static_cast<std::size_t>(search.cluster[static_cast<std::size_t>(row)]);
      if (is_drawn(hashes[i], levels[c])) part.push_back({row, hashes[i]});
    }
  });
  std::vector<Draw> draws;
  for (const auto& part : parts) draws.insert(draws.end(), part.begin(), part.end());
  return draws;
}

std::int64_t count_distinct(const std::vector<Draw>& draws) {
  std::vector<std::uint64_t> hashes;
  hashes.reserve(draws.size());
  for (const Draw& draw : draws) hashes.push_back(draw.hash);
  std::sort(hashes.begin(), hashes.end());
  return std::unique(hashes.begin(), hashes.end()) - hashes.begin();
}

/// Rows in the order of their clusters.
RuleSample by_cluster(const RuleSearch& search, const std::vector<Draw>& draws,
                      const std::vector<int>& levels) {
  const std::size_t k = levels.size();
  RuleSample sample;
  sample.begin.assign(k + 1, 0);
  sample.sessions.assign(k, 0);
  const auto cluster_of = [&](const Draw& draw) {
    return static_cast<std::size_t>(search.cluster[static_cast<std::size_t>(draw.row)]);
  };
  for (const Draw& draw : draws) ++sample.begin[cluster_of(draw) + 1];
  for (std::size_t c = 0; c < k; ++c) sample.begin[c + 1] += sample.begin[c];
  sample.row.resize(draws.size());
  sample.weight.resize(draws.size());
  std::vector<std::size_t> next = sample.begin;
  for (const Draw& draw : draws) {
    const std::size_t c = cluster_of(draw), at = next[c]++;
    sample.row[at] = draw.row;
    sample.weight[at] = std::int64_t{search.columns.weight(draw.row)} << levels[c];
    sample.sessions[c] += sample.weight[at];
  }
  return sample;
}

}  // namespace

void hash_tuples(const Columns& columns, std::int64_t begin, std::span<std::uint64_t> hash) {
  std::fill(hash.begin(), hash.end(), kHashStart);
  for (const Column& column : columns.features) {
    for (std::size_t i = 0; i < hash.size(); ++i) {
      const double x = column[begin + static_cast<std::int64_t>(i)] + 0.0;  // -0 becomes +0
      const auto bits = std::bit_cast<std::uint64_t>(x);
      hash[i] = hash_step(hash_step(hash[i], static_cast<std::int32_t>(bits)),
                          static_cast<std::int32_t>(bits >> 32));
    }
  }
  for (std::uint64_t& value : hash) value = hash_end(value);
}

RuleSample rule_sample(const RuleSearch& search, std::int64_t tuples) {
  const std::int64_t least =
      std::max<std::int64_t>(tuples / 2 / static_cast<std::int64_t>(search.sessions.size()), 1);
  int level = 0;
  while ((search.distinct >> level) > tuples) ++level;
  std::vector<int> levels = levels_of(search, level, least);
  const std::int64_t most = 4 * tuples;
  const bool all = level == 0 && search.columns.rows <= most;
  std::vector<Draw> draws = drawn(search, levels, all);
  // More tuples may differ than points of the grid (values far apart make its cells wide).
  constexpr int kHighest = 40;
  while (static_cast<std::int64_t>(draws.size()) > most && level < kHighest &&
         count_distinct(draws) > most) {
    levels = levels_of(search, ++level, least);
    std::erase_if(draws, [&](const Draw& draw) {
      const auto c = static_cast<std::size_t>(search.cluster[static_cast<std::size_t>(draw.row)]);
      return !is_drawn(draw.hash, levels[c]);
    });
  }
  return by_cluster(search, draws, levels);
}

}  // namespace covey::driver
