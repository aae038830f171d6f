#include "report/map_points.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "rule_sample.h"

namespace covey::driver {
namespace {

constexpr std::int64_t kBlock = 4096;  // rows
constexpr std::uint64_t kEveryHash = std::numeric_limits<std::uint64_t>::max();

struct Candidate {
  std::int32_t cluster;
  std::uint64_t hash;
  std::int64_t row;
};

/// Calls body(block, first row, end row) for all rows, in parallel.
template <typename Body>
void for_each_block(std::int64_t rows, const Body& body) {
  tbb::parallel_for(std::int64_t{0}, (rows + kBlock - 1) / kBlock, [&](std::int64_t block) {
    body(block, block * kBlock, std::min((block + 1) * kBlock, rows));
  });
}

std::vector<std::int64_t> rows_by_cluster(const std::vector<std::int32_t>& label, std::size_t k) {
  tbb::enumerable_thread_specific<std::vector<std::int64_t>> parts(
      [k] { return std::vector<std::int64_t>(k); });
  for_each_block(static_cast<std::int64_t>(label.size()), [&](std::int64_t, std::int64_t begin,
                                                              std::int64_t end) {
    std::vector<std::int64_t>& rows = parts.local();
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
      ++rows[static_cast<std::size_t>(label[i])];
  });
  std::vector<std::int64_t> rows(k);
  for (const auto& part : parts)
    std::transform(rows.begin(), rows.end(), part.begin(), rows.begin(), std::plus<>());
  return rows;
}

/// Rows whose hash is at most the limit of their cluster; a limit of 0: none of that cluster.
std::vector<Candidate> candidates(const Columns& columns, const std::vector<std::int32_t>& label,
                                  const std::vector<std::uint64_t>& limit) {
  std::vector<std::vector<Candidate>> parts(
      static_cast<std::size_t>((columns.rows + kBlock - 1) / kBlock));
  for_each_block(columns.rows, [&](std::int64_t block, std::int64_t begin, std::int64_t end) {
    std::array<std::uint64_t, kBlock> hashes;
    const auto count = static_cast<std::size_t>(end - begin);
    hash_tuples(columns, begin, std::span(hashes).first(count));
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t row = begin + static_cast<std::int64_t>(i);
      const std::int32_t c = label[static_cast<std::size_t>(row)];
      if (const std::uint64_t most = limit[static_cast<std::size_t>(c)];
          most > 0 && hashes[i] <= most)
        parts[static_cast<std::size_t>(block)].push_back({c, hashes[i], row});
    }
  });
  std::vector<Candidate> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// -1, 0, 1: order of the values of two rows.
int compare_rows(const Columns& columns, std::int64_t a, std::int64_t b) {
  for (const Column& column : columns.features)
    if (column[a] != column[b]) return column[a] < column[b] ? -1 : 1;
  return 0;
}

/// A distinct tuple.
struct Tuple {
  Candidate first;
  std::int64_t sessions;
};

/// Distinct tuples by cluster, then hash, then value.
std::vector<Tuple> joined(const Columns& columns, std::vector<Candidate> rows) {
  std::sort(rows.begin(), rows.end(), [&](const Candidate& a, const Candidate& b) {
    if (a.cluster != b.cluster) return a.cluster < b.cluster;
    if (a.hash != b.hash) return a.hash < b.hash;
    return compare_rows(columns, a.row, b.row) < 0;
  });
  std::vector<Tuple> tuples;
  for (const Candidate& row : rows) {
    const std::int64_t sessions = columns.weight(row.row);
    if (!tuples.empty() && tuples.back().first.hash == row.hash &&
        compare_rows(columns, tuples.back().first.row, row.row) == 0)
      tuples.back().sessions += sessions;
    else
      tuples.push_back({row, sessions});
  }
  return tuples;
}

/// A limit under which `rows` random hashes leave `wanted` of them but in a case of no account; for
/// a few more it is every hash.
std::uint64_t first_limit(std::int64_t rows, std::int64_t wanted) {
  const double share = 1.5 * static_cast<double>(wanted + 32) / static_cast<double>(rows);
  return share < 0.5 ? static_cast<std::uint64_t>(share * 0x1p64) : kEveryHash;
}

/// The tuples of lowest hash, `quota` of each cluster or all it has. Rows may repeat: where a limit
/// on the hash lets through too few tuples of a cluster, a higher one follows for it.
std::vector<Tuple> lowest_tuples(const Columns& columns, const std::vector<std::int32_t>& label,
                                 const std::vector<std::int64_t>& quota) {
  const std::size_t k = quota.size();
  const std::vector<std::int64_t> rows = rows_by_cluster(label, k);
  std::vector<std::uint64_t> limit(k);
  for (std::size_t c = 0; c < k; ++c)
    limit[c] = quota[c] > 0 && rows[c] > 0 ? first_limit(rows[c], quota[c]) : 0;
  std::vector<Tuple> result;
  while (std::any_of(limit.begin(), limit.end(), [](std::uint64_t most) { return most > 0; })) {
    const std::vector<Tuple> tuples = joined(columns, candidates(columns, label, limit));
    for (std::size_t c = 0, at = 0; c < k; ++c) {
      const std::size_t begin = at;
      while (at < tuples.size() && tuples[at].first.cluster == static_cast<std::int32_t>(c)) ++at;
      const auto found = static_cast<std::int64_t>(at - begin);
      if (found < quota[c] && limit[c] != kEveryHash) {
        limit[c] = limit[c] > kEveryHash / 16 ? kEveryHash : limit[c] * 16;  // 0 stays 0
        continue;
      }
      const auto first = tuples.begin() + static_cast<std::ptrdiff_t>(begin);
      if (limit[c] > 0) result.insert(result.end(), first, first + std::min(found, quota[c]));
      limit[c] = 0;
    }
  }
  return result;
}

}  // namespace

std::vector<std::int64_t> point_quotas(const std::vector<std::int64_t>& sessions,
                                       std::int64_t points) {
  const auto k = static_cast<std::int64_t>(sessions.size());
  const std::int64_t total = std::accumulate(sessions.begin(), sessions.end(), std::int64_t{0});
  const std::int64_t least = points / (4 * k), rest = points - least * k;
  std::vector<std::int64_t> quotas;
  for (const std::int64_t own : sessions)
    quotas.push_back(least + static_cast<std::int64_t>(static_cast<Int128>(rest) * own / total));
  return quotas;
}

std::vector<int> point_features(const std::vector<double>& eta_squared) {
  std::vector<int> features(eta_squared.size());
  std::iota(features.begin(), features.end(), 0);
  std::stable_sort(features.begin(), features.end(), [&](int a, int b) {
    return eta_squared[static_cast<std::size_t>(a)] > eta_squared[static_cast<std::size_t>(b)];
  });
  features.resize(std::min<std::size_t>(features.size(), kMaxPointFeatures));
  std::sort(features.begin(), features.end());
  return features;
}

std::vector<MapPoint> map_points(const Columns& columns, const Segmentation& segmentation,
                                 const std::vector<std::int64_t>& quota,
                                 const std::vector<int>& features) {
  std::vector<Tuple> tuples = lowest_tuples(columns, segmentation.labels.label, quota);
  std::sort(tuples.begin(), tuples.end(), [&](const Tuple& a, const Tuple& b) {
    if (a.first.cluster != b.first.cluster) return a.first.cluster < b.first.cluster;
    return compare_rows(columns, a.first.row, b.first.row) < 0;
  });
  const auto& scores = segmentation.scores;
  std::vector<MapPoint> points;
  points.reserve(tuples.size());
  for (const Tuple& tuple : tuples) {
    const auto row = static_cast<std::size_t>(tuple.first.row);
    MapPoint& point = points.emplace_back();
    point.x = scores[0][row];
    if (scores.size() > 1) point.y = scores[1][row];
    point.cluster = tuple.first.cluster;
    point.sessions = tuple.sessions;
    for (const int f : features)
      point.values.push_back(columns.features[static_cast<std::size_t>(f)][tuple.first.row] + 0.0);
  }
  return points;
}

}  // namespace covey::driver
