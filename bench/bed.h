// What a case of the benchmarks works on: points of one shape and cloud on the cpu back end, a
// start, and the check that this back end gives the reference's bits on points of the same kind.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "covey/backend.h"
#include "shape.h"

namespace covey::bench {

struct Bed {
  Shape shape;
  Values<double> values;  ///< rows x d
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Points> points;
  Centroids start;  ///< the first k rows

  explicit Bed(const Shape& wanted);

  Columns data() const { return Columns::row_major(values, shape.d); }
};

/// The bed of that shape, checked. Cases of one shape stand together, so only the last is kept.
/// Throws where the cpu back end does not give the reference's bits in every step.
Bed& bed_of(const Shape& shape);

/// k = 2 to 10, 10 restarts, tolerance 1e-4.
std::vector<KMeansModel> sweep_of(Points& points);

/// k-means++ for the shape's k, labelled: no iteration.
KMeansModel seeded(Points& points, int k);

}  // namespace covey::bench
