#include "ingest_tuples.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

namespace covey::driver {

void TupleCollector::add(const Block& block) {
  const auto rows = static_cast<std::size_t>(block.rows_kept);
  if (block.tuples != nullptr) {
    tuple_.insert(tuple_.end(), block.tuple.begin(), block.tuple.end());
  } else {
    for (std::size_t f = 0; f < features_.size(); ++f) {
      if (features_[f].empty()) features_[f].reserve(tuple_.capacity());
      features_[f].insert(features_[f].end(), block.features[f].begin(), block.features[f].end());
    }
    for (std::size_t i = 0; i < rows; ++i) {
      tuple_.push_back(static_cast<std::uint32_t>(weights_.size()));
      weights_.push_back(block.multiplicity.empty() ? 1 : block.multiplicity[i]);
    }
  }
  if (!parts_.empty() && parts_.back().table == block.tuples) {
    parts_.back().end = tuple_.size();
  } else {
    parts_.push_back({block.tuples, tuple_.size()});
  }
}

/// One table of all; turns each row's number into that of this table, counted from
/// `weights_.size()`.
TupleTable TupleCollector::merge() {
  constexpr std::uint32_t kUnknown = std::numeric_limits<std::uint32_t>::max();
  const auto before = static_cast<std::uint32_t>(weights_.size());
  TupleTable merged(features_.size());
  std::unordered_map<const TupleTable*, std::vector<std::uint32_t>> numbers;
  std::size_t row = 0;
  for (const Part& part : parts_) {
    if (part.table == nullptr) {
      row = part.end;
      continue;
    }
    const TupleTable& table = *part.table;
    auto& known = numbers.try_emplace(part.table, table.size(), kUnknown).first->second;
    for (; row < part.end; ++row) {
      const std::uint32_t old = tuple_[row];
      if (known[old] == kUnknown)
        known[old] = before + merged.number(table.tuple(old), table.weights()[old]);
      tuple_[row] = known[old];
    }
  }
  return merged;
}

void TupleCollector::finish(Sessions& sessions) {
  const TupleTable merged = merge();
  const std::size_t before = weights_.size(), tuples = before + merged.size();
  for (std::size_t f = 0; f < features_.size(); ++f) {
    features_[f].resize(tuples);
    for (std::size_t t = 0; t < merged.size(); ++t) features_[f][before + t] = merged.tuple(t)[f];
  }
  weights_.insert(weights_.end(), merged.weights().begin(), merged.weights().end());
  sessions.features = std::move(features_);
  // Rows that all differ are their own tuples, in their order.
  const bool all_differ = before == 0 && tuples == tuple_.size();
  if (all_differ) return;
  sessions.tuple = std::move(tuple_);
  sessions.tuple_weight = std::move(weights_);
}

}  // namespace covey::driver
