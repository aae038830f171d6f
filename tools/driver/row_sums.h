// Sums over all rows, on all threads.
#pragma once

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "table.h"

namespace covey::driver {

/// total += sum, entry by entry.
inline void add_entries(std::vector<std::int64_t>& total, const std::vector<std::int64_t>& sum) {
  std::transform(total.begin(), total.end(), sum.begin(), total.begin(), std::plus<>());
}

/// visit(row, sum) for each kept row, with a sum for each thread that starts as `none`; then
/// add(total, sum) of all. Sums of integers: the same whatever the threads.
template <typename Sum, typename Visit, typename Add>
Sum sum_over_rows(const Sessions& sessions, const Sum& none, Visit visit, Add add) {
  using Range = tbb::blocked_range<std::size_t>;
  constexpr std::size_t kGrain = 1 << 15;
  tbb::enumerable_thread_specific<Sum> sums(none);
  tbb::parallel_for(Range(0, static_cast<std::size_t>(sessions.rows()), kGrain),
                    [&](const Range& rows) {
                      Sum& sum = sums.local();
                      for (std::size_t row = rows.begin(); row != rows.end(); ++row)
                        visit(row, sum);
                    });
  Sum total = none;
  for (const Sum& sum : sums) add(total, sum);
  return total;
}

}  // namespace covey::driver
