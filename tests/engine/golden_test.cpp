// The result is right, not only equal: against figures that scikit-learn made once in float64 from
// the same starts (tests/golden/make_golden.py), on generated sessions and on the Online Shoppers
// data set.
#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "engine/support.h"

namespace covey::test {
namespace {

std::filesystem::path tests_folder() {
  return std::filesystem::path(COVEY_TEST_DATA).parent_path();
}

/// Knuth's MMIX generator; make_golden.py has the same.
class Draws {
 public:
  std::int64_t below(std::int64_t n) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::int64_t>(state_ >> 33) % n;
  }

 private:
  std::uint64_t state_ = 2024;
};

/// Whole-number sessions of four kinds: clicks, page views, seconds, cart. As in make_golden.py,
/// draw by draw.
Data sessions(int rows) {
  Draws draws;
  Data data{4, {}, {}};
  for (int row = 0; row < rows; ++row) {
    const std::int64_t kind = draws.below(20);
    std::int64_t clicks = 0, views = 0, seconds = 0, cart = 0, spread = 0;
    if (kind < 7) {
      clicks = 1 + draws.below(3), views = 1 + draws.below(3), seconds = 20, spread = 60;
    } else if (kind < 13) {
      clicks = 4 + draws.below(6), views = 3 + draws.below(7), seconds = 60, spread = 120;
    } else if (kind < 17) {
      clicks = 2 + draws.below(5), views = 2 + draws.below(5), seconds = 70, cart = 1, spread = 110;
    } else {
      clicks = 2 + draws.below(6), views = 2 + draws.below(8), seconds = 250;
      cart = draws.below(8) / 7, spread = 380;
    }
    const std::int64_t first = draws.below(spread), second = draws.below(spread);
    seconds += (first + second + draws.below(spread)) / 3;
    for (const std::int64_t value : {clicks, views, seconds, cart})
      data.values.push_back(static_cast<double>(value));
  }
  return data;
}

/// The seven features of Online Shoppers that the golden figures use; none where the file is
/// absent.
Data shoppers() {
  const char* folder = std::getenv("COVEY_DATA");
  const std::filesystem::path path =
      (folder != nullptr ? std::filesystem::path(folder)
                         : tests_folder().parent_path().parent_path() / "shared" / "data") /
      "online_shoppers_intention.csv";
  constexpr int kColumns[] = {1, 3, 4, 5, 6, 7, 8};
  Data data{7, {}, {}};
  std::ifstream file(path);
  std::string line, cell;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::vector<std::string> cells;
    for (std::istringstream cut(line); std::getline(cut, cell, ',');) cells.push_back(cell);
    for (const int column : kColumns) {
      const std::string& text = cells.at(static_cast<std::size_t>(column));
      double value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      data.values.push_back(value);
    }
  }
  return data;
}

struct GoldenFit {
  std::size_t k = 0;
  std::vector<double> start, inertia, centres;
  std::vector<double> silhouette;  // mean, then by cluster
  std::vector<double> davies_bouldin;
  std::string labels;
};

struct Golden {
  std::vector<double> sum, variance, loadings;
  std::vector<GoldenFit> fits;
};

std::vector<double> numbers(std::istringstream& text) {
  std::vector<double> result;
  std::string word;
  while (text >> word) {
    double value = 0;
    std::from_chars(word.data(), word.data() + word.size(), value);
    result.push_back(value);
  }
  return result;
}

Golden read_golden(const std::string& name) {
  std::ifstream file(tests_folder() / "golden" / name);
  Golden golden;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream text(line);
    std::string key;
    text >> key;
    if (key == "sum") golden.sum = numbers(text);
    if (key == "variance") golden.variance = numbers(text);
    if (key == "loadings") golden.loadings = numbers(text);
    if (key == "k") text >> golden.fits.emplace_back().k;
    if (key == "start") golden.fits.back().start = numbers(text);
    if (key == "inertia") golden.fits.back().inertia = numbers(text);
    if (key == "centres") golden.fits.back().centres = numbers(text);
    if (key == "silhouette") golden.fits.back().silhouette = numbers(text);
    if (key == "davies_bouldin") golden.fits.back().davies_bouldin = numbers(text);
    if (key == "labels") text >> golden.fits.back().labels;
  }
  return golden;
}

/// Standardised in float64, as scikit-learn saw it.
std::vector<double> standardised(const Data& data) {
  const auto n = static_cast<double>(data.rows());
  std::vector<double> scaled(data.values.size());
  for (int f = 0; f < data.d; ++f) {
    double mean = 0, variance = 0;
    for (std::int64_t row = 0; row < data.rows(); ++row) mean += data.at(row, f) / n;
    for (std::int64_t row = 0; row < data.rows(); ++row)
      variance += (data.at(row, f) - mean) * (data.at(row, f) - mean) / n;
    for (std::int64_t row = 0; row < data.rows(); ++row)
      scaled[static_cast<std::size_t>(row * data.d + f)] =
          (data.at(row, f) - mean) / std::sqrt(variance);
  }
  return scaled;
}

/// (second - best) / second of the squared distances of one point to scikit-learn's centres, in
/// float64.
double relative_gap(const double* x, const std::vector<double>& centres, std::size_t d) {
  double best = HUGE_VAL, second = HUGE_VAL;
  for (std::size_t j = 0; j < centres.size() / d; ++j) {
    double distance = 0;
    for (std::size_t f = 0; f < d; ++f)
      distance += (x[f] - centres[j * d + f]) * (x[f] - centres[j * d + f]);
    second = std::min(second, std::max(best, distance));
    best = std::min(best, distance);
  }
  return (second - best) / second;
}

