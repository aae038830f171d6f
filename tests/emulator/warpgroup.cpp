#include "emulator/warpgroup.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "emulator/copies.h"
#include "emulator/matrix.h"
#include "emulator/products.h"
#include "emulator/thread.h"

namespace covey::emulator {
namespace {

constexpr int kRowsOfA = 64, kRowsOfB = 128, kDepth = 16;
constexpr std::size_t kPiece = 16, kStepBytes = kDepth * 2, kGroupBytes = 1024;
constexpr std::uint32_t kGarbage = 0x7FC0DEAD;  // of accumulators under way: not a number
// The system's own part of shared memory lies before the block's.
constexpr std::size_t kSharedStart = 1024;

[[noreturn]] void misuse(const Thread& thread, const std::string& what, const Where& where) {
  throw Misuse(what + ": " + text(where) + ", block " + text(thread.block.position) + ", thread " +
               text(thread.position));
}

// ---- Operands

/// Fields of a matrix descriptor (PTX ISA, "Matrix descriptor format"), in bytes.
struct Operand {
  std::size_t start, group_stride;
};

Operand operand_of(const Thread& thread, std::uint64_t descriptor, const Where& where) {
  constexpr std::uint64_t kSwizzle128 = 1;
  const Operand operand{(descriptor & 0x3FFF) << 4, (descriptor >> 32 & 0x3FFF) << 4};
  if (descriptor >> 62 != kSwizzle128 || (descriptor >> 49 & 7) != 0)
    misuse(thread, "an operand that is not swizzled by 128 bytes from a boundary on", where);
  if (operand.start < kSharedStart || operand.group_stride % kGroupBytes != 0 ||
      operand.start % kGroupBytes + kStepBytes > 128)
    misuse(thread, "rows of an operand do not start on a boundary of 1,024 bytes", where);
  return operand;
}

/// The 16-byte piece `half` (0, 1) of a row.
const unsigned char* piece_of(const Thread& thread, const Operand& operand, int row, int half) {
  const std::size_t at = operand.start + static_cast<std::size_t>(row / 8) * operand.group_stride +
                         static_cast<std::size_t>(row % 8) * 128 +
                         static_cast<std::size_t>(half) * kPiece;
  const std::size_t swizzled = at ^ (at >> 7 & 7) << 4;
  return thread.block.shared.get() + (swizzled - kSharedStart);
}

/// Calls `use(piece)` for all pieces of both operands: rows of A, then of B.
template <class Use>
void for_pieces(const Thread& thread, const Product& product, const Where& where, Use use) {
  const Operand a = operand_of(thread, product.a, where), b = operand_of(thread, product.b, where);
  for (int row = 0; row < kRowsOfA; ++row)
    for (int half = 0; half < 2; ++half) use(piece_of(thread, a, row, half));
  for (int row = 0; row < kRowsOfB; ++row)
    for (int half = 0; half < 2; ++half) use(piece_of(thread, b, row, half));
}

std::vector<unsigned char> bytes_of(const Thread& thread, const Product& product,
                                    const Where& where) {
  std::vector<unsigned char> bytes;
  bytes.reserve((kRowsOfA + kRowsOfB) * kStepBytes);
  for_pieces(thread, product, where,
             [&](const unsigned char* piece) { bytes.insert(bytes.end(), piece, piece + kPiece); });
  return bytes;
}

// ---- Accumulators

HeldSums* held(ThreadProducts& own, const float* sum) {
  const auto found = std::find_if(own.held.begin(), own.held.end(),
                                  [&](const HeldSums& each) { return each.sum == sum; });
  return found == own.held.end() ? nullptr : &*found;
}

bool is_under_way(const ThreadProducts& own, const float* sum) {
  const auto has = [&](const std::vector<Product>& products) {
    return std::any_of(products.begin(), products.end(),
                       [&](const Product& each) { return each.sum == sum; });
  };
  return has(own.open) || std::any_of(own.groups.begin(), own.groups.end(), has);
}

/// Where thread t of a warpgroup has sum i, as row * 128 + column (PTX ISA, "Register fragments and
/// shared memory matrix layouts" of wgmma.m64nNk16).
std::size_t place_of(std::size_t t, std::size_t i) {
  const std::size_t row = 16 * (t / 32) + t % 32 / 4 + 8 * (i / 2 % 2);
  return row * kRowsOfB + 8 * (i / 4) + 2 * (t % 4) + i % 2;
}

/// Threads of a warpgroup, and what they do when all of them wait.
class Completion {
 public:
  Completion(Block& block, std::size_t first, const Where& where) : where_(where) {
    for (std::size_t t = 0; t < kWarpgroupThreads; ++t)
      threads_.push_back(&block.threads[first + t]);
  }

