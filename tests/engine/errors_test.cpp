// What is refused, with which kind of error, and that the message says what and where.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/support.h"

namespace covey::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

void expect_error(const Error& error, ErrorKind kind, std::initializer_list<const char*> words) {
  EXPECT_EQ(error.kind(), kind) << error.what();
  EXPECT_FALSE(error.fix().empty()) << error.what();
  for (const char* word : words)
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
        << "'" << error.what() << "' does not say '" << word << "'";
}

class Refused : public OnBackend {
 protected:
  Error loading(const Data& data, Scaling scaling = Scaling::kStandard) {
    return error_of([&] { load_points(backend(), data.view(), scaling); });
  }
  std::unique_ptr<Points> few() { return load(points(2, {0, 0, 1, 5, 7, 2})); }
  Error fitting(const KMeansOptions& options) {
    const auto loaded = few();
    return error_of([&] { fit_kmeans(*loaded, options); });
  }
};
INSTANTIATE_TEST_SUITE_P(On, Refused, testing::ValuesIn(back_ends()), variant_name);

TEST_P(Refused, ValuesThatAreNotFinite) {
  for (const double bad : {kNan, -kNan, kInfinity, -kInfinity})
    expect_error(loading(points(2, {1, 2, 3, 4, 5, bad})), ErrorKind::kData,
                 {"row 2", "feature 1", "finite"});
}

TEST_P(Refused, ValuesBeyondTheLargestMagnitude) {
  for (const double bad : {1.1e300, -1.7e308})
    expect_error(loading(points(1, {1, bad})), ErrorKind::kData, {"row 1", "feature 0", "1e300"});
}

TEST_P(Refused, TheFirstBadCellByRowIsNamed) {
  // Row 1 has a bad second feature, row 2 a bad first one; rows are counted over all batches.
  const Data data = points(2, {0, 0, 1, kNan, kNan, 2, kNan, kNan});
  const auto parts = data.batches({1});
  expect_error(error_of([&] { summarise(backend(), parts, Scaling::kStandard); }), ErrorKind::kData,
               {"row 1", "feature 1"});
}

TEST_P(Refused, Log1pOfMinusOneAndBelow) {
  for (const double bad : {-1.0, -1.5, -kInfinity}) {
    const Data data = points(2, {0, -7, bad, 3});
    const Columns view = data.view();
    expect_error(error_of([&] {
                   summarise(backend(), {&view, 1}, Scaling::kNone, {true, false});
                 }),
                 ErrorKind::kData, {"row 1", "feature 0"});
  }
  const Data fine = points(1, {-1.0 + 0x1p-53, 0});
  const Columns view = fine.view();
  EXPECT_NO_THROW(summarise(backend(), {&view, 1}, Scaling::kNone, {true}));
}

TEST_P(Refused, Log1pFlagsOfAnotherNumber) {
  const Data data = points(2, {0, 1, 2, 3});
  const Columns view = data.view();
  EXPECT_EQ(error_of([&] {
              summarise(backend(), {&view, 1}, Scaling::kNone, {true});
            }).kind(),
            ErrorKind::kUsage);
}

TEST_P(Refused, DataWithoutRowsOrFeatures) {
  expect_error(loading({1, {}, {}}), ErrorKind::kData, {"no rows"});
  expect_error(error_of([&] {
                 load_points(backend(), Columns{3, {}, {}});
               }),
               ErrorKind::kData, {"no features"});
}

TEST_P(Refused, TooManyFeatures) {
  expect_error(loading({4097, std::vector<double>(4097, 1.0), {}}), ErrorKind::kData,
               {"4097", "4096"});
}

TEST_P(Refused, MultiplicitiesThatCannotBe) {
  Data data = points(1, {1, 2, 3});
  data.multiplicity = {1, 0, 2};
  expect_error(loading(data), ErrorKind::kData, {"multiplicity of 0"});
  data.multiplicity = {1, 2};
  expect_error(loading(data), ErrorKind::kData, {"multiplicit"});
  data.multiplicity = {1U << 31, (1U << 31) - 1, 1};  // 2^32
  expect_error(loading(data), ErrorKind::kData, {"4294967296", "2^32"});
  data.multiplicity = {1U << 31, (1U << 31) - 2, 1};  // 2^32 - 1
  EXPECT_NO_THROW(load_points(backend(), data.view()));
}

TEST_P(Refused, BatchesOfDifferentWidths) {
  const Data two = points(2, {1, 2}), one = points(1, {1});
  const std::vector<Columns> batches = {two.view(), one.view()};
  EXPECT_EQ(error_of([&] { summarise(backend(), batches, Scaling::kNone); }).kind(),
            ErrorKind::kData);
  EXPECT_EQ(error_of([&] { backend().load(batches, unit_grid(2), {}); }).kind(), ErrorKind::kData);
}

