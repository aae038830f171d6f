#include "wide_plan.h"

#include <algorithm>
#include <numeric>

#include "bounds.h"
#include "runs.h"
#include "screen.h"

namespace covey::cuda {
namespace {

/// Points of a piece that are worth its launches, where there are more.
constexpr std::int64_t kFewestAtOnce = 1024;
/// Pieces of a larger set are of a multiple of so many points: whole tiles, in pairs.
constexpr std::int64_t kStep = 2 * kScreenTile;

/// Without forms; the sums are those that a batch keeps, at most.
std::int64_t bytes_of(const WideWork& work, std::int64_t at_once) {
  std::int64_t staying = 0;
  for (const PointsView& points : work.staying) staying += points.stride;
  const std::int64_t k = work.largest_k;
  constexpr std::int64_t kLabel = 4, kCentroid = 4, kSums = 4 * 8;
  std::int64_t bytes = Runs::bytes(work.iterates ? 2 * at_once : at_once, work.largest_k) +
                       Screen::bytes(at_once, work.d, work.largest_k) + kLabel * staying +
                       k * (work.d + 1) * (kCentroid + kSums);
  if (work.iterates) bytes += kLabel * staying + Bounds::bytes(staying, at_once, work.largest_k);
  if (work.largest_streamed > 0) bytes += kLabel * at_once;
  return bytes;
}

}  // namespace

WidePlan plan_wide(const WideWork& work, std::int64_t room,
                   std::span<const std::int64_t> form_bytes, bool screens) {
  WidePlan plan;
  std::int64_t lacking = work.largest_streamed;  // points of the largest set without a form
  plan.at_once = work.largest_streamed;
  for (std::size_t set = 0; set < work.staying.size(); ++set) {
    plan.at_once = std::max(plan.at_once, work.staying[set].count);
    if (form_bytes[set] > 0) lacking = std::max(lacking, work.staying[set].count);
    plan.keeps.push_back(screens && form_bytes[set] == 0);
  }
  plan.bytes = bytes_of(work, plan.at_once);
  plan.fits = plan.bytes <= room / 2;
  if (!plan.fits || !screens) return plan;

  std::int64_t left = (room - plan.bytes) / 2;
  if (work.largest_streamed == 0 &&
      std::accumulate(form_bytes.begin(), form_bytes.end(), std::int64_t{0}) <= left) {
    plan.keeps.assign(work.staying.size(), true);
    return plan;
  }
  const std::int64_t affordable = left / ScreenPoints::bytes(kStep, work.d) * kStep;
  if (affordable < std::min(lacking, kFewestAtOnce)) return plan;
  plan.passing = std::min(lacking, affordable);
  plan.at_once = plan.passing;
  left -= ScreenPoints::bytes(plan.passing, work.d);
  for (std::size_t set = 0; set < work.staying.size(); ++set) {
    if (form_bytes[set] > left) continue;
    plan.keeps[set] = true;
    left -= form_bytes[set];
    plan.at_once = std::max(plan.at_once, work.staying[set].count);
  }
  return plan;
}

}  // namespace covey::cuda
