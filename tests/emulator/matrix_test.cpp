// Products of matrix units against plain loops, in both ways of adding, and fp16.
#include <covey_matrix.h>
#include <covey_shared_memory.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "emulator/random.h"
#include "emulator/test_launch.h"

namespace covey::emulator {
namespace {

using cuda::CopyBarrier, cuda::half_bits, cuda::half_value, cuda::shared_memory;

/// Row-major fp16 values that are whole numbers from -20 to 20: sums are exact in any order.
std::vector<std::uint16_t> whole_numbers(int rows, int columns) {
  std::vector<std::uint16_t> values(static_cast<std::size_t>(rows) * columns);
  for (auto& value : values) value = half_bits(static_cast<float>(random_below(41)) - 20);
  return values;
}

/// (A B^T)(r, c) of row-major A and B with `depth` columns.
float product_at(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b,
                 int depth, int r, int c) {
  float sum = 0;
  for (int f = 0; f < depth; ++f)
    sum += half_value(a[static_cast<std::size_t>(r) * depth + f]) *
           half_value(b[static_cast<std::size_t>(c) * depth + f]);
  return sum;
}

class Rounding : public Emulator, public testing::WithParamInterface<int> {
 protected:
  void SetUp() override {
    Emulator::SetUp();
    Settings machine = settings();
    machine.fraction_bits = GetParam();
    set(machine);
  }
};
INSTANTIATE_TEST_SUITE_P(OfSums, Rounding, testing::Values(0, 24),
                         [](const auto& which) { return which.param == 0 ? "once" : "cut"; });

// ---- mma and ldmatrix

// Warp w multiplies rows 16 w ... of A (32 x 32) by all rows of B (8 x 32), in two steps of 16.
__global__ void multiply_by_warps(const std::uint16_t* a, const std::uint16_t* b, float* out) {
  auto* rows = reinterpret_cast<std::uint16_t*>(shared_memory());  // A, then B, 32 values a row
  for (unsigned i = threadIdx.x; i < 32 * 32; i += blockDim.x) rows[i] = a[i];
  for (unsigned i = threadIdx.x; i < 8 * 32; i += blockDim.x) rows[32 * 32 + i] = b[i];
  __syncthreads();
  const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  float sum[4] = {1, 1, 1, 1};
  std::uint32_t of_b[4];  // columns 0, 8, 16, 24 on
  cuda::load_matrix_x4(of_b, rows + (32 + lane % 8) * 32 + lane / 8 * 8);
  for (unsigned step = 0; step < 2; ++step) {
    std::uint32_t of_a[4];
    cuda::load_matrix_x4(of_a, rows + (16 * warp + lane % 16) * 32 + 16 * step + lane / 16 * 8);
    const std::uint32_t pair[2] = {of_b[2 * step], of_b[2 * step + 1]};
    cuda::mma_16x8x16(sum, of_a, pair);
  }
  for (unsigned i = 0; i < 4; ++i)
    out[(16 * warp + lane / 4 + 8 * (i / 2)) * 8 + 2 * (lane % 4) + i % 2] = sum[i];
}

TEST_P(Rounding, OfWarpsProductsIsExactWhereNothingIsLost) {
  for (const int capability : {80, 90}) {
    Settings machine = settings();
    machine.capability = capability;
    set(machine);
    const auto a = whole_numbers(32, 32), b = whole_numbers(8, 32);
    std::vector<float> sums(32 * 8);
    ASSERT_EQ(launch(multiply_by_warps, {1, 64, 40 * 64}, a.data(), b.data(), sums.data()),
              cudaSuccess);
    for (int r = 0; r < 32; ++r)
      for (int c = 0; c < 8; ++c) EXPECT_EQ(sums[r * 8 + c], 1 + product_at(a, b, 32, r, c));
  }
}

// One product is `large`, fifteen are `small`.
__global__ void small_terms(float large, float small, float start, float* out) {
  const unsigned lane = threadIdx.x;
  const std::uint32_t one = half_bits(1), other = half_bits(small), first = half_bits(large);
  std::uint32_t a[4], b[2];
  for (std::uint32_t& each : a) each = one | one << 16;
  for (std::uint32_t& each : b) each = other | other << 16;
  if (lane % 4 == 0) b[0] = first | other << 16;
  float sum[4] = {start, start, start, start};
  cuda::mma_16x8x16(sum, a, b);
  for (unsigned i = 0; i < 4; ++i) out[4 * lane + i] = sum[i];
}

TEST_P(Rounding, OfManySmallTermsBesideALargeOne) {
  std::vector<float> sums(128);
  const auto sum_of = [&](float large, float small, float start) {
    EXPECT_EQ(launch(small_terms, {1, 32}, large, small, start, sums.data()), cudaSuccess);
    for (const float each : sums) EXPECT_EQ(std::isnan(each), std::isnan(sums.front()));
    for (const float each : sums) EXPECT_TRUE(std::isnan(each) || each == sums.front());
    return sums.front();
  };
  const bool cut = GetParam() != 0;
  // The unit of 4096 is 2^-11, and terms are cut below 2^-12: 15 2^-13 are 3.75 units, or nothing.
  EXPECT_EQ(sum_of(4096, 0x1p-13F, 0), 4096 + (cut ? 0 : 4) * 0x1p-11F);
  EXPECT_EQ(sum_of(-4096, -0x1p-13F, 0), -4096 - (cut ? 0 : 4) * 0x1p-11F);
  // 22.5 2^-12 are 11.25 units; cut, 15 2^-12 are 7.5, and cut again 7.
  EXPECT_EQ(sum_of(4096, 0x1.8p-12F, 0), 4096 + (cut ? 7 : 11) * 0x1p-11F);
  // What is in the accumulator is a term like the others.
  EXPECT_EQ(sum_of(0, 0x1.8p-12F, 4096), 4096 + (cut ? 7 : 11) * 0x1p-11F);
  EXPECT_EQ(sum_of(1, -0x1p-4F, 0), 0.0625F);
  EXPECT_EQ(sum_of(0, 0, 0), 0);
  EXPECT_EQ(sum_of(INFINITY, 1, 0), INFINITY);
  EXPECT_TRUE(std::isnan(sum_of(NAN, 1, 0)));
}

TEST_F(Emulator, TheSeedSaysHowSumsAreRounded) {
  std::vector<float> sums(128);
  for (const unsigned seed : {1U, 2U}) {
    Settings machine;
    machine.seed = seed;
    set(machine);
    ASSERT_EQ(launch(small_terms, {1, 32}, 4096.0F, 0x1.8p-12F, 0.0F, sums.data()), cudaSuccess);
    EXPECT_EQ(sums.front(), 4096 + (seed == 2 ? 7 : 11) * 0x1p-11F);
  }
}

__global__ void some_lanes_multiply() {
  float sum[4] = {};
  const std::uint32_t a[4] = {}, b[2] = {};
  if (threadIdx.x != 9) cuda::mma_16x8x16(sum, a, b);
}

__global__ void load_from(int shift) {
  std::uint32_t fragment[4];
  cuda::load_matrix_x4(fragment, shared_memory() + shift + 16 * (threadIdx.x % 32));
}

TEST_F(Emulator, AllLanesTakePartInProducts) {
  const auto text = misuse_of([] { launch(some_lanes_multiply, {1, 32}); });
  EXPECT_NE(text.find("deadlock"), std::string::npos) << text;
  EXPECT_NE(misuse_of([] {
              launch(some_lanes_multiply, {1, 8});
            }).find("deadlock"),
            std::string::npos);
}

TEST_F(Emulator, RowsOfFragmentsAreAlignedAndInSharedMemory) {
  EXPECT_EQ(launch(load_from, {1, 32, 512}, 0), cudaSuccess);
  EXPECT_NE(misuse_of([] {
              launch(load_from, {1, 32, 1024}, 8);
            }).find("boundary of 16"),
            std::string::npos);
  EXPECT_NE(misuse_of([] {
              launch(load_from, {1, 32, 512}, 16);
            }).find("not in the block's"),
            std::string::npos);
}

// ---- wgmma

/// Puts rows of 64 values where the swizzle has them.
__device__ void store_swizzled(unsigned char* to, const std::uint16_t* from, unsigned rows) {
  for (unsigned i = threadIdx.x; i < rows * 8; i += blockDim.x) {
    const unsigned row = i / 8, piece = i % 8;
    std::memcpy(to + row * 128 + (piece ^ row % 8) * 16, from + row * 64 + piece * 8, 16);
  }
}

// Two warpgroups, 64 rows of A each, by 128 rows of B, over 64 features, two products a group of
// products; the first starts from 0 or from 3.
__global__ void multiply_by_warpgroups(const std::uint16_t* a, const std::uint16_t* b, bool add,
                                       float* out) {
  unsigned char* shared = shared_memory();
  store_swizzled(shared, a, 128);
  store_swizzled(shared + 128 * 128, b, 128);
  cuda::fence_barriers();
  __syncthreads();
  const unsigned group = threadIdx.x / 128, t = threadIdx.x % 128;
  const std::uint64_t of_a = cuda::matrix_descriptor(shared + group * 64 * 128),
                      of_b = cuda::matrix_descriptor(shared + 128 * 128);
  float sum[64];
  for (float& each : sum) each = 3;
  cuda::wgmma_fence();
  for (unsigned step = 0; step < 4; ++step) {
    cuda::wgmma_64x128x16(sum, of_a + 2 * step, of_b + 2 * step, add || step > 0);
    if (step % 2 == 1) cuda::wgmma_commit();
    if (step == 3) cuda::wgmma_wait<1>();
  }
  cuda::wgmma_wait<0>(sum);
  for (unsigned i = 0; i < 64; ++i)
    out[(64 * group + 16 * (t / 32) + t % 32 / 4 + 8 * (i / 2 % 2)) * 128 + 8 * (i / 4) +
        2 * (t % 4) + i % 2] = sum[i];
}

TEST_P(Rounding, OfWarpgroupsProductsIsExactWhereNothingIsLost) {
  const auto a = whole_numbers(128, 64), b = whole_numbers(128, 64);
  std::vector<float> sums(128 * 128);
  for (const bool add : {false, true}) {
    ASSERT_EQ(
        launch(multiply_by_warpgroups, {1, 256, 32 << 10}, a.data(), b.data(), add, sums.data()),
        cudaSuccess);
    for (int r = 0; r < 128; ++r)
      for (int c = 0; c < 128; ++c)
        ASSERT_EQ(sums[r * 128 + c], (add ? 3 : 0) + product_at(a, b, 64, r, c)) << r << " " << c;
  }
}

enum class Fault {
  kNone,
  kReadEarly,
  kWriteOperand,
  kWriteSum,
  kNoFence,
  kSumNotGiven,
  kNoWait,
  kOtherOperand,
  kOneAway,
  kMisaligned,
  kOtherSwizzle
};

__global__ void multiply_with(Fault fault, float* out) {
  unsigned char* shared = shared_memory();
  for (unsigned i = threadIdx.x; i < 24 << 10; i += blockDim.x) shared[i] = 0;
  __syncthreads();
  std::uint64_t a = cuda::matrix_descriptor(shared + (fault == Fault::kMisaligned ? 512 : 0));
  const std::uint64_t b = cuda::matrix_descriptor(shared + (8 << 10));
  if (fault == Fault::kOtherSwizzle) a ^= 3ULL << 62;
  if (fault == Fault::kOtherOperand && threadIdx.x == 77) a += 2;
  if (fault == Fault::kOneAway && threadIdx.x == 77) return;
  float sum[64] = {};
  if (fault != Fault::kNoFence) cuda::wgmma_fence();
  cuda::wgmma_64x128x16(sum, a, b, false);
  cuda::wgmma_commit();
  if (fault == Fault::kReadEarly) out[threadIdx.x] = sum[5];
  if (fault == Fault::kWriteOperand && threadIdx.x == 0) shared[128 * 63 + 0x70] = 1;
  if (fault == Fault::kWriteSum && threadIdx.x == 3) sum[63] = 1;
  if (fault == Fault::kNoWait) return;
  if (fault == Fault::kSumNotGiven)
    cuda::wgmma_wait<0>();
  else
    cuda::wgmma_wait<0>(sum);
  if (fault != Fault::kReadEarly) out[threadIdx.x] = sum[5];
}

TEST_F(Emulator, ProductsOfWarpgroupsHaveRules) {
  std::vector<float> out(128, 1);
  const auto run = [&](Fault fault) {
    return launch(multiply_with, {1, 128, 24 << 10}, fault, out.data());
  };
  const auto expect = [&](Fault fault, const char* what) {
    const auto text = misuse_of([&] { run(fault); });
    EXPECT_NE(text.find(what), std::string::npos) << text;
  };
  EXPECT_EQ(run(Fault::kNone), cudaSuccess);
  for (const float each : out) EXPECT_EQ(each, 0);
  EXPECT_EQ(run(Fault::kReadEarly), cudaSuccess);
  for (const float each : out) EXPECT_TRUE(std::isnan(each));
  expect(Fault::kWriteOperand, "shared memory changed");
  expect(Fault::kWriteSum, "accumulators were written");
  expect(Fault::kNoFence, "without wgmma_fence()");
  expect(Fault::kSumNotGiven, "wgmma_wait() is not given");
  expect(Fault::kNoWait, "while a product of it is under way");
  expect(Fault::kOtherOperand, "different products");
  expect(Fault::kOneAway, "127 threads wait for their warpgroup");
  expect(Fault::kMisaligned, "boundary of 1,024");
  expect(Fault::kOtherSwizzle, "not swizzled");
}

__global__ void ask_for_registers() { cuda::take_registers<240>(); }
__global__ void ask_for_wgmma(bool* has) { *has = cuda::has_wgmma(); }

TEST_F(Emulator, TheDeviceMayBeOfComputeCapability8) {
  bool has = false;
  EXPECT_EQ(launch(ask_for_wgmma, {1, 1}, &has), cudaSuccess);
  EXPECT_TRUE(has);
  EXPECT_EQ(launch(ask_for_registers, {1, 128}), cudaSuccess);
  Settings machine;
  machine.capability = 80;
  set(machine);
  cudaDeviceProp properties{};
  EXPECT_EQ(cudaGetDeviceProperties(&properties, 0), cudaSuccess);
  EXPECT_EQ(properties.major, 8);
  EXPECT_EQ(properties.minor, 0);
  EXPECT_EQ(launch(ask_for_wgmma, {1, 1}, &has), cudaSuccess);
  EXPECT_FALSE(has);
  EXPECT_NE(misuse_of([] {
              launch(ask_for_registers, {1, 128});
            }).find("capability 9.0"),
            std::string::npos);
}

// ---- fp16

/// By the definition of the format: sign, 5 bits of exponent, 10 of fraction.
double value_of(int bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
                           : exponent == 0 ? std::ldexp(fraction, -24)
                                           : std::ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 != 0 ? -magnitude : magnitude;
}

TEST(Half, EveryValueIsThatOfTheFormatAndComesBack) {
  for (int bits = 0; bits < 1 << 16; ++bits) {
    const float value = half_value(static_cast<std::uint16_t>(bits));
    if (std::isnan(value_of(bits))) {
      EXPECT_TRUE(std::isnan(value));
      EXPECT_EQ(half_bits(value), 0x7FFF);
      continue;
    }
    EXPECT_EQ(value, value_of(bits)) << bits;
    EXPECT_EQ(std::signbit(value), bits >> 15 != 0);
    EXPECT_EQ(half_bits(value), bits);
  }
}

// Between neighbours of the format: halfway to the one whose last bit is 0, else to the nearer one.
TEST(Half, TiesGoToEven) {
  for (int bits = 0; bits < 0x7BFF; ++bits) {
    const auto low = static_cast<float>(value_of(bits)),
               high = static_cast<float>(value_of(bits + 1));
    const float middle = (low + high) / 2;  // exact
    for (const int sign : {0, 0x8000}) {
      const float s = sign != 0 ? -1 : 1;
      EXPECT_EQ(half_bits(s * middle), sign | (bits % 2 == 0 ? bits : bits + 1));
      EXPECT_EQ(half_bits(s * std::nextafter(middle, low)), sign | bits);
      EXPECT_EQ(half_bits(s * std::nextafter(middle, high)), sign | (bits + 1));
    }
  }
  EXPECT_EQ(half_bits(65519.996F), 0x7BFF);
  EXPECT_EQ(half_bits(65520), 0x7C00);
  EXPECT_EQ(half_bits(-3e38F), 0xFC00);
  EXPECT_EQ(half_bits(1e-45F), 0);
  EXPECT_EQ(half_bits(-0x1p-25F), 0x8000);
}

}  // namespace
}  // namespace covey::emulator