  void run() {
    check_alike();
    ThreadProducts& leader = threads_.front()->products;
    const std::size_t pending = leader.pending;
    while (leader.groups.size() > pending) {
      for (std::size_t i = 0; i < leader.groups.front().size(); ++i) compute(i);
      for (Thread* thread : threads_) thread->products.groups.pop_front();
    }
    for (Thread* thread : threads_) hand_over(*thread);
  }

 private:
  void check_alike() const {
    const auto alike = [](const Product& a, const Product& b) {
      return a.a == b.a && a.b == b.b && a.add == b.add;
    };
    const ThreadProducts& leader = threads_.front()->products;
    for (const Thread* thread : threads_) {
      const ThreadProducts& own = thread->products;
      bool same = own.pending == leader.pending && own.groups.size() == leader.groups.size();
      for (std::size_t g = 0; same && g < own.groups.size(); ++g)
        same = std::equal(own.groups[g].begin(), own.groups[g].end(), leader.groups[g].begin(),
                          leader.groups[g].end(), alike);
      if (!same) misuse(*thread, "threads of a warpgroup ask for different products", where_);
    }
  }

  /// Product i of the oldest group.
  void compute(std::size_t i) {
    const Product& product = threads_.front()->products.groups.front()[i];
    const std::vector<unsigned char> bytes = bytes_of(*threads_.front(), product, where_);
    if (bytes != product.seen)
      misuse(*threads_.front(), "shared memory changed while a product read it", where_);
    std::vector<float> a(kRowsOfA * kDepth), b(kDepth * kRowsOfB), c(kRowsOfA * kRowsOfB);
    const auto number = [&](std::size_t at) {
      std::uint16_t half = 0;
      std::memcpy(&half, bytes.data() + 2 * at, sizeof(half));
      return from_half(half);
    };
    for (std::size_t at = 0; at < a.size(); ++at) a[at] = number(at);
    for (std::size_t at = 0; at < b.size(); ++at)
      b[at % kDepth * kRowsOfB + at / kDepth] = number(a.size() + at);
    if (product.add)
      exchange_sums(
          i, [&](float& sum, float& element) { element = sum; }, c);
    add_products(c.data(), a.data(), b.data(), kRowsOfA, kRowsOfB,
                 threads_.front()->block.fraction_bits);
    exchange_sums(
        i, [&](float& sum, float& element) { sum = element; }, c);
  }

  template <class Exchange>
  void exchange_sums(std::size_t i, Exchange exchange, std::vector<float>& c) {
    for (std::size_t t = 0; t < kWarpgroupThreads; ++t) {
      ThreadProducts& own = threads_[t]->products;
      HeldSums& sums = *held(own, own.groups.front()[i].sum);
      for (std::size_t s = 0; s < kSums; ++s) exchange(sums.values[s], c[place_of(t, s)]);
    }
  }

  /// Gives back the accumulators for which nothing is left to do.
  void hand_over(Thread& thread) const {
    ThreadProducts& own = thread.products;
    std::erase_if(own.held, [&](const HeldSums& sums) {
      if (is_under_way(own, sums.sum)) return false;
      if (std::find(own.complete.begin(), own.complete.end(), sums.sum) == own.complete.end())
        misuse(thread, "accumulators are complete that wgmma_wait() is not given", where_);
      for (std::size_t s = 0; s < kSums; ++s)
        if (std::bit_cast<std::uint32_t>(sums.sum[s]) != kGarbage)
          misuse(thread, "accumulators were written while a product was under way", where_);
      std::copy(sums.values.begin(), sums.values.end(), sums.sum);
      return true;
    });
    own.fenced = false;
  }

