// The probes are compiled for every SIMD target, as the engine's kernels are.
#include "machine_limits.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
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
/// `values`: 14 floats, no two alike: equal chains the compiler would merge into one.
HWY_ATTR double multiply_add(long rounds, const float* values, float* sink) {
  const hn::ScalableTag<float> df;
  const auto factor = hn::Set(df, values[12]), term = hn::Set(df, values[13]);
  auto a = hn::Set(df, values[0]), b = hn::Set(df, values[1]), c = hn::Set(df, values[2]),
       d = hn::Set(df, values[3]), e = hn::Set(df, values[4]), f = hn::Set(df, values[5]),
       g = hn::Set(df, values[6]), h = hn::Set(df, values[7]), i = hn::Set(df, values[8]),
       j = hn::Set(df, values[9]), k = hn::Set(df, values[10]), l = hn::Set(df, values[11]);
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

/// Reads `count` floats, a multiple of four vectors, `rounds` times; returns the bytes.
HWY_ATTR double read_floats(const float* data, std::size_t count, long rounds, float* sink) {
  const hn::ScalableTag<float> df;
  const std::size_t lanes = hn::Lanes(df);
  auto a = hn::Zero(df), b = a, c = a, d = a;
  for (long round = 0; round < rounds; ++round) {
    for (std::size_t at = 0; at < count; at += 4 * lanes) {
      a = hn::Add(a, hn::LoadU(df, data + at));
      b = hn::Add(b, hn::LoadU(df, data + at + lanes));
      c = hn::Add(c, hn::LoadU(df, data + at + 2 * lanes));
      d = hn::Add(d, hn::LoadU(df, data + at + 3 * lanes));
    }
  }
  *sink = hn::GetLane(hn::SumOfLanes(df, hn::Add(hn::Add(a, b), hn::Add(c, d))));
  return static_cast<double>(rounds) * static_cast<double>(count) * sizeof(float);
}

}  // namespace HWY_NAMESPACE
}  // namespace covey::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace covey::bench {
namespace {

HWY_EXPORT(multiply_add);
HWY_EXPORT(read_floats);

constexpr int kMeasurements = 9;
constexpr std::size_t kLargeBytes = 256U << 20;

/// What `work(thread)`, done on all of them at once, comes to a second; the best of several.
double rate(unsigned threads, const std::function<double(unsigned)>& work) {
  double best = 0;
  for (int repeat = 0; repeat < kMeasurements; ++repeat) {
    std::vector<double> done(threads);
    const auto begin = std::chrono::steady_clock::now();
    {
      std::vector<std::jthread> running;
      for (unsigned t = 0; t < threads; ++t) running.emplace_back([&, t] { done[t] = work(t); });
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    double sum = 0;
    for (const double count : done) sum += count;
    best = std::max(best, sum / seconds);
  }
  return best;
}

double copy_rate(unsigned threads) {
  std::vector<char> from(kLargeBytes, 1), to(kLargeBytes, 2);
  const std::size_t part = kLargeBytes / threads;
  return rate(threads, [&](unsigned t) {
    std::memcpy(to.data() + t * part, from.data() + t * part, part);
    return 2.0 * static_cast<double>(part);
  });
}

double read_rate(unsigned threads, std::size_t bytes) {
  const std::size_t count = bytes / sizeof(float);
  std::vector<std::vector<float>> data(threads, std::vector<float>(count, 1.0F));
  const auto rounds = static_cast<long>(std::max<std::size_t>(1, kLargeBytes / bytes));
  return rate(threads, [&](unsigned t) {
    float sum = 0;
    const double done = HWY_DYNAMIC_DISPATCH(read_floats)(data[t].data(), count, rounds, &sum);
    data[t].front() = sum > 0 ? 1.0F : 2.0F;
    return done;
  });
}

Limits measured() {
  constexpr long kRounds = 4'000'000;
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<float> values;
  for (int i = 0; i < 12; ++i) values.push_back(static_cast<float>(i + 1));
  values.push_back(0.999F);
  values.push_back(0.001F);
  std::vector<float> sink(threads);
  std::vector<int> int_sink(threads);
  Limits limits;
  limits.copy_bytes_a_second = copy_rate(threads);
  limits.l2_read_bytes_a_second = read_rate(threads, 256U << 10);
  limits.l3_read_bytes_a_second = read_rate(threads, 4U << 20);
  limits.memory_read_bytes_a_second = read_rate(threads, kLargeBytes);
  limits.flops_a_second = rate(threads, [&](unsigned t) {
    return HWY_DYNAMIC_DISPATCH(multiply_add)(kRounds, values.data(), &sink[t]);
  });
  limits.int8_operations_a_second =
      rate(threads, [&](unsigned t) { return int8_dot_products(kRounds, &int_sink[t]); });
  return limits;
}

}  // namespace

const Limits& limits() {
  static const Limits once = measured();
  return once;
}

std::string limits_text() {
  const Limits& at = limits();
  char text[256];
  std::snprintf(text, sizeof text,
                "copy %.1f GB/s (read + written), read %.1f GB/s (L3 %.0f, L2 %.0f), float32 "
                "multiply-add %.0f GFLOP/s, int8 dot product %.0f GOP/s",
                at.copy_bytes_a_second * 1e-9, at.memory_read_bytes_a_second * 1e-9,
                at.l3_read_bytes_a_second * 1e-9, at.l2_read_bytes_a_second * 1e-9,
                at.flops_a_second * 1e-9, at.int8_operations_a_second * 1e-9);
  return text;
}

}  // namespace covey::bench
#endif  // HWY_ONCE
