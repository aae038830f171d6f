#include "budget.h"

#include <algorithm>

#include "covey/random.h"

namespace covey::cuda {

LoadPlan plan_load(std::int64_t rows, int d, int shards, std::int64_t room) {
  const std::int64_t usable = std::max<std::int64_t>(0, room - kLoadBytes);
  const std::int64_t at_once = usable / load_bytes(d);
  LoadPlan plan;
  if (shards == 1 && rows <= at_once) {
    plan.whole = true;
    plan.chunk_rows = plan.part_points = rows;
    return plan;
  }
  // Rows of the device's own share, with a fourth more: hashes spread points evenly, not perfectly.
  const std::int64_t share = (rows + shards - 1) / shards;
  const std::int64_t with_margin = share + share / 4 + kFewestPoints;
  // Of the budget an eighth for putting a part together and later for the two places through which
  // parts are streamed; five eighths for parts that stay, or less where the sketch takes more than
  // an eighth; what is left for labels and sums.
  plan.part_points = std::min(with_margin <= at_once ? with_margin : at_once / 8, kMostPoints);
  const std::int64_t sketch = std::min(rows, sketch_size(1)) * sketch_bytes(d);
  plan.resident_bytes = std::clamp<std::int64_t>(usable / 4 * 3 - sketch, 0, usable / 8 * 5);
  if (plan.part_points >= kFewestPoints)
    plan.chunk_rows =
        std::clamp(at_once / 4, kFewestPoints, std::clamp(share, kFewestPoints, kMostPoints));
  return plan;
}

}  // namespace covey::cuda
