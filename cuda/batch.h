// Models that are fitted together: their device memory, their launches, what the host does when a
// cluster is empty, and what is read back.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "lloyd.h"
#include "lloyd_parts.h"
#include "lloyd_wide.h"

namespace covey::cuda {

/// Device memory of one batch, and its host copies. Models, centroids and sums lie in one piece and
/// cross the bus in one copy.
class Batch {
 public:
  /// `wide`: null, or the loop for the batch's one model on every device.
  Batch(const LloydInput& input, std::span<const Centroids> starts, WideLoops* wide);

  void run();
  internal::ClusterSums sums(int m);
  KMeansModel finished(int m);
  /// Its labels are on the device.
  const DeviceModel& first_model() { return *host_models(); }

  /// Bytes of a label.
  static int label_bytes(int k) { return k < 0xFF ? 1 : k < 0xFFFF ? 2 : 4; }

 private:
  std::int64_t models_bytes() const {
    return static_cast<std::int64_t>(models_.size() * sizeof(DeviceModel) + 15) / 16 * 16;
  }
  DeviceModel* host_models() { return reinterpret_cast<DeviceModel*>(host_.data()); }
  std::int32_t* host_centroids() {
    return reinterpret_cast<std::int32_t*>(host_.data() + centroids_at_);
  }
  std::int64_t* host_sums() { return reinterpret_cast<std::int64_t*>(host_.data() + sums_at_); }

  void place(std::span<const Centroids> starts);
  void place_labels();
  void send();
  /// The first bytes of the one piece.
  void receive(std::int64_t bytes);
  LloydView view(unsigned char* memory) const;
  void queue_passes(const LloydView& view, int round);
  void judge_labels();
  bool settle_models();
  std::int64_t rechecked() const;
  Centroids centroids(const DeviceModel& model);
  void advance_with_empty_clusters(DeviceModel& model);

  const LloydInput& input_;
  WideLoops* wide_;
  int judged_ = 0;  ///< iterations when the wide loop's labels were judged last
  std::vector<DeviceModel> models_;
  std::int64_t clusters_ = 0;
  std::int64_t centroids_at_ = 0, sums_at_ = 0, rechecked_at_ = 0, half_at_ = 0;  // bytes
  Buffer<unsigned char> labels_;
  Buffer<unsigned char> device_;
  std::unique_ptr<PartPasses> in_parts_;  ///< instead of labels_ and device_
  std::vector<unsigned char> host_;
};

}  // namespace covey::cuda
