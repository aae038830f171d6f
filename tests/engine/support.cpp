#include "engine/support.h"

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <set>
#include <utility>

namespace covey::test {

std::uint64_t Random::bits() {
  std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(bits() % (static_cast<std::uint64_t>(high - low) + 1));
}

double Random::normal() {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += uniform();
  return sum;
}

std::vector<std::int64_t> Random::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) order[static_cast<std::size_t>(i)] = i;
  for (std::int64_t i = n - 1; i > 0; --i)
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(below(i + 1))]);
  return order;
}

Columns Data::view() const {
  Columns columns = Columns::row_major(values, d);
  columns.multiplicity = multiplicity;
  return columns;
}

Data Data::taken(const std::vector<std::int64_t>& index) const {
  Data result{d, {}, {}};
  for (const std::int64_t row : index) {
    for (int f = 0; f < d; ++f) result.values.push_back(at(row, f));
    if (!multiplicity.empty())
      result.multiplicity.push_back(multiplicity[static_cast<std::size_t>(row)]);
  }
  return result;
}

std::vector<Columns> Data::batches(const std::vector<std::int64_t>& cuts) const {
  std::vector<Columns> parts;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::int64_t end = i < cuts.size() ? cuts[i] : rows();
    Columns part = view();
    part.rows = end - begin;
    for (Column& column : part.features) column.data += begin * column.stride;
    if (!multiplicity.empty())
      part.multiplicity = part.multiplicity.subspan(static_cast<std::size_t>(begin),
                                                    static_cast<std::size_t>(end - begin));
    parts.push_back(std::move(part));
    begin = end;
  }
  return parts;
}

Data Data::repeated(std::vector<std::int64_t>& origin) const {
  origin.clear();
  for (std::int64_t row = 0; row < rows(); ++row)
    origin.insert(origin.end(), view().weight(row), row);
  Data result = taken(origin);
  result.multiplicity.clear();
  return result;
}

Data points(int d, std::initializer_list<double> values) { return {d, values, {}}; }

Grid unit_grid(int d) {
  Grid grid;
  grid.scaling = Scaling::kNone;
  grid.features.resize(static_cast<std::size_t>(d));
  return grid;
}

std::unique_ptr<Points> on_unit_grid(const Backend& backend, const Data& data, Collapse collapse) {
  const Columns view = data.view();
  return backend.load({&view, 1}, unit_grid(data.d), {collapse});
}

std::vector<std::int32_t> coordinates(const Data& data, const Grid& grid) {
  std::vector<std::int32_t> q;
  bool saturated = false;
  for (std::int64_t row = 0; row < data.rows(); ++row)
    for (int f = 0; f < data.d; ++f)
      q.push_back(Grid::quantise(grid.transformed(data.at(row, f), f),
                                 grid.features[static_cast<std::size_t>(f)].offset, grid.factor(f),
                                 saturated));
  return q;
}

Centroids centroids(int d, std::initializer_list<std::int32_t> q) {
  return {static_cast<int>(q.size()) / d, d, q};
}

Centroids start_from_rows(const std::vector<std::int32_t>& q, int d, int k, Random& random) {
  const std::int64_t n = static_cast<std::int64_t>(q.size()) / d;
  std::set<std::vector<std::int32_t>> seen;
  Centroids start{0, d, {}};
  for (const std::int64_t row : random.permutation(n)) {
    if (start.k == k) break;
    const std::vector<std::int32_t> point(q.begin() + row * d, q.begin() + (row + 1) * d);
    if (!seen.insert(point).second) continue;
    start.q.insert(start.q.end(), point.begin(), point.end());
    ++start.k;
  }
  return start;
}

void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

namespace {

BackendOptions options_of(const std::string& name, int threads, const TestHooks& hooks = {}) {
  BackendOptions options;
  options.name = name;
  options.threads = threads;
  options.hooks = hooks;
  return options;
}

TestHooks weak_hash() {
  TestHooks hooks;
  hooks.hash_mask = 0x7;
  return hooks;
}

}  // namespace

std::unique_ptr<Backend> reference(std::uint64_t hash_mask) {
  TestHooks hooks;
  hooks.hash_mask = hash_mask;
  return open_backend(options_of("reference", 1, hooks));
}

std::unique_ptr<Backend> cpu(int threads, const TestHooks& hooks) {
  return open_backend(options_of("cpu", threads, hooks));
}

std::vector<Variant> back_ends() {
  return {{"reference", options_of("reference", 1)},
          {"cpu", options_of("cpu", 2)},
          {"cuda", options_of("cuda", 0)}};
}

