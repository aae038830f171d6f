// The SIMD kernels of the cpu back end, one table a target. Each works on one block of 256 points.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "covey/random.h"

namespace covey::internal {

/// Centroids as the assignment kernels take them: k x d floats without repeats, and half_norm of
/// each (covey/screen.h).
struct AssignArguments {
  const float* block;
  int points;  // filled points of the block
  int d;
  const float* centroids;
  const float* half;
  int k;
  bool certify;
};

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

  /// label[i] = cluster[nearest[i]] (where cluster is null, nearest[i]) for each of 256 points.
  /// Returns how many of the first `points` differ from before[i]; their indices are in `changed`,
  /// rising.
  int (*relabel)(const std::int32_t* nearest, const std::int32_t* cluster,
                 const std::int32_t* before, int points, std::int32_t* label,
                 std::uint16_t* changed);

  /// distance[i] = exact squared distance of each of 256 points to one centroid of d floats.
  void (*distances)(const float* block, int d, const float* centroid, std::int64_t* distance);

  /// u of candidates 2 pair and 2 pair + 1 for 256 point hashes.
  void (*draws)(const std::uint64_t* hashes, const DrawKey& key, std::uint32_t pair, double* even,
                double* odd);

  /// score[i] = (sum over features in order of (q_f - mean_f) * loading_f) * cell for 256 points.
  void (*project)(const float* block, int d, const double* mean, const double* loadings,
                  double cell, double* score);

  /// sum of a[i] b[i] for whole numbers whose partial sums stay within 2^53: exact in any order.
  double (*exact_dot)(const double* a, const double* b, int count);
};

/// Kernels for the best target here, or for the named one. Throws Error (usage) for a target that
/// is not here.
const Kernels& kernels_for(const std::string& target);

}  // namespace covey::internal
