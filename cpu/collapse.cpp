// Equal grid points become one with the sum of their multiplicities. Rows are parted by the top
// bits of their hash; each part has a hash table of its own, so parts need no locks and equal
// points always meet.
#include <bit>
#include <utility>

#include "cpu_points.h"

namespace covey::internal {
namespace {

constexpr std::int64_t kChunk = 65'536;     // rows counted and moved by one task
constexpr std::int64_t kRowsAPart = 8'192;  // a part's table should stay in a core's cache
constexpr std::uint32_t kFree = 0xFFFFFFFFU;

/// Row numbers grouped by part: rows of part p are order[begin[p]] .. order[begin[p + 1] - 1].
struct Parts {
  std::vector<std::uint32_t> order;
  std::vector<std::int64_t> begin;

  std::int64_t count() const { return static_cast<std::int64_t>(begin.size()) - 1; }
};

Parts part_rows(const Threads& threads, const QuantisedRows& rows) {
  const std::int64_t n = rows.rows();
  const auto wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(1, n / kRowsAPart));
  const int bits = std::min(12, static_cast<int>(std::bit_width(wanted)) - 1);
  const auto parts = static_cast<std::size_t>(1) << bits;
  const auto part_of = [&](std::int64_t i) {
    return bits == 0
               ? std::size_t{0}
               : static_cast<std::size_t>(rows.hash[static_cast<std::size_t>(i)] >> (64 - bits));
  };
  const std::int64_t chunks = Piece::count(kChunk, n);
  std::vector<std::int64_t> place(static_cast<std::size_t>(chunks) * parts, 0);
  const auto for_chunk_rows = [&](std::int64_t chunk, auto&& visit) {
    const Piece piece(chunk, kChunk, n);
    for (std::int64_t i = piece.begin; i < piece.end; ++i)
      visit(i, place[static_cast<std::size_t>(chunk) * parts + part_of(i)]);
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

/// Also sets source[i] of the part's rows to a number within the part.
PartPoints join_part(const QuantisedRows& rows, const Parts& parts, std::int64_t part,
                     std::vector<std::uint32_t>& source) {
  const std::int64_t begin = parts.begin[static_cast<std::size_t>(part)];
  const std::int64_t end = parts.begin[static_cast<std::size_t>(part) + 1];
  const std::uint64_t slots = std::bit_ceil(static_cast<std::uint64_t>(2 * (end - begin) + 1));
  std::vector<std::uint32_t> table(slots, kFree);
  PartPoints points;
  for (std::int64_t at = begin; at < end; ++at) {
    const std::uint32_t i = parts.order[static_cast<std::size_t>(at)];
    const std::uint64_t hash = rows.hash[i];
    std::uint64_t slot = hash & (slots - 1);
    while (table[slot] != kFree) {
      const std::uint32_t other = points.row[table[slot]];
      if (rows.hash[other] == hash && compare_points(rows.row(i), rows.row(other), rows.d) == 0)
        break;
      slot = (slot + 1) & (slots - 1);
    }
    if (table[slot] == kFree) {
      table[slot] = static_cast<std::uint32_t>(points.row.size());
      points.row.push_back(i);
      points.multiplicity.push_back(0);
    }
    points.multiplicity[table[slot]] += rows.weight(i);
    source[i] = table[slot];
  }
  return points;
}

}  // namespace

Collapsed collapse_rows(const Threads& threads, const QuantisedRows& rows) {
  const Parts parts = part_rows(threads, rows);
  std::vector<PartPoints> points(static_cast<std::size_t>(parts.count()));
  Collapsed collapsed;
  collapsed.source.resize(static_cast<std::size_t>(rows.rows()));
  threads.for_each(parts.count(), [&](std::int64_t p, int) {
    points[static_cast<std::size_t>(p)] = join_part(rows, parts, p, collapsed.source);
  });
  std::vector<std::int64_t> first(points.size() + 1, 0);
  for (std::size_t p = 0; p < points.size(); ++p)
    first[p + 1] = first[p] + static_cast<std::int64_t>(points[p].row.size());
  collapsed.points = Blocks(rows.d, first.back());
  collapsed.hash.assign(static_cast<std::size_t>(collapsed.points.blocks()) * kBlock, 0);
  threads.for_each(parts.count(), [&](std::int64_t p, int) {
    const PartPoints& part = points[static_cast<std::size_t>(p)];
    const std::int64_t start = first[static_cast<std::size_t>(p)];
    for (std::size_t i = 0; i < part.row.size(); ++i) {
      const std::int64_t to = start + static_cast<std::int64_t>(i);
      collapsed.points.set(to, rows.row(part.row[i]), part.multiplicity[i]);
      collapsed.hash[static_cast<std::size_t>(to)] = rows.hash[part.row[i]];
    }
    for (std::int64_t at = parts.begin[static_cast<std::size_t>(p)];
         at < parts.begin[static_cast<std::size_t>(p) + 1]; ++at)
      collapsed.source[parts.order[static_cast<std::size_t>(at)]] +=
          static_cast<std::uint32_t>(start);
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
