// The sketch that seeding draws from: the distinct points with the smallest hashes (then
// coordinates), with their exact multiplicities.
#pragma once

#include "parts.h"

namespace covey::cuda {

/// Of `size` of the points, at most all.
DevicePoints sketch_of(const Device& device, const DevicePoints& distinct, std::int64_t size);
/// Of points in parts, on the first device; of all points where there are no more than `size`.
/// Parts come by rising hashes, so the sketch is the first parts, and of the last of them some
/// points.
DevicePoints sketch_of(Parts& parts, std::int64_t size, std::uint64_t hash_mask);

}  // namespace covey::cuda