class ScikitLearn : public OnBackend {
 protected:
  void check(const Data& data, const Golden& golden) {
    ASSERT_EQ(golden.fits.size(), 2U) << "tests/golden is not there";
    for (int f = 0; f < data.d; ++f) {  // the data are those that the figures were made of
      double sum = 0;
      for (std::int64_t row = 0; row < data.rows(); ++row) sum += data.at(row, f);
      ASSERT_NEAR(sum, golden.sum[static_cast<std::size_t>(f)], 1e-9 * std::abs(sum));
    }
    const auto loaded = load_points(backend(), data.view());
    const auto q = coordinates(data, loaded->grid());
    for (const GoldenFit& fit : golden.fits) {
      SCOPED_TRACE("k = " + std::to_string(fit.k));
      check_fit(data, *loaded, q, fit);
    }
    check_pca(*loaded, golden);
  }

 private:
  void check_fit(const Data& data, Points& loaded, const std::vector<std::int32_t>& q,
                 const GoldenFit& golden) {
    const auto d = static_cast<std::size_t>(data.d);
    Centroids start{static_cast<int>(golden.k), data.d, {}};
    for (const double row : golden.start) {
      const auto at = q.begin() + static_cast<std::ptrdiff_t>(row) * data.d;
      start.q.insert(start.q.end(), at, at + data.d);
    }
    const KMeansModel model = fit_kmeans_from(loaded, start, {});
    EXPECT_EQ(model.stop, Stop::kFixedPoint);
    EXPECT_NEAR(scaled_inertia(model.inertia, loaded.grid().p), golden.inertia[0],
                1e-6 * golden.inertia[0]);
    const Labels labels = predict(loaded, model.centroids);
    const std::vector<double> scaled = standardised(data);
    ASSERT_EQ(labels.label.size(), golden.labels.size());
    int differ = 0;
    for (std::size_t row = 0; row < golden.labels.size(); ++row) {
      if (labels.label[row] == golden.labels[row] - '0') continue;
      ++differ;
      EXPECT_LT(relative_gap(scaled.data() + row * d, golden.centres, d), 0x1p-20) << "row " << row;
    }
    EXPECT_LE(differ, 5);
    check_validity(validity_sums(loaded, model.centroids), golden);
    std::cout << "k = " << golden.k << ": " << differ << " of " << golden.labels.size()
              << " labels differ from scikit-learn's, inertia by "
              << scaled_inertia(model.inertia, loaded.grid().p) / golden.inertia[0] - 1 << "\n";
  }

  /// Within 1e-5 by cluster: a label that differs lies between two clusters, but counts in both.
  void check_validity(const ValiditySums& sums, const GoldenFit& golden) {
    ASSERT_EQ(golden.silhouette.size(), golden.k + 1);
    EXPECT_NEAR(silhouette(sums), golden.silhouette[0], 1e-6);
    EXPECT_NEAR(davies_bouldin(sums), golden.davies_bouldin[0], 1e-5);
    const std::vector<double> by_cluster = silhouette_by_cluster(sums);
    for (std::size_t c = 0; c < golden.k; ++c)
      EXPECT_NEAR(by_cluster[c], golden.silhouette[c + 1], 1e-5) << "cluster " << c;
  }

  /// Variances within 1e-6. Loadings too, where the variance stands 0.1 or more from the next.
  /// Closer, within 1e-6 over that gap: the grid (Online Shoppers has values 33 deviations out,
  /// which leave p = 17) moves a covariance by up to 1.4e-6, and an eigenvector turns by the change
  /// of its matrix over the gap.
  void check_pca(Points& loaded, const Golden& golden) {
    const int d = loaded.grid().dimensions();
    const Pca pca = fit_pca(loaded, d);
    double worst = 0;
    for (std::size_t c = 0; c < golden.variance.size(); ++c) {
      EXPECT_NEAR(pca.variance[c], golden.variance[c], 1e-6);
      double gap = 1;
      for (std::size_t other = 0; other < golden.variance.size(); ++other) {
        if (other != c) gap = std::min(gap, std::abs(golden.variance[c] - golden.variance[other]));
      }
      const double* ours = pca.loadings.data() + c * static_cast<std::size_t>(d);
      const double* theirs = golden.loadings.data() + c * static_cast<std::size_t>(d);
      double dot = 0;
      for (int f = 0; f < d; ++f) dot += ours[f] * theirs[f];
      const double sign = dot < 0 ? -1 : 1;  // scikit-learn has another rule of signs
      for (int f = 0; f < d; ++f) {
        EXPECT_NEAR(ours[f], sign * theirs[f], gap < 0.1 ? 1e-6 / gap : 1e-6);
        worst = std::max(worst, std::abs(ours[f] - sign * theirs[f]));
      }
    }
    std::cout << "p = " << loaded.grid().p << ": loadings differ by at most " << worst << "\n";
  }
};
INSTANTIATE_TEST_SUITE_P(On, ScikitLearn, testing::ValuesIn(back_ends()), variant_name);

TEST_P(ScikitLearn, AgreesOnGeneratedSessions) {
  check(sessions(20'000), read_golden("sessions.txt"));
}

TEST_P(ScikitLearn, AgreesOnOnlineShoppers) {
  const Data data = shoppers();
  if (data.rows() == 0)
    GTEST_SKIP() << "online_shoppers_intention.csv is neither in COVEY_DATA nor in ../shared/data";
  check(data, read_golden("shoppers.txt"));
}

}  // namespace
}  // namespace covey::test
