// What the rule says of data whose structure is known. Twenty seeds each; the seed picks the shape.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include "covey/random.h"
#include "results_support.h"

namespace covey::driver {
namespace {

constexpr std::uint32_t kSeeds = 20;

/// Numbers by Philox, so that every machine draws the same data.
class Draws {
 public:
  explicit Draws(std::uint32_t seed) : seed_(seed) {}

  double uniform() {
    const auto bits = philox4x32({next_++, 0, 0, 0}, {seed_, 0x74657374});
    return unit_interval(bits[0], bits[1]);
  }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * M_PI * uniform());
  }

 private:
  std::uint32_t seed_, next_ = 0;
};

using Rows = std::vector<std::vector<double>>;

Sessions sessions_from(const Rows& rows) {
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns(rows.front().size());
  for (std::size_t f = 0; f < columns.size(); ++f) {
    names.push_back("f" + std::to_string(f));
    for (const auto& row : rows) columns[f].push_back(row[f]);
  }
  return sessions_of(std::move(names), std::move(columns));
}

Rows uniform_rows(std::uint32_t seed, int n, int d) {
  Draws draws(seed);
  Rows rows(static_cast<std::size_t>(n), std::vector<double>(static_cast<std::size_t>(d)));
  for (auto& row : rows) {
    for (double& x : row) x = draws.uniform();
  }
  return rows;
}

/// `correlation` of each feature with the one before.
Rows gaussian_rows(std::uint32_t seed, int n, int d, double correlation) {
  Draws draws(seed);
  Rows rows(static_cast<std::size_t>(n), std::vector<double>(static_cast<std::size_t>(d)));
  for (auto& row : rows) {
    double last = draws.normal();
    for (double& x : row) {
      last = correlation * last + std::sqrt(1 - correlation * correlation) * draws.normal();
      x = last;
    }
  }
  return rows;
}

/// Groups of unit variance around these centres, of these shares.
Rows blob_rows(std::uint32_t seed, int n, const Rows& centres, const std::vector<double>& shares) {
  Draws draws(seed);
  Rows rows;
  for (int row = 0; row < n; ++row) {
    const double u = (row + 0.5) / n;
    std::size_t group = 0;
    for (double below = shares[0]; u > below; below += shares[group]) ++group;
    rows.push_back(centres[group]);
    for (double& x : rows.back()) x += draws.normal();
  }
  return rows;
}

std::unique_ptr<Backend> cpu_backend(int threads = 1) {
  return open_backend({.name = "cpu", .threads = threads});
}

Segmentation segmentation_of(const Backend& backend, const Rows& rows, std::uint64_t seed,
                             const std::vector<int>& k = {2, 3, 4, 5}, int restarts = 4) {
  SegmentOptions options = options_for(k);
  options.restarts = restarts;
  options.seed = seed;
  Prepared prepared = prepare(backend, sessions_from(rows), options);
  return segment(backend, prepared, options);
}

TEST(ChoiceOfK, AGaussianBlobHasNoStructure) {
  struct Shape {
    int d;
    double correlation;
  };
  constexpr std::array<Shape, 5> kShapes = {{{1, 0}, {2, 0}, {2, 0.9}, {4, 0.6}, {8, 0}}};
  const auto backend = cpu_backend();
  for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
    const Shape& shape = kShapes[seed % kShapes.size()];
    const auto rows = gaussian_rows(seed, 500, shape.d, shape.correlation);
    const ChoiceOfK choice = segmentation_of(*backend, rows, seed).choice;
    EXPECT_EQ(choice.structure, Structure::kNone) << seed << ": " << choice.sentence;
    EXPECT_TRUE(choice.sentence.starts_with("No structure")) << choice.sentence;
  }
}

TEST(ChoiceOfK, ThreeClearBlobsAreThree) {
  struct Shape {
    Rows centres;
    std::vector<double> shares;
  };
  const std::array<Shape, 4> shapes = {
      {{{{0}, {9}, {20}}, {0.4, 0.3, 0.3}},
       {{{0, 0}, {9, 0}, {4.5, 9}}, {0.34, 0.33, 0.33}},
       {{{0, 0}, {12, 0}, {6, 12}}, {0.75, 0.15, 0.1}},
       {{{0, 0, 0, 0}, {8, 0, 8, 0}, {0, 8, 0, 8}}, {0.5, 0.3, 0.2}}}};
  const auto backend = cpu_backend();
  for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
    const Shape& shape = shapes[seed % shapes.size()];
    const auto rows = blob_rows(seed, 500, shape.centres, shape.shares);
    const ChoiceOfK choice = segmentation_of(*backend, rows, seed).choice;
    EXPECT_EQ(choice.k, 3) << seed;
    EXPECT_EQ(choice.structure, Structure::kClear) << seed << ": " << choice.sentence;
  }
}

