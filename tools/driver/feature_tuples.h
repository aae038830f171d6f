// Distinct feature tuples of rows, numbered: a row then costs one number instead of a double a
// feature, and all that follows runs over tuples.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace covey::driver {

/// A set of tuples of d doubles, numbered from 0 in order of first appearance. Tuples are equal
/// where their bits are: callers turn -0 into +0, and have one NaN. For one thread.
class TupleTable {
 public:
  explicit TupleTable(std::size_t dimensions);

  /// Numbers of the rows of `columns`, one column a feature; each row counts `multiplicity` times
  /// (empty: once).
  std::vector<std::uint32_t> numbers(const std::vector<std::vector<double>>& columns,
                                     std::span<const std::uint32_t> multiplicity);
  /// Number of one tuple, counted `weight` times.
  std::uint32_t number(const double* tuple, std::uint32_t weight);

  std::size_t size() const { return weights_.size(); }
  std::uint64_t rows() const { return rows_; }  ///< looked up
  const double* tuple(std::size_t number) const { return values_.data() + number * dimensions_; }
  const std::vector<std::uint32_t>& weights() const { return weights_; }

  /// False once enough rows were looked up and more than half of them were new.
  bool pays() const;

 private:
  /// Half of a tuple's hash, the other half chose the slot; number + 1, 0 where free.
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t number = 0;
  };

  std::uint64_t hash(const double* tuple) const;
  std::uint32_t find(const double* tuple, std::uint64_t hash, std::uint32_t weight);
  std::size_t start(std::uint64_t hash) const { return hash & (slots_.size() - 1); }
  void grow();

  std::size_t dimensions_;
  std::vector<Slot> slots_;     ///< open addressing, at most half full; a power of two of them
  std::vector<double> values_;  ///< tuple by tuple
  std::vector<std::uint32_t> weights_;
  std::uint64_t rows_ = 0;
};

}  // namespace covey::driver
