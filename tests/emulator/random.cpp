#include "emulator/random.h"

#include <atomic>
#include <cstring>

namespace covey::emulator {
namespace {

std::atomic<std::uint64_t> state{1};  // NOLINT: launches draw under their lock, copies without

}  // namespace

void seed_random(std::uint64_t seed) { state = seed; }

// SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t random_bits() {
  constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15ULL;
  const std::uint64_t before = state.load(std::memory_order_relaxed);
  state.store(before + kStep, std::memory_order_relaxed);
  std::uint64_t z = before + kStep;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

std::size_t random_below(std::size_t n) {
  return static_cast<std::size_t>(((random_bits() >> 32) * n) >> 32);
}

void fill_with_garbage(void* memory, std::size_t bytes) {
  const std::uint64_t word = random_bits();
  auto* to = static_cast<unsigned char*>(memory);
  for (std::size_t at = 0; at < bytes; at += sizeof(word))
    std::memcpy(to + at, &word, bytes - at < sizeof(word) ? bytes - at : sizeof(word));
}

}  // namespace covey::emulator