// Eight of the ten features tell nothing, and have as much inertia each as the two that do.
TEST(ChoiceOfK, ThreeBlobsInTwoOfTenFeaturesAreThree) {
  Rows centres(3, std::vector<double>(10, 0.0));
  centres[1][0] = 10;
  centres[2][1] = 10;
  const auto backend = cpu_backend();
  for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
    const auto rows = blob_rows(seed, 500, centres, {0.4, 0.3, 0.3});
    const ChoiceOfK choice = segmentation_of(*backend, rows, seed, {2, 3, 4, 5}, 10).choice;
    EXPECT_EQ(choice.k, 3) << seed;
    EXPECT_TRUE(choice.structure == Structure::kWeak || choice.structure == Structure::kClear)
        << seed << ": " << choice.sentence;
  }
}

TEST(ChoiceOfK, UniformDataIsNeverClear) {
  const auto backend = cpu_backend();
  for (std::uint32_t seed = 1; seed <= kSeeds; ++seed) {
    const auto rows = uniform_rows(seed, 500, static_cast<int>(seed % 4) + 1);
    const ChoiceOfK choice = segmentation_of(*backend, rows, seed).choice;
    EXPECT_NE(choice.structure, Structure::kClear) << seed << ": " << choice.sentence;
    EXPECT_NE(choice.structure, Structure::kSeveral) << seed << ": " << choice.sentence;
  }
}

/// Every figure as text: equal texts are equal bits.
std::string text_of(const Segmentation& found) {
  std::string text = found.choice.sentence;
  const auto add = [&](double value) {
    text += std::to_string(std::bit_cast<std::uint64_t>(value)) + ' ';
  };
  for (const KChoice& choice : found.choices) {
    for (const double value :
         {choice.inertia, choice.calinski_harabasz, choice.davies_bouldin, choice.silhouette,
          *choice.gap, choice.gap_error, *choice.gain, choice.gain_error, *choice.wilks_gain,
          choice.wilks_error, *choice.ari})
      add(value);
    for (const double value : choice.persona_silhouette) add(value);
    for (const double value : choice.persona_jaccard) add(value);
  }
  return text;
}

// Rounded to halves, so that points repeat; more rows than the sample holds would take too long
// here: tests/command runs those.
TEST(ChoiceOfK, IsTheSameForAnyOrderThreadsAndBackEnd) {
  Rows rows = blob_rows(7, 300, {{0, 0}, {6, 0}, {3, 6}}, {0.5, 0.3, 0.2});
  for (auto& row : rows) {
    for (double& x : row) x = std::round(2 * x) / 2;
  }
  const std::vector<int> k = {2, 3, 4};
  const std::string expected = text_of(segmentation_of(*cpu_backend(1), rows, 5, k));
  EXPECT_EQ(text_of(segmentation_of(*cpu_backend(2), rows, 5, k)), expected);
  EXPECT_EQ(text_of(segmentation_of(*reference_backend(), rows, 5, k)), expected);
  std::reverse(rows.begin(), rows.end());
  std::rotate(rows.begin(), rows.begin() + 77, rows.end());
  EXPECT_EQ(text_of(segmentation_of(*cpu_backend(2), rows, 5, k)), expected);
  EXPECT_NE(text_of(segmentation_of(*cpu_backend(2), rows, 6, k)), expected);
}

// k = 3 of three distinct points: the inertia is 0, the gap is not there, and nothing breaks.
TEST(ChoiceOfK, AsManyPersonasAsPointsIsNotTested) {
  const Rows rows = {{0}, {0}, {5}, {5}, {9}, {9}};
  const Segmentation found = segmentation_of(*cpu_backend(), rows, 1, {2, 3});
  EXPECT_EQ(found.choice.structure, Structure::kNotTested);
  EXPECT_EQ(found.choice.k, 3);  // the infinite Calinski-Harabasz index
  EXPECT_EQ(found.choices[1].silhouette, 1.0);
  EXPECT_FALSE(found.choices[1].gap.has_value());
  EXPECT_EQ(found.choices[1].persona_silhouette, std::vector<double>(3, 1.0));
}

TEST(ChoiceOfK, OnePersonaCanBeAskedFor) {
  const Segmentation found =
      segmentation_of(*cpu_backend(), gaussian_rows(1, 300, 2, 0), 1, {1, 2});
  EXPECT_EQ(found.choice.k, 1);
  EXPECT_EQ(found.choice.structure, Structure::kNone);
  EXPECT_EQ(found.choices[0].silhouette, 0.0);
  EXPECT_EQ(found.choices[0].persona_jaccard, std::vector<double>{1.0});
}

TEST(ChoiceOfK, EvidenceCanBeSkipped) {
  SegmentOptions options = options_for({2, 3});
  options.evidence = false;
  const auto backend = cpu_backend();
  Prepared prepared = prepare(*backend, sessions_from(uniform_rows(1, 200, 2)), options);
  const Segmentation found = segment(*backend, prepared, options);
  EXPECT_EQ(found.choice.structure, Structure::kNotTested);
  EXPECT_EQ(found.choice.references, 0);
  EXPECT_FALSE(found.choices[0].gap.has_value());
  EXPECT_TRUE(found.choices[0].persona_jaccard.empty());
  EXPECT_GT(found.choices[0].silhouette, 0.0);
}

}  // namespace
}  // namespace covey::driver
