// The few functions of NCCL that add up integers, by the names and numbers of its public interface
// (nccl.h, version 2): they have not changed since 2.0.
#include "nccl.h"

#include <dlfcn.h>

#include "covey/error.h"
#include "device.h"

namespace covey::cuda {
namespace {

constexpr const char* kLibrary = "libnccl.so.2";
constexpr int kSuccess = 0;  // ncclSuccess
constexpr int kInt64 = 4;    // ncclInt64
constexpr int kSum = 0;      // ncclSum

template <class Function>
bool find(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  return function != nullptr;
}

}  // namespace

struct Nccl::Library {
  void* handle = nullptr;
  int (*init_all)(void** communicators, int count, const int* devices) = nullptr;
  int (*destroy)(void* communicator) = nullptr;
  int (*group_start)() = nullptr;
  int (*group_end)() = nullptr;
  int (*all_reduce)(const void* from, void* to, std::size_t count, int type, int operation,
                    void* communicator, cudaStream_t stream) = nullptr;
  const char* (*error_string)(int result) = nullptr;

  /// Stays open until the process ends: threads of its own may outlive communicators.
  Library() : handle(dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL)) {}

  bool complete() {
    return find(handle, "ncclCommInitAll", init_all) && find(handle, "ncclCommDestroy", destroy) &&
           find(handle, "ncclGroupStart", group_start) && find(handle, "ncclGroupEnd", group_end) &&
           find(handle, "ncclAllReduce", all_reduce) &&
           find(handle, "ncclGetErrorString", error_string);
  }
  void check(int result, const char* call) const {
    if (result != kSuccess)
      throw Error(ErrorKind::kDevice, std::string(call) + " failed: " + error_string(result),
                  "cuda", "use one GPU, or the cpu back end");
  }
};

Nccl::Nccl(std::unique_ptr<Library> library, std::vector<int> devices)
    : library_(std::move(library)),
      devices_(std::move(devices)),
      communicators_(devices_.size(), nullptr) {}

std::unique_ptr<Nccl> Nccl::open(const std::vector<int>& devices, std::string& reason) {
  auto library = std::make_unique<Library>();
  if (library->handle == nullptr) {
    const char* why = dlerror();
    reason = why == nullptr ? std::string(kLibrary) + " does not load" : why;
    return nullptr;
  }
  if (!library->complete()) {
    reason = std::string(kLibrary) + " lacks a function";
    return nullptr;
  }
  std::unique_ptr<Nccl> nccl(new Nccl(std::move(library), devices));
  const int result = nccl->library_->init_all(
      nccl->communicators_.data(), static_cast<int>(devices.size()), nccl->devices_.data());
  if (result == kSuccess) return nccl;
  reason = std::string("ncclCommInitAll: ") + nccl->library_->error_string(result);
  nccl->communicators_.clear();
  (void)cudaGetLastError();  // it is reported here
  return nullptr;
}

Nccl::~Nccl() {
  for (void* communicator : communicators_) (void)library_->destroy(communicator);
}

void Nccl::add_up(std::span<std::int64_t* const> sums, std::int64_t count) const {
  library_->check(library_->group_start(), "ncclGroupStart");
  int result = kSuccess;
  cudaError_t status = cudaSuccess;
  for (std::size_t r = 0; r < sums.size() && result == kSuccess && status == cudaSuccess; ++r) {
    status = cudaSetDevice(devices_[r]);
    if (status == cudaSuccess)
      result = library_->all_reduce(sums[r], sums[r], static_cast<std::size_t>(count), kInt64, kSum,
                                    communicators_[r], nullptr);
  }
  // A group that stays open would take in whatever this thread asks of NCCL next.
  const int ended = library_->group_end();
  check(status, "cudaSetDevice");
  library_->check(result, "ncclAllReduce");
  library_->check(ended, "ncclGroupEnd");
}

}  // namespace covey::cuda
