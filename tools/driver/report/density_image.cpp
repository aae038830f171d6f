#include "report/density_image.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "report/palette.h"

namespace covey::driver {
namespace {

// Few levels keep the files small; more cannot be told apart.
constexpr int kShades = 48;      // of a count, the one of 0 included
constexpr int kColorSteps = 32;  // of a channel of mixed colours

std::size_t cells_of(const ScoreHistogram& histogram) {
  return static_cast<std::size_t>(histogram.width) * static_cast<std::size_t>(histogram.height);
}

std::vector<std::int64_t> totals(const ScoreHistogram& histogram) {
  const std::size_t cells = cells_of(histogram);
  std::vector<std::int64_t> sum(cells);
  for (std::size_t at = 0; at < histogram.counts.size(); ++at)
    sum[at % cells] += histogram.counts[at];
  return sum;
}

/// 0 ... kShades - 1.
class Shade {
 public:
  explicit Shade(std::int64_t largest)
      : scale_((kShades - 1) /
               std::log1p(static_cast<double>(std::max<std::int64_t>(largest, 1)))) {}
  int operator()(std::int64_t count) const {
    if (count == 0) return 0;
    const double shade = std::log1p(static_cast<double>(count)) * scale_;
    return std::max(1, static_cast<int>(std::lround(shade)));
  }

 private:
  double scale_;
};

double linear_light(std::uint8_t channel) {
  const double value = channel / 255.0;
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

std::uint8_t mixed_channel(double light) {
  const double value =
      light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
  return static_cast<std::uint8_t>(std::lround(value * (kColorSteps - 1)) * 255 /
                                   (kColorSteps - 1));
}

/// A colour of a cell, from its counts by persona.
class Mixer {
 public:
  explicit Mixer(int clusters) {
    for (int c = 0; c < clusters; ++c) {
      const Rgb color = persona_color(c);
      colors_.push_back(color);
      light_.push_back(
          {linear_light(color.red), linear_light(color.green), linear_light(color.blue)});
    }
  }

  /// counts[c * stride]: of cluster c; `total` > 0 is their sum.
  Rgb mix(const std::int64_t* counts, std::size_t stride, std::int64_t total) const {
    std::array<double, 3> sum{};
    for (std::size_t c = 0; c < colors_.size(); ++c) {
      const std::int64_t count = counts[c * stride];
      if (count == total) return colors_[c];
      for (std::size_t i = 0; i < 3; ++i) sum[i] += static_cast<double>(count) * light_[c][i];
    }
    const double scale = 1 / static_cast<double>(total);
    return {mixed_channel(sum[0] * scale), mixed_channel(sum[1] * scale),
            mixed_channel(sum[2] * scale)};
  }

 private:
  std::vector<Rgb> colors_;
  std::vector<std::array<double, 3>> light_;
};

/// The cell that a pixel of row y, counted from the top, shows.
std::size_t cell_of(const ScoreHistogram& histogram, int x, int y) {
  return static_cast<std::size_t>(histogram.height - 1 - y) *
             static_cast<std::size_t>(histogram.width) +
         static_cast<std::size_t>(x);
}

}  // namespace

ScoreHistogram reduced(const ScoreHistogram& histogram, int factor) {
  if (histogram.width % factor != 0 || histogram.height % factor != 0) return histogram;
  ScoreHistogram result = histogram;
  result.width /= factor;
  result.height /= factor;
  const std::size_t rows =
      static_cast<std::size_t>(histogram.clusters) * static_cast<std::size_t>(histogram.height);
  const auto width = static_cast<std::size_t>(histogram.width);
  const auto step = static_cast<std::size_t>(factor);
  result.counts.assign(histogram.counts.size() / (step * step), 0);
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t x = 0; x < width; ++x)
      result.counts[row / step * (width / step) + x / step] += histogram.counts[row * width + x];
  return result;
}

std::int64_t largest_cell(const ScoreHistogram& histogram) {
  const std::vector<std::int64_t> sum = totals(histogram);
  return sum.empty() ? 0 : *std::max_element(sum.begin(), sum.end());
}

Image density_image(const ScoreHistogram& histogram) {
  const std::vector<std::int64_t> sum = totals(histogram);
  const Shade shade(sum.empty() ? 0 : *std::max_element(sum.begin(), sum.end()));
  const Mixer mixer(histogram.clusters);
  Image image = Image::blank(histogram.width, histogram.height, 4);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const std::size_t cell = cell_of(histogram, x, y);
      if (sum[cell] == 0) continue;
      const Rgb color = mixer.mix(&histogram.counts[cell], sum.size(), sum[cell]);
      const double alpha = 0.25 + 0.75 * shade(sum[cell]) / (kShades - 1);
      const std::array<std::uint8_t, 4> rgba = {
          color.red, color.green, color.blue, static_cast<std::uint8_t>(std::lround(alpha * 255))};
      std::copy(rgba.begin(), rgba.end(), image.pixel(x, y));
    }
  }
  return image;
}

std::vector<Image> persona_planes(const ScoreHistogram& histogram) {
  const Shade shade(largest_cell(histogram));
  std::vector<Image> planes;
  for (int c = 0; c < histogram.clusters; ++c) {
    Image& plane = planes.emplace_back(Image::blank(histogram.width, histogram.height, 1));
    const std::int64_t* counts =
        histogram.counts.data() + static_cast<std::size_t>(c) * cells_of(histogram);
    for (int y = 0; y < plane.height; ++y)
      for (int x = 0; x < plane.width; ++x)
        *plane.pixel(x, y) = static_cast<std::uint8_t>(
            std::lround(shade(counts[cell_of(histogram, x, y)]) * 255.0 / (kShades - 1)));
  }
  return planes;
}

}  // namespace covey::driver
