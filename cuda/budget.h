// How much device memory a load takes, and so how a data set is cut: plain arithmetic on the host.
#pragma once

#include <cstdint>

namespace covey::cuda {

/// Bytes of device memory a row at the peak of a load: its coordinates and those of the distinct
/// point that it becomes (4 d each), hashes, multiplicities and numbers of both (28), keys of the
/// sort and its second copy of keys and numbers (32), rounded up.
constexpr std::int64_t load_bytes(int d) { return 8 * std::int64_t{d} + 64; }
/// Of a distinct point that stays: coordinates, hash, multiplicity.
constexpr std::int64_t point_bytes(int d) { return 4 * std::int64_t{d} + 12; }
/// Of a point of the sketch: as above, with its distance to the nearest centre, and its number.
constexpr std::int64_t sketch_bytes(int d) { return point_bytes(d) + 16; }
/// What a load takes whatever it loads: the chunk of columns on its way, and room for rounding.
inline constexpr std::int64_t kLoadBytes = 32LL << 20;
/// The fewest points that are worth a part; where not even these fit, the budget is too small.
inline constexpr std::int64_t kFewestPoints = 128;
/// The most points of a part or chunk: a copy of two dimensions takes rows of fewer than 2^31
/// bytes.
inline constexpr std::int64_t kMostPoints = 1LL << 28;

struct LoadPlan {
  bool whole = false;               ///< all rows at once, as one part
  std::int64_t chunk_rows = 0;      ///< that are collapsed at once; 0: the budget is too small
  std::int64_t part_points = 0;     ///< of a part at most, as far as hashes are spread evenly
  std::int64_t resident_bytes = 0;  ///< of the parts that stay on one device
};

/// For rows of d features over `shards` devices, each with `room` bytes to take.
LoadPlan plan_load(std::int64_t rows, int d, int shards, std::int64_t room);

}  // namespace covey::cuda
