#include "matrix_probe.h"

#include <covey_matrix.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "covey/random.h"
#include "kernel.h"
#include "launch.h"

namespace covey::cuda {
namespace {

// Every row of A is multiplied by every row of B.
constexpr int kRowsOfA = 16, kRowsOfB = 128, kRowsOfWarpgroup = 64, kSlab = 64;

// ---- Sums on the device, from fp16 numbers in rows of `width` features, a multiple of kSlab ----

/// Warp w: all rows of A by the rows 8 w to 8 w + 7 of B. sums: kRowsOfA x kRowsOfB.
__global__ void multiply_by_warps(const std::uint32_t* a, const std::uint32_t* b, int width,
                                  float* sums) {
  const int warp = static_cast<int>(first_item() / 32), lane = static_cast<int>(threadIdx.x) % 32;
  const int group = lane / 4, pair = lane % 4, words = width / 2;
  const std::uint32_t* of_a = a + group * words + pair;
  const std::uint32_t* of_b = b + (8 * warp + group) * words + pair;
  float sum[4] = {};
  for (int at = 0; at < words; at += 8) {
    const std::uint32_t left[4] = {of_a[at], of_a[8 * words + at], of_a[at + 4],
                                   of_a[8 * words + at + 4]};
    const std::uint32_t right[2] = {of_b[at], of_b[at + 4]};
    mma_16x8x16(sum, left, right);
  }
  for (int i = 0; i < 4; ++i)
    sums[(group + 8 * (i / 2)) * kRowsOfB + 8 * warp + 2 * pair + i % 2] = sum[i];
}

/// Puts 64 features of `rows` rows into shared memory as wgmma reads them; row r is row r %
/// different.
__device__ void put_slab(unsigned char* shared, const std::uint16_t* from, int rows, int different,
                         int width) {
  for (int i = static_cast<int>(threadIdx.x); i < rows * 8; i += static_cast<int>(blockDim.x)) {
    const int row = i / 8, piece = i % 8;
    const auto* values = reinterpret_cast<const uint4*>(from + row % different * width) + piece;
    *reinterpret_cast<uint4*>(shared + row * 128 + (piece ^ row % 8) * 16) = *values;
  }
}

/// One warpgroup. Its 64 rows are those of A, four times. sums: kRowsOfWarpgroup x kRowsOfB.
__global__ void __launch_bounds__(128)
    multiply_by_warpgroup(const std::uint16_t* a, const std::uint16_t* b, int width, float* sums) {
  unsigned char* rows_of_a = shared_memory();
  unsigned char* rows_of_b = rows_of_a + kRowsOfWarpgroup * kSlab * 2;
  float sum[64];
  for (int slab = 0; slab < width; slab += kSlab) {
    put_slab(rows_of_a, a + slab, kRowsOfWarpgroup, kRowsOfA, width);
    put_slab(rows_of_b, b + slab, kRowsOfB, kRowsOfB, width);
    fence_barriers();
    __syncthreads();
    wgmma_fence();
    for (int step = 0; step < kSlab / 16; ++step)
      wgmma_64x128x16(sum, matrix_descriptor(rows_of_a) + 2 * step,
                      matrix_descriptor(rows_of_b) + 2 * step, slab + step > 0);
    wgmma_commit();
    wgmma_wait<0>(sum);
    __syncthreads();
  }
  const int t = static_cast<int>(threadIdx.x);
  for (int i = 0; i < 64; ++i)
    sums[(16 * (t / 32) + t % 32 / 4 + 8 * (i / 2 % 2)) * kRowsOfB + 8 * (i / 4) + 2 * (t % 4) +
         i % 2] = sum[i];
}

__global__ void look_for_wgmma(int* has) { *has = has_wgmma() ? 1 : 0; }

// ---- Vectors that bring out the worst ----

/// Features in units of 2^-8, each an fp16 number of at most 65,280: products are multiples of
/// 2^-16, and sums of 4,096 of them fit 64 bits.
using Row = std::vector<std::int32_t>;

constexpr std::int32_t kOne = 256, kLargest = 65'280 * kOne;

class Draws {
 public:
  std::uint32_t bits() { return philox4x32({counter_++, 0, 0, 0}, {1, 0})[0]; }
  /// Uniform in [low, high), to the 11 bits of an fp16 number.
  std::int32_t between(std::int32_t low, std::int32_t high) {
    const auto range = static_cast<std::uint64_t>(high - low);
    return cut(low + static_cast<std::int32_t>(range * bits() >> 32));
  }
  /// Every magnitude from 2^-8 on is as likely, and both signs.
  std::int32_t of_any_size() {
    const int size = static_cast<int>(bits() % 24);
    const std::int32_t magnitude = between(1 << size, std::min(2 << size, kLargest));
    return bits() % 2 == 0 ? magnitude : -magnitude;
  }

