// A first look at labels by products of bytes: four times the arithmetic rate of float32 on CPUs
// with AVX-512 VNNI, and a quarter of the memory traffic. Points and centroids are rounded to bytes
// with a scale of their own each; what the rounding can do to a score is bounded by the lengths of
// what it cut off (docs/exactness.md). The centroids that the bound leaves in question, mostly one,
// are compared by float32 differences, and by integers where those do not decide.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "blocks.h"
#include "threads.h"

namespace covey::internal {

inline constexpr int kInt8Lanes = 16;   // 32-bit lanes of a vector
inline constexpr int kInt8Group = 32;   // points that share a bound; two vectors
inline constexpr int kInt8Chunk = 256;  // centroids whose scores stay in the first cache at a time

/// Points as bytes: x - origin = scale * byte + rest.
struct Int8Points {
  int d = 0;
  int quads = 0;                       // pieces of four features, the last one filled with 0
  AlignedVector<float> origin;         // d grid coordinates, then 0 up to a multiple of 16
  AlignedVector<std::uint8_t> bytes;   // group, quad, point, feature of the quad: byte + 128
  AlignedVector<float> scale;          // of each point
  std::vector<float> norm, rest_norm;  // largest |scale * byte| and |rest| of each group
};

/// How a pass fares: blocks that left so much open that float32 was the better first look.
struct Int8Trials {
  std::atomic<std::int64_t> blocks = 0, failed = 0;

  bool worth_another() const {
    return failed.load(std::memory_order_relaxed) <= 4 + blocks.load(std::memory_order_relaxed) / 8;
  }
};

/// Centroids as bytes: c - origin = scale * byte + rest. Arrays have k entries, then those of
/// centroids that no point is near to, up to a multiple of 16.
struct Int8Centroids {
  int k = 0;
  int rows = 0;                          // k up to a multiple of 4: what the screen looks at
  AlignedVector<std::int8_t> bytes;      // row, quad, feature of the quad
  AlignedVector<std::int32_t> bias;      // -128 * sum of a row's bytes
  AlignedVector<float> scale, half;      // half: |c - origin|^2 / 2
  AlignedVector<float> norm, rest_norm;  // |c - origin|, |rest|, rounded up
  AlignedVector<float> rounding;         // what float32 may add to a score's error, of |c|^2
  int padded_d = 0;                      // d up to a multiple of 16
  AlignedVector<float> coordinates;      // row, padded feature: on the grid
  int saving = 0;  // int8_saving; where second looks cost more, float32 is the better first look
  std::shared_ptr<Int8Trials> trials;

  bool empty() const { return k == 0; }
  const float* row(int c) const {
    return coordinates.data() + static_cast<std::int64_t>(c) * padded_d;
  }
};

/// What a thread needs to label blocks; grows to the largest k and d that it meets.
struct Int8Scratch {
  AlignedVector<float> scores;              // centroid, point of the group
  AlignedVector<float> start, twice_bound;  // of a chunk of centroids
  AlignedVector<std::uint32_t> candidates;  // word of 32 centroids, point of the group
  AlignedVector<float> rows;                // 16 points, padded feature
  std::vector<std::int32_t> list;           // candidates of one point

  // A group of points that lie apart: see Int8GroupView.
  AlignedVector<std::uint8_t> bytes;
  AlignedVector<float> scale;

  void reserve(const Int8Points& points, const Int8Centroids& centroids);
};

/// Whether this machine has the instructions.
bool int8_runs_here();

/// Whether products of bytes can pay for points of d features.
bool int8_pays(int d);

/// Instructions by which bytes are cheaper than floats for a group of 32 points, before the second
/// look at what they leave in question; 0 where they are not.
int int8_saving(int k, int d);

/// Instructions of the second look at so many points that have so many candidates together.
std::int64_t int8_second_look(std::int64_t points, std::int64_t candidates, int d);

/// `mean`: d grid coordinates to measure from.
Int8Points int8_points(const Threads& threads, const Blocks& blocks,
                       std::span<const std::int32_t> mean);
/// q: k rows of d grid coordinates. `saving`, above 0: see int8_saving.
Int8Centroids int8_centroids(std::span<const std::int32_t> q, int k, const Int8Points& points,
                             int saving);

/// Block b of `points`, which has its size and origin.
void fill_int8_block(const Blocks& blocks, std::int64_t b, Int8Points& points);

/// What a model remembers of its points from pass to pass (Hamerly, SDM 2010). All null: nothing.
struct LabelBounds {
  /// By how much a point's second nearest centroid is farther than its nearest, at least; of each
  /// of the block's points.
  float* slack = nullptr;
  /// By cluster: by how much the centroids' last move can have shrunk the slack of its points, at
  /// most; null where that is not known.
  const float* reach = nullptr;
};

/// nearest[i] = row of the nearest centroid for each of the 256 points of block b; ties as in
/// docs/exactness.md. `before`: the labels of the pass before, rows of the same centroids. Returns
/// how many points neither bytes nor floats certified; -1 where so much was left in question that
/// float32 does better. Without `certify` a best score is taken unchecked.
int int8_nearest(const Blocks& blocks, const Int8Points& points, std::int64_t b,
                 const Int8Centroids& centroids, bool certify, const std::int32_t* before,
                 const LabelBounds& bounds, std::int32_t* nearest, Int8Scratch& scratch);

// The steps of int8_nearest.

/// 32 points as the screen reads them.
struct Int8GroupView {
  const std::uint8_t* bytes;  // quad, point, feature of the quad
  const float* scale;         // of each point
  float norm, rest_norm;      // largest
  int quads;
};

/// Points of a group that have more than one candidate, a bit each, and all their candidates.
struct Int8Open {
  unsigned left = 0, right = 0;  // 16 points each
  std::int64_t candidates = 0;
};

/// Whether the scores of all centroids stay in scratch.scores.
inline bool int8_keeps_scores(const Int8Centroids& centroids) { return centroids.rows <= 1024; }

/// The first look: nearest = a candidate of each of 32 points, the sole one but for the open
/// points, and their slack where that is not null.
Int8Open int8_score(const Int8Centroids& centroids, const Int8GroupView& group, bool certify,
                    std::int32_t* nearest, float* slack, Int8Scratch& scratch);

/// The second look, at those of 16 points whose bit in `open` is set; `lane`: 0 or 16, the first's
/// place in its group; point[i]: their numbers in block b. Returns how many integers decided.
int int8_resolve(const Blocks& blocks, const Int8Points& points, std::int64_t b,
                 const Int8Centroids& centroids, const std::int32_t* point, int lane, unsigned open,
                 std::int32_t* nearest, Int8Scratch& scratch);

}  // namespace covey::internal