std::vector<Variant> fast_back_ends() {
  return {{"cpu", options_of("cpu", 2)}, {"cuda", options_of("cuda", 0)}};
}

std::vector<Variant> uncertified_cuda() {
  TestHooks hooks;
  hooks.certify = false;
  return {{"cuda", options_of("cuda", 0, hooks)}};
}

std::vector<Variant> variants_in_parts() {
  std::vector<Variant> all;
  TestHooks hooks;
  hooks.shards = 3;
  all.push_back({"cuda_three_shards", options_of("cuda", 2, hooks)});
  hooks.shards = 0;
  hooks.part_points = 150;
  hooks.stream_every = 1;
  hooks.hash_mask = 0xE000'0000'0000'0003;  // eight ranges of hashes, and collisions
  all.push_back({"cuda_streamed", options_of("cuda", 2, hooks)});
  hooks.hash_mask = ~0ULL;
  hooks.stream_every = 2;
  hooks.models_a_batch = 3;
  Variant two{"cuda_two_gpus", options_of("cuda", 2, hooks)};
  two.options.gpus = {0, 1};
  all.push_back(std::move(two));
  return all;
}

std::vector<Variant> variants() {
  std::vector<Variant> all;
  for (const int threads : {1, 2, 7})
    all.push_back({"cpu_" + std::to_string(threads), options_of("cpu", threads)});
  all.push_back({"cpu_weak_hash", options_of("cpu", 2, weak_hash())});
  for (const std::string& target : simd_targets()) {
    TestHooks hooks;
    hooks.simd_target = target;
    all.push_back({"cpu_" + target, options_of("cpu", 2, hooks)});
  }
  all.push_back({"cuda", options_of("cuda", 0)});
  all.push_back({"cuda_weak_hash", options_of("cuda", 0, weak_hash())});
  TestHooks small;
  small.models_a_batch = 2;
  small.passes_a_launch = 1;
  small.shared_bytes = 1024;
  all.push_back({"cpu_small_limits", options_of("cpu", 2, small)});
  all.push_back({"cuda_small_limits", options_of("cuda", 0, small)});
  return all;
}

std::vector<Variant> wide_loops() {
  TestHooks screened, floats, unbounded;
  screened.screen = unbounded.screen = 1;
  floats.screen = 2;
  unbounded.bounds = false;
  std::vector<Variant> all = {{"cuda_wide", options_of("cuda", 0, screened)},
                              {"cuda_wide_floats", options_of("cuda", 0, floats)},
                              {"cuda_wide_unbounded", options_of("cuda", 0, unbounded)}};
  screened.passes_a_launch = 1;
  screened.hash_mask = 0x7;
  all.push_back({"cuda_wide_small_limits", options_of("cuda", 0, screened)});
  return all;
}

std::vector<Variant> wide_loops_in_parts() {
  std::vector<Variant> all;
  TestHooks hooks;
  hooks.screen = 1;
  hooks.part_points = 50;
  hooks.shards = 2;
  hooks.stream_every = 3;
  all.push_back({"cuda_wide_two_shards", options_of("cuda", 2, hooks)});
  hooks.screen = 2;
  all.push_back({"cuda_wide_floats_on_shards", options_of("cuda", 2, hooks)});
  hooks.screen = 1;
  hooks.shards = 0;
  hooks.stream_every = 0;
  hooks.bounds = false;
  Variant two{"cuda_wide_two_gpus", options_of("cuda", 2, hooks)};
  two.options.gpus = {0, 1};
  all.push_back(std::move(two));
  hooks.stream_every = 1;
  hooks.hash_mask = 0xE000'0000'0000'0003;
  all.push_back({"cuda_wide_streamed", options_of("cuda", 2, hooks)});
  return all;
}

std::string variant_name(const testing::TestParamInfo<Variant>& info) { return info.param.name; }

void OnBackend::SetUp() {
  try {
    backend_ = open_backend(GetParam().options);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kDevice) throw;
    const std::size_t there = cuda_status().devices.size();
    if (there > 0 && GetParam().options.gpus.size() > there)
      GTEST_SKIP() << "this machine has too few GPUs";
    const char* required = std::getenv("COVEY_REQUIRE_CUDA");
    if (required != nullptr && std::string(required) == "1")
      FAIL() << "COVEY_REQUIRE_CUDA=1, but " << error.what();
    GTEST_SKIP() << error.what();
  }
}

}  // namespace covey::test
