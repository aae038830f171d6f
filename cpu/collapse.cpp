// Equal grid points become one with the sum of their multiplicities. Rows are parted by where they
// lie, or, in many features, by the top bits of their hash; each part has a hash table of its own,
// so parts need no locks and equal points always meet. Parts of neighbours follow each other.
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

#include "cpu_points.h"
#include "order.h"

namespace covey::internal {
namespace {

constexpr std::int64_t kChunk = 65'536;     // rows counted and moved by one task
constexpr std::int64_t kRowsAPart = 2'048;  // a part's table should stay in a core's cache
constexpr std::uint32_t kFree = 0xFFFFFFFFU;

/// Row numbers grouped by part: rows of part p are order[begin[p]] .. order[begin[p + 1] - 1].
struct Parts {
  AlignedVector<std::uint32_t> order;
  std::vector<std::int64_t> begin;

  std::int64_t count() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  std::span<const std::uint32_t> rows(std::int64_t part) const {
    const auto p = static_cast<std::size_t>(part);
    return {order.data() + begin[p], order.data() + begin[p + 1]};
  }
};

/// The part of each row, of 2^bits: a leaf of a tree over a sample of the rows, or, where there are
/// too many features for that, the top bits of its hash.
AlignedVector<std::uint16_t> parts_of_rows(const Threads& threads, const QuantisedRows& rows,
                                           int bits) {
  constexpr std::int64_t kSampleALeaf = 16;
  const std::int64_t n = rows.rows();
  AlignedVector<std::uint16_t> part;
  part.resize(static_cast<std::size_t>(n));
  std::vector<std::int32_t> sample;
  const bool spatial = rows.d <= kMaxBoxDimensions;
  if (spatial && bits > 0) {
    const std::int64_t step = std::max<std::int64_t>(1, n / (kSampleALeaf << bits));
    for (std::int64_t i = 0; i < n; i += step)
      sample.insert(sample.end(), rows.row(i), rows.row(i) + rows.d);
  }
  const SpatialTree tree(sample, rows.d, spatial ? bits : 0);
  threads.for_each(Piece::count(kChunk, n), [&](std::int64_t chunk, int) {
    const Piece piece(chunk, kChunk, n);
    for (std::int64_t i = piece.begin; i < piece.end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      part[at] = static_cast<std::uint16_t>(spatial    ? tree.leaf(rows.row(i))
                                            : bits > 0 ? rows.hash[at] >> (64 - bits)
                                                       : 0);
    }
  });
  return part;
}

Parts part_rows(const Threads& threads, const QuantisedRows& rows) {
  const std::int64_t n = rows.rows();
  const auto wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(1, n / kRowsAPart));
  const int bits = std::min(12, static_cast<int>(std::bit_width(wanted)) - 1);
  const auto parts = std::size_t{1} << bits;
  const AlignedVector<std::uint16_t> part = parts_of_rows(threads, rows, bits);
  const std::int64_t chunks = Piece::count(kChunk, n);
  std::vector<std::int64_t> place(static_cast<std::size_t>(chunks) * parts, 0);
  const auto for_chunk_rows = [&](std::int64_t chunk, auto&& visit) {
    const Piece piece(chunk, kChunk, n);
    for (std::int64_t i = piece.begin; i < piece.end; ++i)
      visit(i, place[static_cast<std::size_t>(chunk) * parts + part[static_cast<std::size_t>(i)]]);
  };
  threads.for_each(chunks, [&](std::int64_t chunk, int) {
    for_chunk_rows(chunk, [](std::int64_t, std::int64_t& count) { ++count; });
  });
  Parts grouped;
  grouped.order.resize(static_cast<std::size_t>(n));
  std::int64_t next = 0;
  for (std::size_t p = 0; p < parts; ++p) {
    grouped.begin.push_back(next);
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk)
      next += std::exchange(place[static_cast<std::size_t>(chunk) * parts + p], next);
  }
  grouped.begin.push_back(next);
  threads.for_each(chunks, [&](std::int64_t chunk, int) {
    for_chunk_rows(chunk, [&](std::int64_t i, std::int64_t& at) {
      grouped.order[static_cast<std::size_t>(at++)] = static_cast<std::uint32_t>(i);
    });
  });
  return grouped;
}

/// The first row of each distinct point of one part, and its multiplicity.
struct PartPoints {
  std::vector<std::uint32_t> row;
  std::vector<std::uint32_t> multiplicity;
};

/// Rows are short: calls of memcpy would take longer than the copies.
void copy_row(const std::int32_t* from, int d, std::int32_t* to) {
  int f = 0;
  for (; f + 4 <= d; f += 4) std::memcpy(to + f, from + f, 16);
  if ((d & 2) != 0) {
    std::memcpy(to + f, from + f, 8);
    f += 2;
  }
  if ((d & 1) != 0) to[f] = from[f];
}

/// What one worker keeps of a part in its cache.
struct PartCopy {
  std::vector<std::int32_t> q;      // row-major
  std::vector<std::uint64_t> hash;  // of each row
  std::vector<std::uint32_t> table, first, order, place;

