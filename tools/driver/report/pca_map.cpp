#include "report/pca_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "covey/error.h"
#include "report/density_image.h"
#include "report/map_points.h"
#include "report/palette.h"
#include "report/png_image.h"
#include "stages.h"

namespace covey::driver {
namespace {

/// Cells of the histogram, 4 to 3, fewer where many clusters would make it large.
struct Size {
  int width = 640, height = 480;
};

Size histogram_size(int clusters) {
  constexpr std::int64_t kMostBytes = 64 << 20;
  constexpr int kLeastHeight = 15;
  Size size;
  while (size.height > kLeastHeight &&
         std::int64_t{8} * clusters * size.width * size.height > kMostBytes) {
    size.width /= 2;
    size.height /= 2;
  }
  return size;
}

void require_every_session(const ScoreHistogram& histogram, const Profile& profile) {
  const auto cells = static_cast<std::ptrdiff_t>(histogram.width) * histogram.height;
  for (const Persona& persona : profile.personas) {
    const auto begin = histogram.counts.begin() + persona.cluster * cells;
    const std::int64_t drawn = std::accumulate(begin, begin + cells, std::int64_t{0});
    if (drawn != persona.sessions)
      throw Error(ErrorKind::kInternal,
                  fmt::format("the map holds {} sessions of persona {}, which has {}", drawn,
                              persona.cluster, persona.sessions));
  }
}

/// Features by the size of their loading on a component, largest first.
std::vector<std::pair<int, double>> sorted_loadings(const Pca& pca, int component) {
  std::vector<std::pair<int, double>> loadings;
  for (int f = 0; f < pca.d; ++f)
    loadings.emplace_back(
        f, pca.loadings[static_cast<std::size_t>(component) * static_cast<std::size_t>(pca.d) +
                        static_cast<std::size_t>(f)]);
  std::stable_sort(loadings.begin(), loadings.end(), [](const auto& a, const auto& b) {
    return std::abs(a.second) > std::abs(b.second);
  });
  return loadings;
}

/// The score of a grid point, as project() has it.
double score_of(const std::int32_t* q, const Pca& pca, int component, double cell) {
  const double* loading = pca.loadings.data() + static_cast<std::ptrdiff_t>(component) * pca.d;
  double sum = 0;
  for (int f = 0; f < pca.d; ++f)
    sum += (q[f] - pca.mean[static_cast<std::size_t>(f)]) * loading[f];
  return sum * cell;
}

// --- the picture ---

constexpr int kLeastPictureWidth = 1280;  // pixels
constexpr Rgb kFrame = {0xb4, 0xb8, 0xbf};

/// Few sessions in a cell: what is drawn would be dust, or the grid of whole numbers.
bool is_sparse(const ScoreHistogram& histogram) {
  constexpr std::int64_t kLeastMean = 32;  // sessions in a cell that holds any persona's
  std::int64_t cells = 0, sessions = 0;
  for (const std::int64_t count : histogram.counts) {
    cells += count > 0 ? 1 : 0;
    sessions += count;
  }
  return sessions < kLeastMean * cells;
}

/// `share` of `color` over what is there.
void blend(std::uint8_t* pixel, Rgb color, double share) {
  const std::uint8_t channels[] = {color.red, color.green, color.blue};
  for (int i = 0; i < 3; ++i)
    pixel[i] = static_cast<std::uint8_t>(std::lround(pixel[i] + share * (channels[i] - pixel[i])));
}

/// The cells on white, `scale` pixels wide and high, within a frame of one pixel.
Image framed(const Image& cells, int scale) {
  Image picture = Image::blank(cells.width * scale + 2, cells.height * scale + 2, 3);
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const bool edge = x == 0 || y == 0 || x + 1 == picture.width || y + 1 == picture.height;
      std::uint8_t* pixel = picture.pixel(x, y);
      std::fill(pixel, pixel + 3, std::uint8_t{255});
      if (edge) {
        blend(pixel, kFrame, 1);
        continue;
      }
      const std::uint8_t* cell = cells.pixel((x - 1) / scale, (y - 1) / scale);
      blend(pixel, {cell[0], cell[1], cell[2]}, cell[3] / 255.0);
    }
  }
  return picture;
}