 private:
  static std::int32_t cut(std::int32_t magnitude) {
    const int width = std::bit_width(static_cast<std::uint32_t>(magnitude));
    const int below = std::max(0, width - 11);
    return magnitude >> below << below;
  }
  std::uint32_t counter_ = 0;
};

/// Where in a step of 16 features, and in which step, the large term stands.
int large_at(int which, int d) {
  const int places[] = {0, 7, 8, 15, d / 2, d - 1};
  return places[which % 6];
}

/// One term of 2^15 among terms of `small`: beside its square, products of these lie at the end of
/// a float or beyond it, and all of them together count.
Row one_large(int place, std::int32_t small, int d) {
  Row row(d, small);
  row[place] = kOne << 15;
  return row;
}

constexpr std::int32_t kSmall = 2047;  // 8 (1 - 2^-11): cut off, nearly a whole unit is lost

/// Rows of A: terms of one sign beside a large one; sums that cancel; sums that grow; any sizes.
Row row_of_a(int number, int d, Draws& draws) {
  if (number < 6) return one_large(large_at(number, d), kSmall, d);
  Row row(d, kLargest);
  switch (number) {
    case 6:  // the large terms cancel, the last one against the first
      row = one_large(0, kSmall, d);
      row[d - 1] = -(kOne << 15);
      break;
    case 7:
      for (int f = 1; f < d; f += 2) row[f] = -kLargest;
      break;
    case 8:
      break;
    case 9:
      for (auto& value : row) value = draws.between(kLargest / 2, kLargest);
      break;
    case 10:  // each eighth of the features half as large as the one before
      for (int f = 0; f < d; ++f) row[f] = (kOne << 15) >> (8 * f / d);
      break;
    case 11:
      for (auto& value : row) value = draws.between(4 * kOne, 16 * kOne);
      row[3] = kOne << 15;
      break;
    default:
      for (auto& value : row) value = draws.of_any_size();
  }
  return row;
}

/// Rows of B: for each place of a large term, small ones from 2^-27 of it up; then as those of A.
Row row_of_b(int number, int d, Draws& draws) {
  constexpr int kSizes = 6, kPlaces = 6;
  const int place = number % kPlaces, size = number / kPlaces;
  if (size < kSizes) return one_large(large_at(place, d), kOne << size, d);
  if (size < 2 * kSizes) {  // the same with terms that are taken away from the large one
    Row row(d, -(kOne << (size - kSizes)));
    row[large_at(place, d)] = kOne << 15;
    return row;
  }
  if (size < 3 * kSizes) {  // small terms of any size
    Row row(d);
    for (auto& value : row) value = draws.between(kOne << (size - 2 * kSizes), 16 * kOne);
    row[large_at(place, d)] = row[0] = kOne << 15;
    return row;
  }
  return row_of_a(6 + number % 10, d, draws);
}

/// The bits of a whole number of 2^-8 that fp16 holds.
std::uint16_t half_of(std::int32_t value) {
  constexpr std::uint32_t kRebase = (127U - 15U) << 23;
  if (value == 0) return 0;
  const auto bits = std::bit_cast<std::uint32_t>(std::fabs(static_cast<float>(value) / kOne));
  return static_cast<std::uint16_t>((value < 0 ? 0x8000U : 0U) | (bits - kRebase) >> 13);
}

struct Matrix {
  std::vector<Row> rows;
  Buffer<std::uint16_t> halves;  ///< rows of `width` features, zeros at the end
};

Matrix matrix_of(std::vector<Row> rows, int width) {
  std::vector<std::uint16_t> halves(rows.size() * width);
  for (std::size_t r = 0; r < rows.size(); ++r)
    std::transform(rows[r].begin(), rows[r].end(),
                   halves.begin() + static_cast<std::ptrdiff_t>(r) * width, half_of);
  return {std::move(rows), uploaded(halves)};
}

// ---- Errors ----

/// In units of 2^-16.
std::int64_t exact_product(const Row& a, const Row& b) {
  std::int64_t sum = 0;
  for (std::size_t f = 0; f < a.size(); ++f) sum += static_cast<std::int64_t>(a[f]) * b[f];
  return sum;
}

std::vector<double> norms(const std::vector<Row>& rows) {
  std::vector<double> all;
  for (const Row& row : rows)
    all.push_back(std::sqrt(static_cast<double>(exact_product(row, row))));
  return all;
}

/// Of `rows` x kRowsOfB sums; row r is that of row r % kRowsOfA of A.
double largest_error(const std::vector<std::int64_t>& exact, const std::vector<double>& unit,
                     const float* device_sums, int rows) {
  const auto sums = downloaded(device_sums, rows * kRowsOfB);
  double largest = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::size_t pair = i % exact.size();
    const double error =
        std::fabs(sums[i] * 0x1p16 - static_cast<double>(exact[pair])) / unit[pair];
    if (std::isnan(error)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, error);
  }
  return largest;
}

double largest_error_of(int d, bool has_wgmma) {
  const int width = (d + kSlab - 1) / kSlab * kSlab;
  Draws draws;
  std::vector<Row> rows_of_a, rows_of_b;
  for (int r = 0; r < kRowsOfA; ++r) rows_of_a.push_back(row_of_a(r, d, draws));
  for (int r = 0; r < kRowsOfB; ++r) rows_of_b.push_back(row_of_b(r, d, draws));
  const Matrix a = matrix_of(std::move(rows_of_a), width),
               b = matrix_of(std::move(rows_of_b), width);

  const std::vector<double> of_a = norms(a.rows), of_b = norms(b.rows);
  std::vector<std::int64_t> exact;
  std::vector<double> unit;  // product_error() |a| |b|
  for (std::size_t i = 0; i < of_a.size(); ++i)
    for (std::size_t j = 0; j < of_b.size(); ++j) {
      exact.push_back(exact_product(a.rows[i], b.rows[j]));
      unit.push_back(product_error(d) * of_a[i] * of_b[j]);
    }

  Buffer<float> sums(kRowsOfWarpgroup * kRowsOfB);
  const auto words = [](const Matrix& matrix) {
    return reinterpret_cast<const std::uint32_t*>(matrix.halves.data());
  };
  launch(multiply_by_warps, {kRowsOfB / 8 / 4, 4 * kWarp}, words(a), words(b), width, sums.data());
  double largest = largest_error(exact, unit, sums.data(), kRowsOfA);
  if (has_wgmma) {
    const std::size_t bytes = (kRowsOfWarpgroup + kRowsOfB) * kSlab * sizeof(std::uint16_t);
    launch(multiply_by_warpgroup, {1, 128, bytes}, a.halves.data(), b.halves.data(), width,
           sums.data());
    largest = std::max(largest, largest_error(exact, unit, sums.data(), kRowsOfWarpgroup));
  }
  return largest;
}

}  // namespace

bool device_has_wgmma(const Device& device) {
  device.use();
  Buffer<int> has(1);
  launch(look_for_wgmma, {1, 1}, has.data());
  return downloaded(has.data(), 1).front() != 0;
}

double largest_product_error(const Device& device) {
  const bool has_wgmma = device_has_wgmma(device);
  double largest = 0;
  for (const int d : {16, 64, 256, 1000, 4096})
    largest = std::max(largest, largest_error_of(d, has_wgmma));
  return largest;
}

}  // namespace covey::cuda
