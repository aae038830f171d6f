#include "ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "covey/error.h"

namespace covey::driver {

std::int64_t rows_dropped(const Ledger& ledger) {
  std::int64_t rows = 0;
  for (const auto& [reason, count] : ledger.dropped) rows += count;
  return rows;
}

std::string dropped_by_reason(const Ledger& ledger) {
  std::vector<std::pair<std::string, std::int64_t>> reasons(ledger.dropped.begin(),
                                                            ledger.dropped.end());
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [reason, count] : reasons) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, reason);
  }
  return text;
}

void check_dropped(const Ledger& ledger, double max_reject_rate) {
  const std::int64_t dropped = rows_dropped(ledger);
  const double rate = static_cast<double>(dropped) /
                      static_cast<double>(std::max<std::int64_t>(1, ledger.rows_read));
  if (rate > max_reject_rate) {
    throw Error(
        ErrorKind::kData,
        fmt::format("{} of {} rows ({:.3g} %) were dropped, more than the {:.3g} % allowed: {}",
                    dropped, ledger.rows_read, 100 * rate, 100 * max_reject_rate,
                    dropped_by_reason(ledger)),
        "", "see rejects.csv; mend the data, or raise --max-reject-rate");
  }
  if (ledger.rows_kept == 0) {
    throw Error(
        ErrorKind::kData,
        fmt::format("none of {} rows can be used: {}", ledger.rows_read, dropped_by_reason(ledger)),
        "", "see rejects.csv and mend the data");
  }
}

}  // namespace covey::driver
