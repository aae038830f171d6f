// The fast path's certificate: points on its edge get the exact label, without it they do not, and
// on ordinary data it certifies nearly everything, so that exactness is not bought by rechecking.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/oracle.h"
#include "engine/support.h"

namespace covey::test {
namespace {

/// The point (-2^22, 0, ..., 0) and two centroids whose differences to it are A = (2^23, h x 7) and
/// B = (2^23, h + 1 x 6, 0), with features in the given order.
/// |A|^2 - |B|^2 = 7 h^2 - 6 (h + 1)^2 > 0 for h >= 13: B is nearer. But beside 2^46 the last place
/// of a float is 2^23: added after the large square, each h^2 (at most 2^22, half a place) is
/// rounded away, and for h = 2048 each (h + 1)^2 counts double. So float32 says A, by a gap of 12 *
/// 2^-24 of the distance, half of the certificate's bound.
struct Edge {
  Data data{8, {}, {}};
  Centroids centroids{2, 8, {}};
};

/// Two more points, in the grid's corners: no box of points decides a label, so floats must.
void add_corners(Data& data) {
  data.values.insert(data.values.end(), static_cast<std::size_t>(data.d), -kGridLimit);
  data.values.insert(data.values.end(), static_cast<std::size_t>(data.d), kGridLimit);
}

Edge edge(std::int32_t h, const std::vector<std::int64_t>& order, bool a_first) {
  constexpr std::int32_t kHalf = 1 << 22;
  const std::vector<std::int32_t> x = {-kHalf, 0, 0, 0, 0, 0, 0, 0};
  const std::vector<std::int32_t> a = {kHalf, h, h, h, h, h, h, h};
  const std::vector<std::int32_t> b = {kHalf, h + 1, h + 1, h + 1, h + 1, h + 1, h + 1, 0};
  Edge result;
  for (const std::int64_t f : order) result.data.values.push_back(x[static_cast<std::size_t>(f)]);
  for (const auto& centre : {a_first ? a : b, a_first ? b : a})
    for (const std::int64_t f : order)
      result.centroids.q.push_back(centre[static_cast<std::size_t>(f)]);
  add_corners(result.data);
  return result;
}

class Certificate : public OnBackend {};
INSTANTIATE_TEST_SUITE_P(On, Certificate, testing::ValuesIn(variants()), variant_name);

TEST_P(Certificate, PointsOnItsEdgeGetTheExactLabel) {
  Random random(41);
  for (const std::int32_t h : {16, 256, 1024, 2000, 2047, 2048}) {
    for (int i = 0; i < 16; ++i) {
      const auto order =
          i == 0 ? std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7} : random.permutation(8);
      const Edge one = edge(h, order, i % 2 == 0);
      const Labels labels = on_unit_grid(backend(), one.data)->label(one.centroids, true);
      ASSERT_EQ(labels.label[0], i % 2 == 0 ? 1 : 0) << "h " << h << ", order " << i;
      ASSERT_EQ(labels.distance[0], (1LL << 46) + 6LL * (h + 1) * (h + 1));
    }
  }
}

TEST_P(Certificate, NearTiesGetTheExactLabel) {
  // The second centroid mirrors the first about the point, feature by feature, and one feature is
  // off by one or two: gaps of a few units in distances of up to 2^46 d, far below what float32 can
  // tell.
  Random random(42);
  for (const int d : {1, 2, 3, 4, 5, 8, 15, 16, 17, 33, 64, 300}) {
    SCOPED_TRACE(d);
    Data data{d, {}, {}};
    std::vector<std::int32_t> q;
    Centroids centres{0, d, {}};
    for (int pair = 0; pair < 12; ++pair) {
      std::vector<std::int32_t> x, left, right;
      for (int f = 0; f < d; ++f) {
        const auto middle =
            static_cast<std::int32_t>(random.between(-kGridLimit / 2, kGridLimit / 2));
        const auto apart = static_cast<std::int32_t>(random.between(0, kGridLimit / 2 - 2));
        const bool swap = random.below(2) == 0;
        x.push_back(middle);
        left.push_back(middle + (swap ? apart : -apart));
        right.push_back(middle - (swap ? apart : -apart));
      }
      right[static_cast<std::size_t>(random.below(d))] +=
          static_cast<std::int32_t>(random.between(-2, 2));
      q.insert(q.end(), x.begin(), x.end());
      centres.q.insert(centres.q.end(), left.begin(), left.end());
      centres.q.insert(centres.q.end(), right.begin(), right.end());
      centres.k += 2;
    }
    data.values.assign(q.begin(), q.end());
    auto loaded = on_unit_grid(backend(), data);
    expect_same(loaded->label(centres, true), oracle_label(q, {}, centres));
    for (int pair = 0; pair < 12; ++pair) {  // and each point against its own pair alone
      Centroids two{2, d, {centres.row(2 * pair), centres.row(2 * (pair + 1))}};
      expect_same(loaded->label(two, true), oracle_label(q, {}, two));
    }
  }
}

/// Points far from the origin, 1 from one centroid and 2 from the other. Products of coordinates
/// near 2^22 are near 2^44, where float32 counts in steps of 2^21: scores by products cannot tell 1
/// from 4.
struct FarPair {
  Data data{2, {}, {}};
  Centroids centroids{2, 2, {}};
  std::int32_t nearest = 0;
};

FarPair far_pair(int i) {
  const std::int32_t r = (1 << 22) + 1001 * i;
  FarPair pair;
  pair.data.values = {static_cast<double>(r), static_cast<double>(-r)};
  pair.nearest = i % 2;
  for (int j = 0; j < 2; ++j) {
    pair.centroids.q.push_back(j == pair.nearest ? r - 1 : r + 2);
    pair.centroids.q.push_back(-r);
  }
  add_corners(pair.data);
  return pair;
}

TEST_P(Certificate, PointsFarFromTheOriginGetTheExactLabel) {
  for (int i = 0; i < 64; ++i) {
    const FarPair pair = far_pair(i);
    const Labels labels = on_unit_grid(backend(), pair.data)->label(pair.centroids, true);
    ASSERT_EQ(labels.label[0], pair.nearest) << i;
    ASSERT_EQ(labels.distance[0], 1);
  }
}

/// Labels of the edge family and of the far pairs that are wrong.
int wrong_labels(const Backend& backend) {
  int wrong = 0;
  Random random(43);
  for (int i = 0; i < 64; ++i) {
    const auto order =
        i == 0 ? std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7} : random.permutation(8);
    const Edge one = edge(2048, order, true);
    wrong += on_unit_grid(backend, one.data)->label(one.centroids, false).label[0] == 0;
    const FarPair pair = far_pair(i);
    wrong +=
        on_unit_grid(backend, pair.data)->label(pair.centroids, false).label[0] != pair.nearest;
  }
  return wrong;
}

