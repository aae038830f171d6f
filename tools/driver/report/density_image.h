// A histogram of scores as pictures. A pixel is a cell; the top row is the one of largest y.
#pragma once

#include <cstdint>
#include <vector>

#include "covey/pca.h"
#include "report/png_image.h"

namespace covey::driver {

/// Sums over squares of factor x factor cells; the histogram itself where these do not tile it.
ScoreHistogram reduced(const ScoreHistogram& histogram, int factor);

/// The largest count of a cell, over all clusters together: what shades are scaled by.
std::int64_t largest_cell(const ScoreHistogram& histogram);

/// RGBA. The colour is the mean of the personas' colours by count, in linear light, in 32 steps a
/// channel where a cell has several personas; alpha is 1/4 + 3/4 log(1 + n) / log(1 + largest_cell)
/// in 48 steps, 0 where a cell is empty.
Image density_image(const ScoreHistogram& histogram);

/// Gray, one of each cluster: v = 255 log(1 + n) / log(1 + largest_cell) in 48 steps, of which the
/// lowest is for n = 0 alone. The script gets the count back, within half a step, as
/// n = (1 + largest_cell)^(v / 255) - 1.
std::vector<Image> persona_planes(const ScoreHistogram& histogram);

}  // namespace covey::driver