  void take(const QuantisedRows& rows, std::span<const std::uint32_t> numbers) {
    q.resize(numbers.size() * static_cast<std::size_t>(rows.d));
    hash.resize(numbers.size());
    std::int32_t* to = q.data();
    for (std::size_t i = 0; i < numbers.size(); ++i, to += rows.d) {
      copy_row(rows.row(numbers[i]), rows.d, to);
      hash[i] = rows.hash[numbers[i]];
    }
  }
  const std::int32_t* row(std::size_t i, int d) const {
    return q.data() + i * static_cast<std::size_t>(d);
  }
};

/// Also sets point[i] of the part's i-th row to a number within the part.
PartPoints join_part(const QuantisedRows& rows, std::span<const std::uint32_t> numbers,
                     PartCopy& copy, std::uint32_t* point) {
  copy.take(rows, numbers);
  const std::uint64_t slots = std::bit_ceil(static_cast<std::uint64_t>(2 * numbers.size() + 1));
  copy.table.assign(slots, kFree);
  copy.first.clear();  // of each distinct point, its first row within the part
  PartPoints points;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::uint64_t slot = copy.hash[i] & (slots - 1);
    while (copy.table[slot] != kFree) {
      const std::size_t other = copy.first[copy.table[slot]];
      if (copy.hash[other] == copy.hash[i] &&
          compare_points(copy.row(i, rows.d), copy.row(other, rows.d), rows.d) == 0)
        break;
      slot = (slot + 1) & (slots - 1);
    }
    if (copy.table[slot] == kFree) {
      copy.table[slot] = static_cast<std::uint32_t>(points.row.size());
      copy.first.push_back(static_cast<std::uint32_t>(i));
      points.row.push_back(numbers[i]);
      points.multiplicity.push_back(0);
    }
    points.multiplicity[copy.table[slot]] += rows.weight(numbers[i]);
    point[i] = copy.table[slot];
  }
  return points;
}

/// Writes the points of one part from number `start` on, and their numbers into `point`.
void place_part(const QuantisedRows& rows, const PartPoints& part, std::int64_t start,
                PartCopy& copy, Collapsed& collapsed) {
  copy.take(rows, part.row);
  copy.order.resize(part.row.size());
  std::iota(copy.order.begin(), copy.order.end(), 0U);
  if (rows.d <= kMaxBoxDimensions) order_within_blocks(copy.q, rows.d, start, copy.order);
  copy.place.resize(part.row.size());
  for (std::size_t i = 0; i < copy.order.size(); ++i) {
    const std::size_t from = copy.order[i];
    const std::int64_t to = start + static_cast<std::int64_t>(i);
    collapsed.points.set(to, copy.row(from, rows.d), part.multiplicity[from]);
    collapsed.hash[static_cast<std::size_t>(to)] = copy.hash[from];
    copy.place[from] = static_cast<std::uint32_t>(to);
  }
}

}  // namespace

Collapsed collapse_rows(const Threads& threads, const QuantisedRows& rows) {
  const Parts parts = part_rows(threads, rows);
  std::vector<PartPoints> points(static_cast<std::size_t>(parts.count()));
  std::vector<PartCopy> copies(static_cast<std::size_t>(threads.count()));
  AlignedVector<std::uint32_t> point;  // of each row, in the order of parts: number within its part
  point.resize(parts.order.size());
  threads.for_each(parts.count(), [&](std::int64_t p, int worker) {
    points[static_cast<std::size_t>(p)] =
        join_part(rows, parts.rows(p), copies[static_cast<std::size_t>(worker)],
                  point.data() + parts.begin[static_cast<std::size_t>(p)]);
  });
  std::vector<std::int64_t> first(points.size() + 1, 0);
  for (std::size_t p = 0; p < points.size(); ++p)
    first[p + 1] = first[p] + static_cast<std::int64_t>(points[p].row.size());
  Collapsed collapsed;
  collapsed.source.resize(static_cast<std::size_t>(rows.rows()));
  collapsed.points = Blocks(rows.d, first.back());
  collapsed.hash.resize(static_cast<std::size_t>(collapsed.points.blocks()) * kBlock);
  std::fill(collapsed.hash.begin() + first.back(), collapsed.hash.end(), 0);
  threads.for_each(parts.count(), [&](std::int64_t p, int worker) {
    PartCopy& copy = copies[static_cast<std::size_t>(worker)];
    place_part(rows, points[static_cast<std::size_t>(p)], first[static_cast<std::size_t>(p)], copy,
               collapsed);
    const std::span<const std::uint32_t> numbers = parts.rows(p);
    const std::uint32_t* within = point.data() + parts.begin[static_cast<std::size_t>(p)];
    for (std::size_t i = 0; i < numbers.size(); ++i)
      collapsed.source[numbers[i]] = copy.place[within[i]];
  });
  return collapsed;
}

Blocks uncollapsed_rows(const Threads& threads, const QuantisedRows& rows) {
  Blocks blocks(rows.d, rows.rows());
  threads.for_each(Piece::count(kChunk, rows.rows()), [&](std::int64_t task, int) {
    const Piece piece(task, kChunk, rows.rows());
    for (std::int64_t i = piece.begin; i < piece.end; ++i)
      blocks.set(i, rows.row(i), rows.weight(i));
  });
  return blocks;
}

}  // namespace covey::internal
