#include "standardise.h"

#include "statistics.h"
#include "stratified.h"

namespace covey::driver {

std::vector<Interval> standardised_rates(const CrossCounts& counts) {
  const CrossCounts everybody = collapsed(counts, {false, true, true});
  std::vector<std::int64_t> weights;
  for (int d = 0; d < counts.devices; ++d) {
    for (int k = 0; k < counts.personas; ++k) weights.push_back(everybody.at(0, d, k).sessions);
  }
  std::vector<Interval> result;
  for (int c = 0; c < counts.channels; ++c) {
    std::vector<Rate> strata;
    for (int d = 0; d < counts.devices; ++d) {
      for (int k = 0; k < counts.personas; ++k) {
        const Count count = counts.at(c, d, k);
        strata.push_back(wilson(count.conversions, count.sessions));
      }
    }
    result.push_back(standardised_rate(strata, weights));
  }
  return result;
}

}  // namespace covey::driver