  std::vector<Thread*> threads_;
  const Where& where_;
};

}  // namespace

void check_complete(const Thread& thread) {
  if (!thread.products.open.empty() || !thread.products.groups.empty())
    throw Misuse("thread " + text(thread.position) + " of block " + text(thread.block.position) +
                 " has returned while a product of it is under way");
}

int capability() { return current_thread().block.capability; }

void need_capability(int least, const Where& where) {
  if (capability() < least)
    misuse(current_thread(), "asks for compute capability " + std::to_string(least / 10) + ".0",
           where);
}

void multiply_in_warp(float* sum, const std::uint32_t* a, const std::uint32_t* b,
                      const Where& where) {
  const WarpProduct own{sum, a, b};
  sync_warp(WarpOp::kProduct, 0xFFFFFFFF, reinterpret_cast<std::uintptr_t>(&own), 0, where);
}

void load_in_warp(std::uint32_t* fragment, const void* row, const Where& where) {
  const WarpLoad own{fragment, row};
  sync_warp(WarpOp::kLoad, 0xFFFFFFFF, reinterpret_cast<std::uintptr_t>(&own), 0, where);
}

std::uint64_t matrix_descriptor(const void* shared, const Where& where) {
  need_capability(90, where);
  const Thread& self = current_thread();
  const auto* at = static_cast<const unsigned char*>(shared);
  const unsigned char* start = self.block.shared.get();
  if (at < start || at >= start + self.block.shared_bytes ||
      static_cast<std::size_t>(at - start) % kGroupBytes != 0)
    misuse(self, "an operand that is not in shared memory on a boundary of 1,024 bytes", where);
  const std::uint64_t place = static_cast<std::size_t>(at - start) + kSharedStart;
  return 1ULL << 62 | std::uint64_t{kGroupBytes >> 4} << 32 | 1ULL << 16 | place >> 4;
}

void wgmma_fence(const Where& where) {
  need_capability(90, where);
  current_thread().products.fenced = true;
}

void wgmma(float* sum, std::uint64_t a, std::uint64_t b, bool add, const Where& where) {
  need_capability(90, where);
  Thread& self = current_thread();
  ThreadProducts& own = self.products;
  if (held(own, sum) == nullptr) {
    if (!own.fenced) misuse(self, "a product without wgmma_fence() before it", where);
    own.held.emplace_back().sum = sum;
    std::copy_n(sum, kSums, own.held.back().values.begin());
  }
  std::fill_n(sum, kSums, std::bit_cast<float>(kGarbage));
  Product product{sum, a, b, add, {}};
  if (self.lane == 0)
    for_pieces(self, product, where,
               [&](const unsigned char* piece) { check_read(self, piece, kPiece, kPiece, where); });
  if (self.number % kWarpgroupThreads == 0) product.seen = bytes_of(self, product, where);
  own.open.push_back(std::move(product));
}

void wgmma_commit(const Where& where) {
  need_capability(90, where);
  ThreadProducts& own = current_thread().products;
  own.groups.emplace_back();
  own.groups.back().swap(own.open);
}

void wgmma_wait(unsigned pending, std::initializer_list<float*> complete, const Where& where) {
  need_capability(90, where);
  Thread& self = current_thread();
  Block& block = self.block;
  self.products.pending = pending;
  self.products.complete = complete;
  const std::size_t number = self.number / kWarpgroupThreads, first = number * kWarpgroupThreads;
  Warpgroup& group = block.warpgroups[number];
  if (++group.waiting < kWarpgroupThreads) return suspend(Wait::kWarpgroup, where);
  group.waiting = 0;
  Completion(block, first, where).run();
  std::vector<Thread*> others;
  for (std::size_t t = first; t < first + kWarpgroupThreads; ++t)
    if (&block.threads[t] != &self) others.push_back(&block.threads[t]);
  release(others);
  yield();
}

}  // namespace covey::emulator
