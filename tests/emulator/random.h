// The emulator's one source of randomness: which thread is next, what fresh memory holds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace covey::emulator {

void seed_random(std::uint64_t seed);
std::uint64_t random_bits();
std::size_t random_below(std::size_t n);
void fill_with_garbage(void* memory, std::size_t bytes);

}  // namespace covey::emulator
