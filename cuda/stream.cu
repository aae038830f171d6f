#include "stream.h"

#include <algorithm>

#include "covey/error.h"

namespace covey::cuda {
namespace {

std::size_t bytes_of(std::int64_t words) { return static_cast<std::size_t>(words) * 4; }

}  // namespace

void HostPoints::weigh() {
  if (multiplicity.size() == count) return;
  multiplicity = PinnedBuffer<std::uint32_t>(count);
  std::fill_n(multiplicity.data(), count, 1U);
}

void upload_pieces(const std::vector<HostPiece>& pieces, float* q, std::int64_t stride, int d,
                   std::uint32_t* multiplicities, cudaStream_t stream) {
  for (const HostPiece& piece : pieces) {
    const HostPoints& from = *piece.points;
    COVEY_CUDA(cudaMemcpy2DAsync(q, bytes_of(stride), from.q.data() + piece.begin,
                                 bytes_of(from.count), bytes_of(piece.count),
                                 static_cast<std::size_t>(d), cudaMemcpyHostToDevice, stream));
    q += piece.count;
    if (multiplicities == nullptr) continue;
    COVEY_CUDA(cudaMemcpyAsync(multiplicities, from.multiplicity.data() + piece.begin,
                               bytes_of(piece.count), cudaMemcpyHostToDevice, stream));
    multiplicities += piece.count;
  }
}

void download_pieces(const DevicePoints& points, std::vector<HostPiece>& pieces) {
  std::int64_t done = 0;
  for (HostPiece& piece : pieces) {
    HostPoints& to = *piece.points;
    piece.count = std::min(piece.count, points.count - done);
    if (piece.count == 0) continue;
    COVEY_CUDA(cudaMemcpy2DAsync(to.q.data() + piece.begin, bytes_of(to.count),
                                 points.q.data() + done, bytes_of(points.stride),
                                 bytes_of(piece.count), static_cast<std::size_t>(points.d),
                                 cudaMemcpyDeviceToHost));
    if (!points.multiplicity.empty())
      COVEY_CUDA(cudaMemcpyAsync(to.multiplicity.data() + piece.begin,
                                 points.multiplicity.data() + done, bytes_of(piece.count),
                                 cudaMemcpyDeviceToHost));
    done += piece.count;
  }
  COVEY_CUDA(cudaDeviceSynchronize());
  std::erase_if(pieces, [](const HostPiece& piece) { return piece.count == 0; });
}

PartStream::PartStream(int d, std::int64_t stride, bool weighted) : d_(d) {
  for (Place& place : places_) {
    place.q = Buffer<float>(stride * d);
    if (weighted) place.multiplicity = Buffer<std::uint32_t>(stride);
  }
}

PartStream::~PartStream() {
  (void)cudaStreamSynchronize(copies_.get());  // what is on its way would land in freed memory
}

void PartStream::begin() {
  for (Place& place : places_) place.wanted = false;
}

std::int64_t PartStream::bytes() const {
  std::int64_t words = 0;
  for (const Place& place : places_) words += place.q.size() + place.multiplicity.size();
  return words * 4;
}

bool PartStream::holds(int part) const {
  return std::any_of(std::begin(places_), std::end(places_),
                     [&](const Place& place) { return place.part == part; });
}

PartStream::Place& PartStream::place_of(int part) {
  for (Place& place : places_)
    if (place.part == part) return place;
  throw Error(ErrorKind::kInternal, "part " + std::to_string(part) + " was not fetched", "cuda");
}

void PartStream::fetch(int part, const std::vector<HostPiece>& pieces, std::int64_t count,
                       bool weighted) {
  if (holds(part)) {
    place_of(part).wanted = true;
    return;
  }
  Place& place = places_[places_[0].wanted ? 1 : 0];
  if (place.wanted) throw Error(ErrorKind::kInternal, "three parts at a time", "cuda");
  place.part = -1;  // until all copies are queued
  queued_.record();
  queued_.hold(copies_.get());
  const std::int64_t stride = padded(count);
  upload_pieces(pieces, place.q.data(), stride, d_, weighted ? place.multiplicity.data() : nullptr,
                copies_.get());
  if (stride > count)
    COVEY_CUDA(cudaMemset2DAsync(place.q.data() + count, bytes_of(stride), 0,
                                 bytes_of(stride - count), static_cast<std::size_t>(d_),
                                 copies_.get()));
  place.arrived.record(copies_.get());
  place.part = part;
  place.wanted = true;
  place.count = count;
  place.weighted = weighted;
}

PointsView PartStream::take(int part) {
  Place& place = place_of(part);
  place.arrived.hold();
  return {place.q.data(), place.weighted ? place.multiplicity.data() : nullptr, place.count,
          padded(place.count), d_};
}

void PartStream::release(int part) { place_of(part).wanted = false; }

}  // namespace covey::cuda
