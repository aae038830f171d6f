// Rates of channels with everybody's mix of device types and personas.
#pragma once

#include <vector>

#include "cross_counts.h"
#include "findings.h"

namespace covey::driver {

/// By channel: its rate if its sessions fell into the strata (device type by persona) as all
/// sessions do. Strata that it has no session in are left out, so the others weigh more.
std::vector<Interval> standardised_rates(const CrossCounts& counts);

}  // namespace covey::driver