TEST_P(Refused, OptionsOfKMeansThatMakeNoSense) {
  KMeansOptions options;
  options.k = {3, 0};
  expect_error(fitting(options), ErrorKind::kUsage, {"k = 0"});
  options.k = {-1};
  expect_error(fitting(options), ErrorKind::kUsage, {"k = -1"});
  options.k = {};
  expect_error(fitting(options), ErrorKind::kUsage, {"k"});
  options = {};
  options.restarts = 0;
  expect_error(fitting(options), ErrorKind::kUsage, {"0 restarts"});
  options.restarts = 1 << 24;
  expect_error(fitting(options), ErrorKind::kUsage, {"16777216 restarts"});
  options = {};
  options.max_iterations = 0;
  expect_error(fitting(options), ErrorKind::kUsage, {"max_iterations"});
  options = {};
  for (const double tolerance : {-1e-9, kNan, kInfinity}) {
    options.tolerance = tolerance;
    expect_error(fitting(options), ErrorKind::kUsage, {"tolerance"});
  }
}

TEST_P(Refused, StartsThatDoNotFitThePoints) {
  auto loaded = few();
  const auto from = [&](const Centroids& start) {
    return error_of([&] { fit_kmeans_from(*loaded, start, {}); });
  };
  expect_error(from({0, 2, {}}), ErrorKind::kUsage, {"start"});
  expect_error(from({1, 3, {1, 2, 3}}), ErrorKind::kUsage,
               {"of 3 coordinates", "of 2 coordinates"});
  expect_error(from({2, 2, {1, 2, 3}}), ErrorKind::kUsage, {"start"});
  expect_error(from({1, 2, {0, kGridLimit + 1}}), ErrorKind::kUsage, {"limit"});
}

TEST_P(Refused, CentroidsThatDoNotFitThePoints) {
  auto loaded = few();
  const auto with = [&](const Centroids& centroids) {
    return error_of([&] { predict(*loaded, centroids); });
  };
  expect_error(with({0, 2, {}}), ErrorKind::kUsage, {});
  expect_error(with({1, 3, {1, 2, 3}}), ErrorKind::kUsage, {"3"});
  expect_error(with({2, 2, {1, 2, 3}}), ErrorKind::kUsage, {});
  expect_error(with({1, 2, {-kGridLimit - 1, 0}}), ErrorKind::kUsage, {"limit"});
}

TEST_P(Refused, ComponentsThatCannotBe) {
  auto loaded = few();
  for (const int components : {0, -1, 3})
    expect_error(error_of([&] { fit_pca(*loaded, components); }), ErrorKind::kUsage,
                 {std::to_string(components).c_str(), "1 to 2"});
  Pca other;
  other.d = 3;
  expect_error(error_of([&] { project(*loaded, other); }), ErrorKind::kUsage, {"3"});
}

TEST_P(Refused, HistogramsThatCannotBe) {
  auto loaded = few();
  const Pca pca = fit_pca(*loaded, 2);
  const Centroids one{1, 2, {0, 0}};
  const auto of = [&](const Pca& components, const Centroids& centroids, int width, int height) {
    return error_of([&] { histogram_scores(*loaded, components, centroids, width, height); });
  };
  expect_error(of(pca, one, 0, 8), ErrorKind::kUsage, {"0 x 8", "4096"});
  expect_error(of(pca, one, 8, 4097), ErrorKind::kUsage, {"8 x 4097"});
  expect_error(of({}, one, 8, 8), ErrorKind::kUsage, {"components"});
  expect_error(of(pca, {1, 3, {1, 2, 3}}, 8, 8), ErrorKind::kUsage, {"3"});
}

TEST_P(Refused, PcaAboveTwoThousandFeatures) {
  auto loaded = load({2001, std::vector<double>(4002, 1.0), {}});
  expect_error(error_of([&] { fit_pca(*loaded, 2); }), ErrorKind::kUsage, {"2001", "2000"});
}

TEST(OpenBackend, RefusesWhatItDoesNotKnow) {
  BackendOptions options;
  options.name = "gpu";
  expect_error(error_of([&] { open_backend(options); }), ErrorKind::kUsage, {"'gpu'", "reference"});
  options.name = "cpu";
  options.threads = -1;
  expect_error(error_of([&] { open_backend(options); }), ErrorKind::kUsage, {"-1 threads"});
  options.threads = 1;
  options.hooks.simd_target = "AVX9";
  expect_error(error_of([&] { open_backend(options); }), ErrorKind::kUsage, {"AVX9"});
}

TEST(OpenBackend, AutoComputesAndSaysWhyNotOnAGpu) {
  std::string note;
  const auto backend = open_backend({}, &note);
  EXPECT_TRUE(backend->name() == "cuda" || !note.empty());
  const auto loaded = on_unit_grid(*backend, points(1, {1, 2, 9}));
  EXPECT_EQ(predict(*loaded, centroids(1, {0, 8})).label, (std::vector<std::int32_t>{0, 0, 1}));
}

TEST(ErrorText, IsWhereWhatAndFix) {
  EXPECT_STREQ(Error(ErrorKind::kData, "what", "where", "fix").what(), "where: what; fix");
  EXPECT_STREQ(Error(ErrorKind::kData, "what").what(), "what");
}

}  // namespace
}  // namespace covey::test
