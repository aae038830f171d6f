// From columns to points in parts: as one part where that fits the device, else chunk by chunk.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "parts.h"

namespace covey::cuda {

/// Which distinct point each row is.
class RowMap {
 public:
  RowMap() = default;
  explicit RowMap(Buffer<std::uint32_t> source) : on_device_(std::move(source)) {}
  explicit RowMap(std::vector<std::uint32_t> source) : on_host_(std::move(source)) {}

  std::int64_t rows() const {
    return on_device_.empty() ? static_cast<std::int64_t>(on_host_.size()) : on_device_.size();
  }
  /// Of the points of one part; null: there are several.
  const Buffer<std::uint32_t>* on_device() const {
    return on_device_.empty() ? nullptr : &on_device_;
  }
  /// Numbers among the points of all parts.
  const std::vector<std::uint32_t>& on_host() const { return on_host_; }

 private:
  Buffer<std::uint32_t> on_device_;
  std::vector<std::uint32_t> on_host_;
};

struct LoadedPoints {
  std::unique_ptr<Parts> parts;
  RowMap rows;
  DevicePoints all_rows;  ///< only where they are asked for and lie on one device
  std::vector<std::int64_t> saturated;
  std::int64_t weight = 0;
};

/// Throws Error (device) where the memory that may be taken is too small.
LoadedPoints load_parts(std::shared_ptr<const Shards> shards, std::span<const Columns> batches,
                        const Grid& grid, const LoadOptions& options, const TestHooks& hooks);

}  // namespace covey::cuda
