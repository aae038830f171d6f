#include "feature_tuples.h"

#include <algorithm>
#include <array>
#include <bit>

namespace covey::driver {
namespace {

constexpr std::size_t kFirstSlots = 1024;

__extension__ using Uint128 = unsigned __int128;

/// High half + low half of the product: every bit of the result hangs on every bit of `a`.
std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) {
  const Uint128 product = Uint128{a} * b;
  return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
}

/// As memcmp does, which costs a call.
bool same_bits(const double* a, const double* b, std::size_t size) {
  std::uint64_t different = 0;
  for (std::size_t i = 0; i < size; ++i) {
    different |= std::bit_cast<std::uint64_t>(a[i]) ^ std::bit_cast<std::uint64_t>(b[i]);
  }
  return different == 0;
}

}  // namespace

TupleTable::TupleTable(std::size_t dimensions) : dimensions_(dimensions), slots_(kFirstSlots) {}

std::uint64_t TupleTable::hash(const double* tuple) const {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15u, kSeed = 0xA0761D6478BD642Fu;
  std::uint64_t hash = kSeed;
  for (std::size_t f = 0; f < dimensions_; ++f) {
    hash = folded_product(hash ^ std::bit_cast<std::uint64_t>(tuple[f]), kOdd) + f;
  }
  return folded_product(hash, kSeed);
}

std::uint32_t TupleTable::find(const double* tuple, std::uint64_t hash, std::uint32_t weight) {
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  ++rows_;
  std::size_t at = start(hash);
  for (; slots_[at].number != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].tag != tag) continue;
    const std::uint32_t number = slots_[at].number - 1;
    if (!same_bits(this->tuple(number), tuple, dimensions_)) continue;
    weights_[number] += weight;
    return number;
  }
  const auto added = static_cast<std::uint32_t>(size());
  slots_[at] = {tag, added + 1};
  values_.insert(values_.end(), tuple, tuple + dimensions_);
  weights_.push_back(weight);
  if (size() * 2 > slots_.size()) grow();
  return added;
}

void TupleTable::grow() {
  slots_.assign(slots_.size() * 4, {});
  for (std::size_t number = 0; number < size(); ++number) {
    const std::uint64_t key = hash(tuple(number));
    std::size_t at = start(key);
    while (slots_[at].number != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(number + 1)};
  }
}

std::uint32_t TupleTable::number(const double* tuple, std::uint32_t weight) {
  return find(tuple, hash(tuple), weight);
}

std::vector<std::uint32_t> TupleTable::numbers(const std::vector<std::vector<double>>& columns,
                                               std::span<const std::uint32_t> multiplicity) {
  // Some rows at a time, so that their slots, and then the tuples there, come from memory side by
  // side.
  constexpr std::size_t kTogether = 64;
  const std::size_t rows = columns.front().size();
  std::vector<std::uint32_t> result(rows);
  std::vector<double> tuples(kTogether * dimensions_);
  std::array<std::uint64_t, kTogether> hashes;
  for (std::size_t begin = 0; begin < rows; begin += kTogether) {
    const std::size_t count = std::min(kTogether, rows - begin);
    for (std::size_t f = 0; f < dimensions_; ++f) {
      const double* column = columns[f].data() + begin;
      for (std::size_t i = 0; i < count; ++i) tuples[i * dimensions_ + f] = column[i];
    }
    for (std::size_t i = 0; i < count; ++i) {
      hashes[i] = hash(&tuples[i * dimensions_]);
      __builtin_prefetch(&slots_[start(hashes[i])]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t likely = slots_[start(hashes[i])].number;
      if (likely != 0) __builtin_prefetch(tuple(likely - 1));
    }
    for (std::size_t i = 0; i < count; ++i) {
      result[begin + i] = find(&tuples[i * dimensions_], hashes[i],
                               multiplicity.empty() ? 1 : multiplicity[begin + i]);
    }
  }
  return result;
}

bool TupleTable::pays() const {
  // A sample of 8 MiB, so that trying costs rows of any width little; half: below, a tuple's number
  // takes no less than it saves.
  constexpr std::uint64_t kSampleValues = std::uint64_t{1} << 20;
  return rows_ * dimensions_ < kSampleValues || size() * 2 <= rows_;
}

}  // namespace covey::driver
