// What the wide loop keeps in the memory of one device, and how it cuts the points where that has
// no room for all of them in the screen's form: plain arithmetic on the host.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "points.h"

namespace covey::cuda {

/// What one device passes over in a fit or a labelling.
struct WideWork {
  int d = 0;
  int largest_k = 0;
  std::vector<PointsView> staying;    ///< all at once or part by part, in the order of their labels
  std::int64_t largest_streamed = 0;  ///< points of a part that does not stay; 0: there is none
  std::int64_t points = 0;            ///< in all
  std::int64_t streamed = 0;          ///< of them
  bool iterates = true;               ///< false: a labelling, one pass
};

/// A piece of points is labelled at a time. A form for the screen is made once, or anew for each
/// piece in each pass, which reads and writes a point a few times: little beside its labelling.
struct WidePlan {
  bool fits = false;         ///< else the loop cannot be had
  std::int64_t at_once = 0;  ///< points of a piece at most
  std::int64_t passing = 0;  ///< of a piece whose form is made anew; 0: there is none
  std::vector<bool> keeps;   ///< of each that stays: its form is made once
  std::int64_t bytes = 0;    ///< of device memory, without forms
};

/// `room`: bytes that may be taken. `form_bytes`: of the form of each that stays; 0: it is there.
/// `screens`: there may be forms; else floats make the labels.
WidePlan plan_wide(const WideWork& work, std::int64_t room,
                   std::span<const std::int64_t> form_bytes, bool screens);

}  // namespace covey::cuda
