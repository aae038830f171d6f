// Sessions and conversions by channel, device type and persona at once: one pass over the rows,
// from which every other count of attribution is a sum.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "table.h"

namespace covey::driver {

/// Multiplicities counted.
struct Count {
  std::int64_t sessions = 0, conversions = 0;
};

/// A table of channels x devices x personas. A classification that is absent or summed over has one
/// category, number 0.
struct CrossCounts {
  int channels = 1, devices = 1, personas = 1;
  bool has_conversion = false;  ///< else no session counts as one
  /// [((channel * devices + device) * personas + persona) * 2 + converted]: sessions
  std::vector<std::int64_t> sessions;

  Count at(int channel, int device, int persona) const {
    const std::size_t cell =
        (static_cast<std::size_t>(channel) * devices + device) * personas + persona;
    return {sessions[2 * cell] + sessions[2 * cell + 1], sessions[2 * cell + 1]};
  }
};

/// Which classifications a table tells apart.
struct Axes {
  bool channel = true, device = true, persona = true;
};

/// Categories under their codes, personas by cluster. label[tuple] in [0, personas).
CrossCounts cross_counts(const Sessions& sessions, std::span<const std::int32_t> label,
                         int personas, Axes axes);

/// Sums over what `keep` does not name.
CrossCounts collapsed(const CrossCounts& counts, Axes keep);

/// Channels and devices in another order, given as their numbers in `counts`; those not named are
/// left out.
CrossCounts reordered(const CrossCounts& counts, std::span<const int> channels,
                      std::span<const int> devices);

}  // namespace covey::driver
