// The probes are compiled for every SIMD target, as the engine's kernels are.
#include "machine_limits.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "machine_limits.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace covey::bench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// `rounds` of 12 independent multiply-adds; returns how many floating-point operations that was.
HWY_ATTR double multiply_add(long rounds, float* sink) {
  const hn::ScalableTag<float> df;
  const auto factor = hn::Set(df, 0.999F), term = hn::Set(df, 0.001F);
  auto a = hn::Zero(df), b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a,
       l = a;
  for (long round = 0; round < rounds; ++round) {
    a = hn::MulAdd(a, factor, term);
    b = hn::MulAdd(b, factor, term);
    c = hn::MulAdd(c, factor, term);
    d = hn::MulAdd(d, factor, term);
    e = hn::MulAdd(e, factor, term);
    f = hn::MulAdd(f, factor, term);
    g = hn::MulAdd(g, factor, term);
    h = hn::MulAdd(h, factor, term);
    i = hn::MulAdd(i, factor, term);
    j = hn::MulAdd(j, factor, term);
    k = hn::MulAdd(k, factor, term);
    l = hn::MulAdd(l, factor, term);
  }
  const auto sum = hn::Add(
      hn::Add(hn::Add(a, b), hn::Add(c, d)),
      hn::Add(hn::Add(hn::Add(e, f), hn::Add(g, h)), hn::Add(hn::Add(i, j), hn::Add(k, l))));
  *sink = hn::GetLane(hn::SumOfLanes(df, sum));
  return 24.0 * static_cast<double>(rounds) * static_cast<double>(hn::Lanes(df));
}

}  // namespace HWY_NAMESPACE
}  // namespace covey::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace covey::bench {
namespace {

HWY_EXPORT(multiply_add);

/// Seconds until `work(thread)` is done on all of them; the least of five.
double seconds_on(unsigned threads, const std::function<void(unsigned)>& work) {
  double least = 1e300;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto begin = std::chrono::steady_clock::now();
    {
      std::vector<std::jthread> running;
      for (unsigned t = 0; t < threads; ++t) running.emplace_back([&, t] { work(t); });
    }
    least = std::min(
        least, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return least;
}

Limits measured() {
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  constexpr std::size_t kBytes = 256 << 20;
  std::vector<char> from(kBytes, 1), to(kBytes, 2);
  const std::size_t part = kBytes / threads;
  Limits limits;
  limits.bytes_a_second =
      2.0 * static_cast<double>(part * threads) / seconds_on(threads, [&](unsigned t) {
        std::memcpy(to.data() + t * part, from.data() + t * part, part);
      });
  constexpr long kRounds = 4'000'000;
  std::vector<float> sink(threads);
  std::vector<double> operations(threads);
  const double seconds = seconds_on(threads, [&](unsigned t) {
    operations[t] = HWY_DYNAMIC_DISPATCH(multiply_add)(kRounds, &sink[t]);
  });
  for (const double count : operations) limits.flops_a_second += count / seconds;
  return limits;
}

}  // namespace

const Limits& limits() {
  static const Limits once = measured();
  return once;
}

}  // namespace covey::bench
#endif  // HWY_ONCE
