#include "lloyd_parts.h"

#include <algorithm>

#include "update.cuh"

namespace covey::cuda {
namespace {

/// to = kept + fresh (null: none) for every sum of the models that run; the others' stay as they
/// are, or become 0. Blocks by model, then by part of its sums.
__global__ void __launch_bounds__(kThreads)
    gather_sums(LloydView view, const std::int64_t* kept, const std::int64_t* fresh,
                std::int64_t* to, bool clear_others) {
  const DeviceModel& model = view.models[static_cast<int>(blockIdx.x) % view.model_count];
  const bool active = is_active(model.phase);
  if (!active && !clear_others) return;
  const std::int64_t width = view.points.d + 1;
  const std::int64_t begin = model.first * width, end = begin + model.k * width;
  const std::int64_t stride =
      static_cast<std::int64_t>(static_cast<int>(gridDim.x) / view.model_count) * kThreads;
  for (std::int64_t i =
           begin +
           static_cast<std::int64_t>(static_cast<int>(blockIdx.x) / view.model_count) * kThreads +
           threadIdx.x;
       i < end; i += stride)
    to[i] = !active ? 0 : kept[i] + (fresh == nullptr ? 0 : fresh[i]);
}

void launch_gather(const Device& device, const LloydView& view, const std::int64_t* kept,
                   const std::int64_t* fresh, std::int64_t* to, bool clear_others) {
  const std::int64_t sums = static_cast<std::int64_t>(view.clusters) * (view.points.d + 1);
  const std::int64_t blocks = spread(device, sums).blocks;
  const std::int64_t models = view.model_count;
  launch(gather_sums, Shape{(blocks + models - 1) / models * models}, view, kept, fresh, to,
         clear_others);
}

}  // namespace

PartPasses::PartPasses(Parts& parts, std::span<const DeviceModel> models, std::int64_t bytes,
                       const std::function<LloydView(unsigned char*)>& view_of, WideLoops* wide)
    : parts_(parts), wide_(wide) {
  const Shards& shards = parts.shards();
  std::vector<std::int64_t> points(static_cast<std::size_t>(shards.count()), 0);
  for (int part = 0; part < parts.size(); ++part) {
    std::int64_t& before = points[static_cast<std::size_t>(parts[part].shard)];
    first_label_.push_back(before);
    if (!parts[part].streamed()) before += parts[part].points.stride;
  }
  for (int s = 0; s < shards.count(); ++s) {
    Share share;
    share.device = &shards[s];
    share.device->use();
    share.piece = Buffer<unsigned char>(bytes);
    share.view = view_of(share.piece.data());
    share.view.passes = 1;
    share.view.advance = false;
    place_labels(share, models, points[static_cast<std::size_t>(s)]);
    const std::int64_t sums =
        static_cast<std::int64_t>(share.view.clusters) * (share.view.points.d + 1);
    share.kept = Buffer<std::int64_t>(sums);
    share.kept.fill_bytes(0);
    if (parts.any_streamed()) share.fresh = Buffer<std::int64_t>(sums);
    if (shards.count() > 1) share.joined = Buffer<std::int64_t>(sums);
    share.rechecked = Buffer<std::int64_t>(1);
    share.rechecked.fill_bytes(0);
    share.view.rechecked = share.rechecked.data();
    shares_.push_back(std::move(share));
  }
}

void PartPasses::place_labels(Share& share, std::span<const DeviceModel> models,
                              std::int64_t points) {
  std::int64_t bytes = 0;
  for (const DeviceModel& model : models) bytes += points * model.label_bytes;
  share.labels = Buffer<unsigned char>(bytes);
  share.labels.fill_bytes(0xFF);
  unsigned char* label = share.labels.data();
  for (const DeviceModel& model : models) {
    share.label_of.push_back(label);
    if (bytes > 0) label += points * model.label_bytes;
  }
}

void PartPasses::send(std::vector<unsigned char>& piece, DeviceModel* models) {
  for (Share& share : shares_) {
    share.device->use();
    for (std::size_t m = 0; m < share.label_of.size(); ++m) models[m].label = share.label_of[m];
    COVEY_CUDA(cudaMemcpy(share.piece.data(), piece.data(), piece.size(), cudaMemcpyHostToDevice));
  }
}

void PartPasses::receive(std::vector<unsigned char>& piece, std::int64_t bytes) const {
  shares_.front().device->use();
  download(piece.data(), shares_.front().piece.data(), bytes);
}

void PartPasses::queue(int passes) {
  if (parts_.any_streamed() || !parts_.shards().joins_on_devices()) passes = 1;
  for (int pass = 0; pass < passes; ++pass) {
    this->pass();
    join_sums();
    for (std::size_t s = 0; s < shares_.size(); ++s) {
      shares_[s].device->use();
      if (wide_ != nullptr)
        (*wide_)[s]->update(shares_[s].view);
      else
        launch_advance(shares_[s].view);
    }
  }
}

void PartPasses::pass() {
  for (Share& share : shares_) {
    share.device->use();
    share.fresh.fill_bytes(0);
  }
  parts_.for_each([&](const PartInPlace& part) {
    const auto shard = static_cast<std::size_t>(part.shard);
    Share& share = shares_[shard];
    LloydView view = share.view;
    view.points = part.points;
    view.keep_labels = part.resident != nullptr;
    view.first_label = first_label_[static_cast<std::size_t>(part.number)];
    view.sums = view.keep_labels ? share.kept.data() : share.fresh.data();
    if (wide_ != nullptr)
      (*wide_)[shard]->pass(view, reinterpret_cast<std::int32_t*>(share.labels.data()));
    else
      launch_passes(part.device, view);
  });
}

/// Sums of all parts into every shard's view.
void PartPasses::join_sums() {
  std::vector<std::int64_t*> joined;
  for (Share& share : shares_) {
    share.device->use();
    const bool alone = shares_.size() == 1;
    std::int64_t* to = alone ? share.view.sums : share.joined.data();
    launch_gather(*share.device, share.view, share.kept.data(),
                  share.fresh.empty() ? nullptr : share.fresh.data(), to, !alone);
    joined.push_back(to);
  }
  if (shares_.size() == 1) return;
  parts_.shards().add_up(joined, shares_.front().joined.size());
  for (Share& share : shares_) {
    share.device->use();
    launch_gather(*share.device, share.view, share.joined.data(), nullptr, share.view.sums, false);
  }
}

std::int64_t PartPasses::rechecked() const {
  std::int64_t count = 0;
  for (const Share& share : shares_) {
    share.device->use();
    count += downloaded(share.rechecked.data(), 1)[0];
  }
  return count;
}

}  // namespace covey::cuda
