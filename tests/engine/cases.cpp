#include "engine/cases.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace covey::test {
namespace {

constexpr int kRows[] = {1, 2, 15, 16, 17, 31, 32, 33, 255, 256, 257, 1025};
constexpr int kFeatures[] = {1, 2, 3, 4, 5, 8, 15, 16, 17, 33, 64, 300};
constexpr int kClusters[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65};

template <std::size_t kSize>
int any_of(const int (&values)[kSize], Random& random) {
  return values[random.below(static_cast<std::int64_t>(kSize))];
}

double cell_of(Kind kind, const std::vector<double>& centres, std::int64_t cluster, int f, int d,
               Random& random) {
  switch (kind) {
    case Kind::kMixture:
    case Kind::kAbsurdCell:
      return centres[static_cast<std::size_t>(cluster * d + f)] + random.normal();
    case Kind::kLattice:
      return static_cast<double>(random.between(-2, 2));
    case Kind::kEqual:
      return 42.0 + f;
    case Kind::kConstantFeature:
      return f == 0 ? 3.5 : random.one_of({-0.0, 0.0, 1.0, -1.0, 2.5}) * static_cast<double>(1 + f);
    case Kind::kOffset:
      return 1e8 + centres[static_cast<std::size_t>(cluster * d + f)] +
             std::nearbyint(random.normal());
    case Kind::kDuplicates:
      return centres[static_cast<std::size_t>(cluster * d + f)];
    default:
      return random.uniform() * 10;
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << "case seed " << one.seed << ": n " << one.n << ", d " << one.d << ", k " << one.k
             << ", kind " << static_cast<int>(one.kind);
}

Case make_case(std::uint64_t family, int index, std::int64_t budget) {
  Random random(family * 1'000'003 + static_cast<std::uint64_t>(index));
  Case one;
  one.seed = random.bits();
  one.kind = static_cast<Kind>(index % static_cast<int>(Kind::kCount));
  do {
    one.n = any_of(kRows, random);
    one.d = any_of(kFeatures, random);
    one.k = random.below(8) == 0 ? one.n : std::min(one.n, any_of(kClusters, random));
  } while (static_cast<std::int64_t>(one.n) * one.d * one.k > budget);
  return one;
}

bool is_taken(int index) {
  const char* share = std::getenv("COVEY_CASES");
  if (share == nullptr) return true;
  const int part = share[0] - '1', parts = share[2] - '0';
  return index % parts == part;
}

Data make_data(const Case& one) {
  Random random(one.seed);
  Data data{one.d, {}, {}};
  std::vector<double> centres;
  for (int i = 0; i < 6 * one.d; ++i) centres.push_back(std::nearbyint(random.normal() * 8));
  for (int row = 0; row < one.n; ++row) {
    const std::int64_t cluster = random.below(6);
    for (int f = 0; f < one.d; ++f)
      data.values.push_back(cell_of(one.kind, centres, cluster, f, one.d, random));
  }
  if (one.kind == Kind::kAbsurdCell)
    data.values[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(one.n) * one.d))] =
        1e9;
  const std::int64_t heaviest =
      one.kind == Kind::kDuplicates ? ((1LL << 32) - 1) / one.n : random.one_of({1, 1, 3, 1000});
  for (int row = 0; row < one.n && heaviest > 1; ++row)
    data.multiplicity.push_back(static_cast<std::uint32_t>(
        random.between(std::max<std::int64_t>(1, heaviest / 2), heaviest)));
  return data;
}

Job make_job(const Case& one, const Data& data) {
  Random random(one.seed ^ 0x5EED);
  Job job;
  job.scaling = random.one_of(
      {Scaling::kStandard, Scaling::kStandard, Scaling::kMinMax, Scaling::kRobust, Scaling::kNone});
  const bool positive =
      std::all_of(data.values.begin(), data.values.end(), [](double x) { return x > -1; });
  if (positive && random.below(3) == 0) {
    for (int f = 0; f < data.d; ++f) job.log1p.push_back(random.below(2) == 0);
  }
  job.plan.k = {one.k, std::min(one.k, 3)};
  job.plan.restarts = static_cast<int>(random.between(1, 2));
  job.plan.start = random.below(3) == 0 ? Start::kRandom : Start::kPlusPlus;
  job.plan.seed = random.bits();
  job.plan.max_iterations = random.one_of({1, 2, 6, 25});
  job.plan.tolerance = random.one_of({0.0, 0.0, 1e-4, 0.03});
  job.components = static_cast<int>(random.between(1, std::min(data.d, 4)));

  const Columns view = data.view();
  const Grid grid = make_grid(summarise(*reference(), {&view, 1}, job.scaling, job.log1p),
                              job.scaling, job.log1p);
  Centroids start = start_from_rows(coordinates(data, grid), data.d, one.k, random);
  job.given.push_back(start);
  for (std::int32_t& q : start.q)  // anywhere on the grid: most of these fall empty at once
    q = static_cast<std::int32_t>(random.between(-kGridLimit, kGridLimit));
  job.given.push_back(start);
  std::fill(start.q.begin(), start.q.end(), 0);  // all equal: all but one fall empty
  job.given.push_back(start);
  return job;
}

}  // namespace covey::test
