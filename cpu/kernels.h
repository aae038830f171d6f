// The SIMD kernels of the cpu back end, one table a target. Each works on one block of 256 points.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "covey/random.h"
#include "covey/validity.h"

namespace covey::internal {

inline constexpr int kSummed = 64;  // terms that the assignment kernels add up in one go

/// Sums of d terms are made of sums of kSummed: as many terms in a row would err as little.
inline int summed_terms(int d) { return d <= kSummed ? d : kSummed + (d + kSummed - 1) / kSummed; }

/// Centroids as the assignment kernels take them: k x d floats without repeats, and half_norm of
/// each for summed_terms(d) (covey/screen.h).
struct AssignArguments {
  const float* block;
  int points;  // filled points of the block
  int d;
  const float* centroids;
  const float* half;
  int k;
  bool certify;
  float largest_square;  // at least |x|^2 of every point; read for up to 16 features
};

/// A box of points and centroids, as integers in doubles.
struct BoxArguments {
  const double* ends;     // low + high of each feature
  const double* widths;   // high - low
  const double* columns;  // centroids, feature by feature, `stride` apart; 0 from k on
  const double* squares;  // |c|^2; 1e300 from k on
  int d, k, stride;       // stride: a multiple of every SIMD width
};

/// A block and the means of k clusters, d doubles each.
struct MeanArguments {
  const float* block;
  int d;
  const double* means;
  const ClusterSpread* spreads;
  int k;
};

/// Points that mean_distances turns into doubles at a time, at most.
inline constexpr int kMeanPoints = 32;

struct Kernels {
  const char* target;
  bool int8;  // products of bytes as well (int8_screen.h)

  /// nearest[i] = position of the nearest centroid for each of 256 points. Returns how many of the
  /// filled points the floats do not certify; their indices are in `uncertain`, rising. Products
  /// take half the arithmetic; differences certify where distances are small beside norms, too.
  int (*by_products)(const AssignArguments& arguments, std::int32_t* nearest,
                     std::uint16_t* uncertain);
  int (*by_differences)(const AssignArguments& arguments, std::int32_t* nearest,
                        std::uint16_t* uncertain);

  /// label[i] = cluster[nearest[i]] of k clusters (where cluster is null, nearest[i]) for each of
  /// 256 points. Returns how many of the first `points` differ from before[i]; their indices are in
  /// `changed`, rising.
  int (*relabel)(const std::int32_t* nearest, const std::int32_t* cluster, int k,
                 const std::int32_t* before, int points, std::int32_t* label,
                 std::uint16_t* changed);

  /// to[f] += point[f], from[f] -= point[f] (from may be null) for d features.
  void (*move_row)(const std::int32_t* point, int d, std::int64_t* to, std::int64_t* from);

  /// 256 numbers from bytes.
  void (*widen)(const std::uint8_t* bytes, std::int32_t* words);

  /// Lists, rising, the centroids that may be nearest to some point of the box: all but those that
  /// are farther than another one throughout. d <= 16; `score` has room for `stride` numbers.
  int (*candidates)(const BoxArguments& arguments, double* score, std::int32_t* list);

  /// distance[i] = exact squared distance of each of 256 points to one centroid of d floats.
  void (*distances)(const float* block, int d, const float* centroid, std::int64_t* distance);

  /// distance[i] = the smaller of itself and the exact squared distance to the centre. Returns an
  /// upper bound of those of the block's points.
  std::int64_t (*approach)(const float* block, int d, const float* centre, std::int64_t* distance);

  /// Sum of weights[i] times the smaller of distance[i] and that to the centre: exact.
  UInt128 (*potential)(const float* block, int d, const float* centre, const std::uint32_t* weights,
                       const std::int64_t* distance);

  /// u of candidates 2 pair and 2 pair + 1 for 256 point hashes.
  void (*draws)(const std::uint64_t* hashes, const DrawKey& key, std::uint32_t pair, double* even,
                double* odd);

  /// Lists the points of positive weight times distance that may fire before `time`: all that do,
  /// and few others.
  int (*contenders)(const double* u, const std::uint32_t* weights, const std::int64_t* distance,
                    double time, std::uint16_t* list);

  /// q[i] = Grid::quantise of 256 transformed values. Returns whether any was cut.
  bool (*quantise)(const double* x, double offset, double factor, std::int32_t* q);

  /// score[i] = (sum over features in order of (q_f - mean_f) * loading_f) * cell for 256 points.
  void (*project)(const float* block, int d, const double* mean, const double* loadings,
                  double cell, double* score);

  /// Of each of 256 points: own[i] = squared distance to the mean of its cluster, other[i] = the
  /// least of as_other + squared distance to the mean over the other clusters. `room` has room for
  /// d * kMeanPoints doubles and is aligned.
  void (*mean_distances)(const MeanArguments& arguments, const std::int32_t* label, double* room,
                         double* own, double* other);

  /// sum of a[i] b[i] for whole numbers whose partial sums stay within 2^53: exact in any order.
  double (*exact_dot)(const double* a, const double* b, int count);
};

/// Kernels for the best target here, or for the named one. Throws Error (usage) for a target that
/// is not here.
const Kernels& kernels_for(const std::string& target);

}  // namespace covey::internal
