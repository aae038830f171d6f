// What stands for libnccl.so.2 on the emulated machine: sums of integers over its devices, made
// when the group of calls ends. COVEY_EMULATOR_NCCL=fail makes it refuse to start.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr int kSuccess = 0, kSystemError = 2, kInvalidArgument = 4, kInvalidUsage = 5;
constexpr int kInt64 = 4, kSum = 0;

struct Communicator {
  int device;
  std::size_t devices;
};

struct Call {
  const std::int64_t* from;
  std::int64_t* to;
  std::size_t count;
  const Communicator* communicator;
};

// NOLINTBEGIN: one group at a time, as the library's callers keep it.
bool in_group = false;
std::vector<Call> calls;
// NOLINTEND

/// All devices have called alike.
bool complete() {
  for (const Call& call : calls)
    if (call.count != calls.front().count || calls.size() != call.communicator->devices)
      return false;
  return true;
}

void add_up() {
  std::vector<std::int64_t> total(calls.front().count, 0);
  for (const Call& call : calls)
    for (std::size_t i = 0; i < call.count; ++i) total[i] += call.from[i];
  for (const Call& call : calls) std::memcpy(call.to, total.data(), call.count * sizeof(total[0]));
}

}  // namespace

// NOLINTBEGIN: the names are NCCL's.
extern "C" {

int ncclCommInitAll(void** communicators, int count, const int* devices) {
  const char* text = std::getenv("COVEY_EMULATOR_NCCL");
  if (text != nullptr && std::string(text) == "fail") return kSystemError;
  for (int r = 0; r < count; ++r)
    communicators[r] = new Communicator{devices[r], static_cast<std::size_t>(count)};
  return kSuccess;
}

int ncclCommDestroy(void* communicator) {
  delete static_cast<Communicator*>(communicator);
  return kSuccess;
}

int ncclGroupStart() {
  if (in_group) return kInvalidUsage;
  in_group = true;
  return kSuccess;
}

int ncclAllReduce(const void* from, void* to, std::size_t count, int type, int operation,
                  void* communicator, void*) {
  if (!in_group) return kInvalidUsage;
  if (type != kInt64 || operation != kSum) return kInvalidArgument;
  calls.push_back({static_cast<const std::int64_t*>(from), static_cast<std::int64_t*>(to), count,
                   static_cast<const Communicator*>(communicator)});
  return kSuccess;
}

int ncclGroupEnd() {
  if (!in_group || calls.empty() || !complete()) return kInvalidUsage;
  add_up();
  calls.clear();
  in_group = false;
  return kSuccess;
}

const char* ncclGetErrorString(int result) {
  return result == kSystemError ? "unhandled system error" : "invalid usage";
}

}  // extern "C"
// NOLINTEND
