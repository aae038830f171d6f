#include "ingest_dictionary.h"

#include <xxhash.h>

#include <limits>

#include "covey/error.h"

namespace covey::driver {
namespace {

constexpr std::size_t kFirstSlots = 64;

CellState judge(std::string_view text) {
  if (is_missing(text)) return CellState::kMissing;
  return is_utf8(text) ? CellState::kValue : CellState::kNotUtf8;
}

}  // namespace

Dictionary::Dictionary() : slots_(kFirstSlots, -1) {}

std::int32_t Dictionary::code(std::string_view text) {
  const std::uint64_t hash = XXH3_64bits(text.data(), text.size());
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  for (; slots_[slot] >= 0; slot = (slot + 1) & mask) {
    const auto known = static_cast<std::size_t>(slots_[slot]);
    if (hashes_[known] == hash && names_[known] == text) return slots_[slot];
  }
  if (names_.size() == std::numeric_limits<std::int32_t>::max()) {
    throw Error(ErrorKind::kData, "a category column has more than 2^31 - 1 different values", "",
                "map a column with fewer");
  }
  const auto added = static_cast<std::int32_t>(names_.size());
  slots_[slot] = added;
  names_.emplace_back(text);
  hashes_.push_back(hash);
  states_.push_back(judge(text));
  has_flaws_ |= states_.back() != CellState::kValue;
  if (names_.size() * 2 > slots_.size()) grow();
  return added;
}

void Dictionary::grow() {
  slots_.assign(slots_.size() * 2, -1);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t code = 0; code < names_.size(); ++code) {
    std::size_t slot = hashes_[code] & mask;
    while (slots_[slot] >= 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<std::int32_t>(code);
  }
}

}  // namespace covey::driver