/// A disc with smooth edge; what lies outside the picture is cut off.
void draw_disc(Image& picture, double x, double y, double radius, Rgb color) {
  const int left = std::max(0, static_cast<int>(x - radius - 1));
  const int top = std::max(0, static_cast<int>(y - radius - 1));
  for (int row = top; row < std::min<double>(picture.height, y + radius + 1); ++row)
    for (int column = left; column < std::min<double>(picture.width, x + radius + 1); ++column) {
      const double distance = std::hypot(column + 0.5 - x, row + 0.5 - y);
      blend(picture.pixel(column, row), color, std::clamp(radius + 0.5 - distance, 0.0, 1.0));
    }
}

/// Where a score lies within its range, 0 ... 1.
double place(double score, const Range& range) {
  const double width = range.high - range.low;
  return width > 0 ? (score - range.low) / width : 0.5;
}

void draw_centroids(Image& picture, const PcaMap& map) {
  constexpr double kRadius = 11, kRing = 3, kEdge = 1;  // pixels
  for (std::size_t c = 0; c < map.centroids.size(); ++c) {
    const double x = 1 + place(map.centroids[c][0], map.histogram.x) * (picture.width - 2);
    const double y = 1 + (1 - place(map.centroids[c][1], map.histogram.y)) * (picture.height - 2);
    draw_disc(picture, x, y, kRadius + kEdge, {0x15, 0x18, 0x1d});
    draw_disc(picture, x, y, kRadius, {255, 255, 255});
    draw_disc(picture, x, y, kRadius - kRing, persona_color(static_cast<int>(c)));
  }
}

}  // namespace

std::optional<PcaMap> make_pca_map(const Sessions& sessions, const Prepared& prepared,
                                   const Segmentation& segmentation, const Profile& profile) {
  const Pca& pca = segmentation.pca;
  const Centroids& centroids = segmentation.model.centroids;
  if (pca.components == 0) return std::nullopt;
  PcaMap map;
  const Size size = histogram_size(centroids.k);
  map.histogram = histogram_scores(*prepared.points, pca, centroids, size.width, size.height);
  require_every_session(map.histogram, profile);
  map.variance_ratio = pca.variance_ratio;
  for (int axis = 0; axis < pca.components; ++axis)
    map.loadings.push_back(sorted_loadings(pca, axis));
  for (int c = 0; c < centroids.k; ++c) {
    auto& centroid = map.centroids.emplace_back();
    for (int axis = 0; axis < pca.components; ++axis)
      centroid[static_cast<std::size_t>(axis)] =
          score_of(centroids.row(c), pca, axis, prepared.grid.cell());
  }
  map.point_features = point_features(profile.eta_squared);
  std::vector<std::int64_t> counts;
  for (const Persona& persona : profile.personas) counts.push_back(persona.sessions);
  map.points = map_points(columns_of(sessions), segmentation, point_quotas(counts, kMaxMapPoints),
                          map.point_features);
  return map;
}

std::string pca_png(const PcaMap& map) {
  const int factor = is_sparse(map.histogram) ? kPageReduction : 1;
  const Image cells = density_image(reduced(map.histogram, factor));
  Image picture = framed(cells, std::max(1, kLeastPictureWidth / cells.width));
  draw_centroids(picture, map);
  return encode_png(picture);
}

std::string page_png(const PcaMap& map) {
  return encode_png(density_image(reduced(map.histogram, kPageReduction)));
}

PagePlanes page_planes(const PcaMap& map) {
  const ScoreHistogram histogram = reduced(map.histogram, kPageReduction);
  PagePlanes planes;
  planes.largest = largest_cell(histogram);
  for (const Image& plane : persona_planes(histogram)) planes.png.push_back(encode_png(plane));
  return planes;
}

}  // namespace covey::driver
