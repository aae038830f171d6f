#include "shards.h"

#include <algorithm>

namespace covey::cuda {

Shards::Shards(const BackendOptions& options) {
  std::vector<int> numbers = options.gpus;
  if (numbers.empty()) numbers.push_back(0);
  const int shares = std::max(1, options.hooks.shards);
  for (const int number : numbers) {
    Device device = open_device(number);
    if (options.gpu_memory > 0) device.budget = options.gpu_memory;
    device.budget /= shares;
    device.host_threads = options.threads;
    if (options.hooks.shared_bytes > 0)
      device.shared_bytes =
          std::min(device.shared_bytes, static_cast<std::size_t>(options.hooks.shared_bytes));
    for (int share = 0; share < shares; ++share) {
      devices_.push_back(device);
      devices_.back().held = std::make_shared<std::atomic<std::int64_t>>(0);
    }
  }
  if (numbers.size() > 1 && shares == 1) nccl_ = Nccl::open(numbers, no_nccl_);
  first().use();
}

std::string Shards::text() const {
  std::string text = first().text;
  for (std::size_t s = 1; s < devices_.size(); ++s)
    if (devices_[s].number != devices_[s - 1].number) text += "; " + devices_[s].text;
  if (nccl_ != nullptr) return text + "; sums joined by NCCL";
  if (!no_nccl_.empty()) text += "; sums joined by the host, without NCCL: " + no_nccl_;
  return text;
}

std::int64_t Shards::room() const {
  std::size_t room = first().free_bytes();
  for (const Device& device : devices_) room = std::min(room, device.free_bytes());
  return static_cast<std::int64_t>(room);
}

void Shards::add_up(std::span<std::int64_t* const> sums, std::int64_t count) const {
  if (count == 0 || sums.size() < 2) return;
  if (nccl_ != nullptr) {
    nccl_->add_up(sums, count);
    return;
  }
  std::vector<std::int64_t> total(static_cast<std::size_t>(count), 0), one(total.size());
  for (int s = 0; s < this->count(); ++s) {
    (*this)[s].use();
    download(one.data(), sums[static_cast<std::size_t>(s)], count);
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += one[i];
  }
  for (int s = 0; s < this->count(); ++s) {
    (*this)[s].use();
    COVEY_CUDA(cudaMemcpy(sums[static_cast<std::size_t>(s)], total.data(),
                          total.size() * sizeof(std::int64_t), cudaMemcpyHostToDevice));
  }
}

}  // namespace covey::cuda
