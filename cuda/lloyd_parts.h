// Passes of Lloyd's iterations over points in parts: every device keeps the models of a batch and
// makes partial sums of its own parts; these are joined, and then every device makes the same new
// centroids.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "lloyd.h"
#include "lloyd_wide.h"

namespace covey::cuda {

class PartPasses {
 public:
  /// `view_of`: the view of a batch whose models, centroids and sums lie in one piece of `bytes` of
  /// device memory. `wide`: null, or the loop for the one model on every device.
  PartPasses(Parts& parts, std::span<const DeviceModel> models, std::int64_t bytes,
             const std::function<LloydView(unsigned char*)>& view_of, WideLoops* wide);

  /// The piece to every device. Sets where the host's copies of the models have their labels.
  void send(std::vector<unsigned char>& piece, DeviceModel* models);
  /// The first bytes of the piece; waits for all that is queued.
  void receive(std::vector<unsigned char>& piece, std::int64_t bytes) const;
  /// Queues passes, each with the new centroids that follow; fewer than `passes` where the host is
  /// part of each. Models that are done cost no more than launches.
  void queue(int passes);
  /// Labels that were recomputed exactly, so far. Waits.
  std::int64_t rechecked() const;

 private:
  /// What one shard has of the batch. Sums of parts that stay follow their moved points; those of
  /// streamed parts, whose labels are not kept, are made anew in each pass.
  struct Share {
    const Device* device;
    Buffer<unsigned char> piece;
    Buffer<unsigned char> labels;
    std::vector<unsigned char*> label_of;  ///< by model
    Buffer<std::int64_t> kept, fresh, joined, rechecked;
    LloydView view;
  };

  void place_labels(Share& share, std::span<const DeviceModel> models, std::int64_t points);
  void pass();
  void join_sums();

  Parts& parts_;
  WideLoops* wide_;
  std::vector<Share> shares_;
  std::vector<std::int64_t> first_label_;  ///< by part
};

}  // namespace covey::cuda