// Proves that the check is needed: the same families, labelled by floats alone, on every SIMD
// target and on the GPU.
TEST(CertificateOff, TheFamiliesGoWrong) {
  for (const std::string& target : simd_targets()) {
    TestHooks hooks;
    hooks.simd_target = target;
    hooks.certify = false;
    EXPECT_GT(wrong_labels(*cpu(2, hooks)), 0) << target;
  }
}

class UncertifiedOn : public OnBackend {};
INSTANTIATE_TEST_SUITE_P(On, UncertifiedOn, testing::ValuesIn(uncertified_cuda()), variant_name);

TEST_P(UncertifiedOn, TheFamiliesGoWrong) { EXPECT_GT(wrong_labels(backend()), 0); }

/// Share of labels that the fast kernels gave and the certificate let stand.
double certified_share(const Backend& backend, int n, int d, int k, bool fit) {
  Random random(44);
  std::vector<double> centres;
  for (int i = 0; i < k * d; ++i) centres.push_back(random.normal() * 4);
  Data data{d, {}, {}};
  for (int row = 0; row < n; ++row) {
    const std::int64_t j = random.below(k);
    for (int f = 0; f < d; ++f)
      data.values.push_back(centres[static_cast<std::size_t>(j * d + f)] + random.normal());
  }
  const auto loaded = load_points(backend, data.view());
  Random draw(45);
  const Centroids start = start_from_rows(coordinates(data, loaded->grid()), d, k, draw);
  if (fit) {
    KMeansOptions options;
    options.max_iterations = 20;
    fit_kmeans_from(*loaded, start, options);
  } else {
    predict(*loaded, start);
  }
  const AssignStatistics statistics = loaded->assign_statistics();
  EXPECT_GE(statistics.labels, n);
  return 1.0 - static_cast<double>(statistics.rechecked) / static_cast<double>(statistics.labels);
}

class CertificateOn : public OnBackend {};
INSTANTIATE_TEST_SUITE_P(On, CertificateOn, testing::ValuesIn(fast_back_ends()), variant_name);

TEST_P(CertificateOn, CertifiesNearlyAllLabelsOfMixtures) {
  EXPECT_GE(certified_share(backend(), 20'000, 4, 4, true), 0.99);
  EXPECT_GE(certified_share(backend(), 20'000, 4, 4, false), 0.99);
  EXPECT_GE(certified_share(backend(), 5'000, 16, 16, true), 0.99);
  EXPECT_GE(certified_share(backend(), 2'000, 64, 32, true), 0.99);
  EXPECT_GE(certified_share(backend(), 500, 300, 8, true), 0.99);
}

}  // namespace
}  // namespace covey::test
