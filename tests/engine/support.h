// What every suite of the engine needs: seeded data, grids whose coordinates are known, back ends
// by name, and everything that the engine computes from one data set, compared bit by bit.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "covey/backend.h"
#include "covey/error.h"

namespace covey::test {

/// SplitMix64 (Steele, Lea, Flood 2014): the tests' own generator, the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits();
  /// Uniform in [low, high], both included.
  std::int64_t between(std::int64_t low, std::int64_t high);
  std::int64_t below(std::int64_t n) { return between(0, n - 1); }
  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  /// Mean 0, variance 1, by twelve uniforms: no libm, so the same bits everywhere.
  double normal();
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[below(static_cast<std::int64_t>(values.size()))];
  }
  /// 0, 1, ..., n - 1 shuffled.
  std::vector<std::int64_t> permutation(std::int64_t n);

 private:
  std::uint64_t state_;
};

/// An owned row-major data set.
struct Data {
  int d = 1;
  std::vector<double> values;
  std::vector<std::uint32_t> multiplicity;  ///< empty: all 1

  std::int64_t rows() const { return static_cast<std::int64_t>(values.size()) / d; }
  double at(std::int64_t row, int f) const { return values[static_cast<std::size_t>(row * d + f)]; }
  Columns view() const;
  /// Rows index[0], index[1], ... : a shuffle, a part or a repetition.
  Data taken(const std::vector<std::int64_t>& index) const;
  /// Views of [0, cut 0), [cut 0, cut 1), ... , [last cut, rows).
  std::vector<Columns> batches(const std::vector<std::int64_t>& cuts) const;
  /// Every row as often as it counts, and the row that each came from.
  Data repeated(std::vector<std::int64_t>& origin) const;
};

/// Row-major points of d whole numbers.
Data points(int d, std::initializer_list<double> values);

/// p = 0, offset 0, scale 1: a whole number x within the limit has the grid coordinate x.
Grid unit_grid(int d);
/// The points on the unit grid.
std::unique_ptr<Points> on_unit_grid(const Backend& backend, const Data& data,
                                     Collapse collapse = Collapse::kAuto);
/// Grid coordinates of all rows, row-major, by the public rule alone.
std::vector<std::int32_t> coordinates(const Data& data, const Grid& grid);
Centroids centroids(int d, std::initializer_list<std::int32_t> q);
/// Distinct rows of `q`, in their order, as a start of at most k.
Centroids start_from_rows(const std::vector<std::int32_t>& q, int d, int k, Random& random);

/// A back end with its options.
struct Variant {
  std::string name;
  BackendOptions options;
};
void PrintTo(const Variant& variant, std::ostream* out);
/// reference, cpu and cuda.
std::vector<Variant> back_ends();
/// Those with fast kernels: cpu and cuda.
std::vector<Variant> fast_back_ends();
/// cuda with the certificate switched off.
std::vector<Variant> uncertified_cuda();
/// Everything that must equal `reference`: other threads, SIMD targets, weak hashes and devices.
std::vector<Variant> variants();
/// cuda with its loop for large models on every size.
std::vector<Variant> wide_loops();
/// cuda over several shards, streamed parts, and two GPUs.
std::vector<Variant> variants_in_parts();
/// The same with the loop for large models.
std::vector<Variant> wide_loops_in_parts();
/// `hash_mask` as in TestHooks: draws hang on the hash, so both sides of a comparison take the
/// same.
std::unique_ptr<Backend> reference(std::uint64_t hash_mask = ~0ULL);
std::unique_ptr<Backend> cpu(int threads = 2, const TestHooks& hooks = {});

/// One test a back end. A back end that is not here is a skip that says why; COVEY_REQUIRE_CUDA=1
/// makes it a failure.
class OnBackend : public testing::TestWithParam<Variant> {
 protected:
  void SetUp() override;
  Backend& backend() { return *backend_; }
  std::unique_ptr<Points> load(const Data& data) { return on_unit_grid(*backend_, data); }

 private:
  std::unique_ptr<Backend> backend_;
};
std::string variant_name(const testing::TestParamInfo<Variant>& info);

/// What to compute of a data set.
struct Job {
  Scaling scaling = Scaling::kStandard;
  std::vector<bool> log1p;
  LoadOptions load;
  FitPlan plan;                  ///< every k is cut to the number of distinct points
  std::vector<Centroids> given;  ///< a second fit, from these starts
  int components = 0;            ///< of PCA; 0: none
};

/// Every figure of the engine. By-row figures are in the order of the rows.
struct Outcome {
  std::int64_t rows = 0, weight = 0, distinct = 0;
  Grid grid;
  std::vector<std::int64_t> saturated;
  std::vector<Range> ranges;
  std::vector<Moments> moments;
  std::vector<std::int32_t> order_statistics;  ///< minimum, quartiles, maximum of v of each feature
  std::vector<KMeansModel> models;             ///< of the plan, then of the given starts
  std::vector<Labels> labels;                  ///< under each model, with distances
  GroupSums groups;                            ///< by label of the last model
  Gram gram;
  Pca pca;
  std::vector<std::vector<double>> scores;
  ScoreHistogram histogram;            ///< under the last model
  std::vector<ValiditySums> validity;  ///< under the first and the last model
  PointSample sample;                  ///< of a third of the sessions, or of some 500

  /// By-row figures of rows index[0], index[1], ...
  Outcome taken(const std::vector<std::int64_t>& index) const;
};
Outcome compute(const Backend& backend, const std::vector<Columns>& batches, const Job& job);

void expect_same(const KMeansModel& a, const KMeansModel& b);
void expect_same(const Labels& a, const Labels& b);
void expect_same(const ScoreHistogram& a, const ScoreHistogram& b);
void expect_same(const ValiditySums& a, const ValiditySums& b);
void expect_same(const PointSample& a, const PointSample& b);
void expect_same(const Outcome& a, const Outcome& b);

/// The error that `call` throws; fails the test where it throws none.
template <class Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorKind::kInternal, "nothing was thrown");
}

}  // namespace covey::test
