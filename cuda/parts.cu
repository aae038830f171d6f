// Parts in device memory, one after the other.
#include "parts.h"

#include <algorithm>
#include <utility>

namespace covey::cuda {
namespace {

/// The streamed parts of one shard, in the order in which they are visited.
struct Round {
  std::vector<int> parts;

  Round(const Parts& parts_, int shard, int end, bool backward) {
    for (int part = 0; part < end; ++part)
      if (parts_[part].streamed() && parts_[part].shard == shard) parts.push_back(part);
    if (backward) std::reverse(parts.begin(), parts.end());
  }
};

}  // namespace

Parts::Parts(std::shared_ptr<const Shards> shards, DevicePoints points)
    : shards_(std::move(shards)), d_(points.d), count_(points.count) {
  Part part;
  part.count = points.count;
  part.weighted = !points.multiplicity.empty();
  part.points = std::move(points);
  parts_.push_back(std::move(part));
  hold();
}

Parts::Parts(std::shared_ptr<const Shards> shards, int d, std::vector<Part> parts,
             std::vector<HostPoints> host)
    : shards_(std::move(shards)), parts_(std::move(parts)), host_(std::move(host)), d_(d) {
  bool streamed = false;
  for (const Part& part : parts_) {
    count_ += part.count;
    streamed = streamed || part.streamed();
  }
  for (int s = 0; streamed && s < shards_->count(); ++s) add_stream(s);
  hold();
}

void Parts::add_stream(int shard) {
  std::int64_t largest = 0;
  bool weighted = false;
  for (const Part& part : parts_) {
    if (!part.streamed() || part.shard != shard) continue;
    largest = std::max(largest, part.count);
    weighted = weighted || part.weighted;
  }
  (*shards_)[shard].use();
  streams_.push_back(std::make_unique<PartStream>(d_, padded(largest), weighted));
}

void Parts::hold() {
  std::vector<std::int64_t> bytes(static_cast<std::size_t>(shards_->count()), 0);
  for (std::size_t s = 0; s < streams_.size(); ++s) bytes[s] = streams_[s]->bytes();
  for (const Part& part : parts_)
    if (!part.streamed())
      bytes[static_cast<std::size_t>(part.shard)] += part.points.stride * point_bytes(d_);
  for (int s = 0; s < shards_->count(); ++s)
    held_.emplace_back((*shards_)[s], bytes[static_cast<std::size_t>(s)]);
}

const DevicePoints* Parts::whole() const {
  return parts_.size() == 1 && shards_->count() == 1 && !parts_.front().streamed()
             ? &parts_.front().points
             : nullptr;
}

std::int64_t Parts::resident_points() const {
  std::vector<std::int64_t> of_shard(static_cast<std::size_t>(shards_->count()), 0);
  for (const Part& part : parts_)
    if (!part.streamed()) of_shard[static_cast<std::size_t>(part.shard)] += part.points.stride;
  return *std::max_element(of_shard.begin(), of_shard.end());
}

PartInPlace Parts::in_place(int part, const PointsView& points,
                            const DevicePoints* resident) const {
  const Part& own = (*this)[part];
  return {part, own.shard, (*shards_)[own.shard], own.first, points, resident};
}

void Parts::for_each(const std::function<void(const PartInPlace&)>& visit, int end) {
  if (end < 0) end = size();
  std::vector<Round> rounds;
  std::size_t longest = 0;
  const auto fetch = [&](int shard, std::size_t at) {
    const std::vector<int>& parts = rounds[static_cast<std::size_t>(shard)].parts;
    if (at >= parts.size()) return;
    const Part& part = (*this)[parts[at]];
    streams_[static_cast<std::size_t>(shard)]->fetch(parts[at], part.pieces, part.count,
                                                     part.weighted);
  };
  for (int s = 0; any_streamed() && s < shards_->count(); ++s) {
    rounds.emplace_back(*this, s, end, backward_);
    longest = std::max(longest, rounds.back().parts.size());
    (*shards_)[s].use();
    streams_[static_cast<std::size_t>(s)]->begin();
    fetch(s, 0);
    fetch(s, 1);
  }
  for (int part = 0; part < end; ++part) {
    const Part& own = (*this)[part];
    if (own.streamed()) continue;
    (*shards_)[own.shard].use();
    visit(in_place(part, own.points.view(), &own.points));
  }
  for (std::size_t at = 0; at < longest; ++at) {
    for (int s = 0; s < shards_->count(); ++s) {
      const std::vector<int>& parts = rounds[static_cast<std::size_t>(s)].parts;
      if (at >= parts.size()) continue;
      PartStream& stream = *streams_[static_cast<std::size_t>(s)];
      (*shards_)[s].use();
      visit(in_place(parts[at], stream.take(parts[at]), nullptr));
      (*shards_)[s].use();
      stream.release(parts[at]);
      fetch(s, at + 2);
    }
  }
  backward_ = !backward_;
}

}  // namespace covey::cuda
