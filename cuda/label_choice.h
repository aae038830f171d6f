// How the wide loop labels a model: by the screen, or by floats where halves leave so much open
// that the exact comparisons cost more than floats would. Labels are exact either way.
#pragma once

namespace covey::cuda {

/// One comparison, an exact distance by a warp, takes about as long as so many scores of the tiled
/// kernel. Not yet measured on a GPU.
inline constexpr double kScoresAComparison = 32;

class LabelChoice {
 public:
  explicit LabelChoice(int k = 0) : k_(k) {}

  bool by_floats() const { return by_floats_; }
  /// No more is to be learnt of the model.
  bool is_settled() const { return settled_; }

  /// After passes of the chosen kind that gave so many labels and made so many comparisons. Floats
  /// are on trial at first, because what misleads halves may mislead them as well, and then they
  /// compare with all centroids.
  void judge(double labels, double compared) {
    if (settled_ || !(labels > 0)) return;
    const double scores = by_floats_ ? k_ / kScoresAComparison : 0,
                 cost = scores + compared / labels;
    if (by_floats_) {
      settled_ = true;
      by_floats_ = cost <= screen_cost_;
    } else {
      screen_cost_ = cost;
      by_floats_ = cost > k_ / kScoresAComparison;
    }
  }

 private:
  double k_;
  double screen_cost_ = 0;  ///< comparisons a label
  bool by_floats_ = false, settled_ = false;
};

}  // namespace covey::cuda
