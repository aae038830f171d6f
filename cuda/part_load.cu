// A load in parts. First pass: chunks of rows become grid points on the devices in turn, each chunk
// collapsed and in the order of its hashes, and go to pinned host memory. Then ranges of hashes are
// cut so that each is a part that fits, and each part is put together from its pieces of all
// chunks, collapsed once more (equal rows of different chunks meet there), and stays or goes back.
#include "part_load.h"

#include <algorithm>
#include <string>

#include "covey/error.h"
#include "kernel.h"
#include "launch.h"
#include "threads.h"
#include "values.h"

namespace covey::cuda {
namespace {

/// Hashes are cut into ranges of equal length; parts are made of whole ranges.
constexpr int kRangeBits = 12;
constexpr int kRanges = 1 << kRangeBits;

/// begins[r]: the first of the rising hashes that lies in range r or beyond.
__global__ void __launch_bounds__(kThreads)
    range_begins_kernel(const std::uint64_t* hash, std::int64_t count, std::uint32_t* begins) {
  for (std::int64_t r = first_item(); r <= kRanges; r += item_stride()) {
    std::int64_t low = 0, high = count;
    while (low < high) {
      const std::int64_t middle = (low + high) / 2;
      if (static_cast<std::int64_t>(hash[middle] >> (64 - kRangeBits)) < r)
        low = middle + 1;
      else
        high = middle;
    }
    begins[r] = static_cast<std::uint32_t>(low);
  }
}

std::vector<Columns> rows_of_batches(std::span<const Columns> batches, std::int64_t first,
                                     std::int64_t count) {
  std::vector<Columns> taken;
  std::int64_t batch_begin = 0;
  for (const Columns& batch : batches) {
    const std::int64_t begin = std::max(first, batch_begin) - batch_begin;
    const std::int64_t end = std::min(first + count, batch_begin + batch.rows) - batch_begin;
    batch_begin += batch.rows;
    if (begin >= end) continue;
    Columns piece = batch;
    piece.rows = end - begin;
    for (Column& column : piece.features) column.data += begin * column.stride;
    if (!batch.multiplicity.empty())
      piece.multiplicity = batch.multiplicity.subspan(static_cast<std::size_t>(begin),
                                                      static_cast<std::size_t>(end - begin));
    taken.push_back(std::move(piece));
  }
  return taken;
}

/// A chunk's distinct points, beside their coordinates in host memory.
struct Chunk {
  std::int64_t first = 0;  ///< row
  std::int64_t rows = 0;
  bool weighted = false;
  std::vector<std::uint32_t> begins;  ///< of each range of hashes
  std::vector<std::uint32_t> number;  ///< of each point among those of all parts
};

[[noreturn]] void refuse_room(std::int64_t room, std::int64_t rows, int d) {
  throw Error(ErrorKind::kDevice,
              std::to_string(room >> 20) + " MiB of GPU memory are too few for " +
                  std::to_string(rows) + " rows of " + std::to_string(d) + " features",
              "cuda", "allow more of it (--gpu-memory), or use the cpu back end");
}

class PartLoad {
 public:
  PartLoad(std::shared_ptr<const Shards> shards, std::span<const Columns> batches, const Grid& grid,
           const TestHooks& hooks, const LoadPlan& plan, std::int64_t rows)
      : shards_(std::move(shards)),
        batches_(batches),
        grid_(grid),
        hooks_(hooks),
        plan_(plan),
        room_(shards_->room()),
        source_(static_cast<std::size_t>(rows)),
        staying_(static_cast<std::size_t>(shards_->count()), 0) {
    loaded_.saturated.assign(grid.features.size(), 0);
  }

  LoadedPoints run() {
    const auto rows = static_cast<std::int64_t>(source_.size());
    // Pieces of parts point into these.
    host_.reserve(static_cast<std::size_t>((rows + plan_.chunk_rows - 1) / plan_.chunk_rows));
    for (std::int64_t first = 0; first < rows; first += plan_.chunk_rows)
      add_chunk(first, std::min(plan_.chunk_rows, rows - first));
    cut();
    number_rows();
    const bool streamed =
        std::any_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.streamed(); });
    if (!streamed) host_.clear();
    loaded_.parts =
        std::make_unique<Parts>(shards_, grid_.dimensions(), std::move(parts_), std::move(host_));
    loaded_.rows = RowMap(std::move(source_));
    return std::move(loaded_);
  }

 private:
  void add_chunk(std::int64_t first, std::int64_t count) {
    const Device& device = (*shards_)[static_cast<int>(chunks_.size()) % shards_->count()];
    device.use();
    QuantisedRows rows =
        quantise_rows(device, rows_of_batches(batches_, first, count), grid_, hooks_.hash_mask);
    for (std::size_t f = 0; f < loaded_.saturated.size(); ++f)
      loaded_.saturated[f] += rows.saturated[f];
    loaded_.weight += rows.weight;
    const Collapsed collapsed = collapse_rows(device, rows.points, true);
    const DevicePoints& points = collapsed.points;
    download(source_.data() + first, collapsed.source.data(), count);

    Chunk chunk;
    chunk.first = first;
    chunk.rows = count;
    chunk.weighted = !points.multiplicity.empty();
    Buffer<std::uint32_t> begins(kRanges + 1);
    launch(range_begins_kernel, spread(device, kRanges + 1), points.hash.data(), points.count,
           begins.data());
    chunk.begins = downloaded(begins.data(), begins.size());
    chunk.number.resize(static_cast<std::size_t>(points.count));
    chunks_.push_back(std::move(chunk));

    HostPoints host;
    host.count = points.count;
    host.q = PinnedBuffer<float>(points.count * points.d);
    if (!points.multiplicity.empty()) host.multiplicity = PinnedBuffer<std::uint32_t>(points.count);
    host_.push_back(std::move(host));
    std::vector<HostPiece> all{{&host_.back(), 0, points.count}};
    download_pieces(points, all);
  }

  std::int64_t points_of_range(int range) const {
    std::int64_t count = 0;
    for (const Chunk& chunk : chunks_)
      count += chunk.begins[static_cast<std::size_t>(range) + 1] -
               chunk.begins[static_cast<std::size_t>(range)];
    return count;
  }

  /// Parts of about equally many points, as many as it takes (a multiple of the shards).
  void cut() {
    std::vector<std::int64_t> of_range;
    std::int64_t total = 0, largest = 0;
    for (int range = 0; range < kRanges; ++range) {
      of_range.push_back(points_of_range(range));
      total += of_range.back();
      largest = std::max(largest, of_range.back());
    }
    const std::int64_t target = std::max<std::int64_t>(1, plan_.part_points - largest);
    const std::int64_t shares = shards_->count();
    const std::int64_t fitting =
        std::clamp<std::int64_t>((total + target - 1) / target, 1, kRanges);
    const std::int64_t wanted = (fitting + shares - 1) / shares * shares;
    std::int64_t before = 0;
    for (int begin = 0, end = 0; begin < kRanges; begin = end) {
      const std::int64_t part = before * wanted / total;
      std::int64_t points = 0;
      for (; end < kRanges && before * wanted / total == part; ++end) {
        points += of_range[static_cast<std::size_t>(end)];
        before += of_range[static_cast<std::size_t>(end)];
      }
      if (points > 0) add_part(begin, end, points);
    }
  }

  std::vector<HostPiece> pieces_of(int begin, int end, bool& weighted) {
    std::vector<HostPiece> pieces;
    for (std::size_t c = 0; c < chunks_.size(); ++c) {
      const std::uint32_t from = chunks_[c].begins[static_cast<std::size_t>(begin)];
      const std::uint32_t to = chunks_[c].begins[static_cast<std::size_t>(end)];
      if (from == to) continue;
      pieces.push_back({&host_[c], from, static_cast<std::int64_t>(to) - from});
      weighted = weighted || chunks_[c].weighted;
    }
    return pieces;
  }

  static void weigh(const std::vector<HostPiece>& pieces) {
    for (const HostPiece& piece : pieces) piece.points->weigh();
  }

  /// The part of these ranges of hashes, from `count` points of the chunks.
  void add_part(int begin, int end, std::int64_t count) {
    Part part;
    part.shard = static_cast<int>(parts_.size()) % shards_->count();
    const Device& device = (*shards_)[part.shard];
    device.use();
    std::int64_t& staying = staying_[static_cast<std::size_t>(part.shard)];
    if (hooks_.part_points == 0 && count * load_bytes(grid_.dimensions()) > room_ - staying)
      refuse_room(room_, static_cast<std::int64_t>(source_.size()), grid_.dimensions());
    bool weighted = false;
    std::vector<HostPiece> pieces = pieces_of(begin, end, weighted);
    if (weighted) weigh(pieces);
    DevicePoints rows(grid_.dimensions(), count);
    if (weighted) rows.multiplicity = Buffer<std::uint32_t>(count);
    upload_pieces(pieces, rows.q.data(), rows.stride, rows.d,
                  weighted ? rows.multiplicity.data() : nullptr, nullptr);
    hash_points(device, rows.view(), hooks_.hash_mask, rows.hash.data());
    Collapsed collapsed = collapse_rows(device, rows);
    part.first = distinct_;
    part.count = collapsed.points.count;
    part.weighted = !collapsed.points.multiplicity.empty();
    distinct_ += part.count;
    number_points(begin, end, part.first, downloaded(collapsed.source.data(), count));
    const std::int64_t bytes = collapsed.points.stride * point_bytes(grid_.dimensions());
    if (stays(staying + bytes)) {
      staying += bytes;
      part.points = std::move(collapsed.points);
    } else {
      if (part.weighted) weigh(pieces);
      if (part.count < count) download_pieces(collapsed.points, pieces);
      part.pieces = std::move(pieces);
    }
    parts_.push_back(std::move(part));
  }

  bool stays(std::int64_t bytes) const {
    const auto number = static_cast<int>(parts_.size()) + 1;
    if (hooks_.stream_every > 0 && number % hooks_.stream_every == 0) return false;
    return hooks_.part_points > 0 || bytes <= plan_.resident_bytes;
  }

  /// source[i]: the point of the part that the i-th of its pieces' points is.
  void number_points(int begin, int end, std::int64_t first,
                     const std::vector<std::uint32_t>& source) {
    auto from = source.begin();
    for (Chunk& chunk : chunks_) {
      const std::uint32_t last = chunk.begins[static_cast<std::size_t>(end)];
      for (std::uint32_t i = chunk.begins[static_cast<std::size_t>(begin)]; i < last; ++i)
        chunk.number[i] = static_cast<std::uint32_t>(first) + *from++;
    }
  }

  void number_rows() {
    const internal::Threads threads(shards_->first().host_threads);
    constexpr std::int64_t kGrain = 1 << 18;
    for (const Chunk& chunk : chunks_)
      threads.for_each(internal::Piece::count(kGrain, chunk.rows), [&](std::int64_t task, int) {
        const internal::Piece piece(task, kGrain, chunk.rows);
        for (std::int64_t i = chunk.first + piece.begin; i < chunk.first + piece.end; ++i) {
          std::uint32_t& source = source_[static_cast<std::size_t>(i)];
          source = chunk.number[source];
        }
      });
  }

  std::shared_ptr<const Shards> shards_;
  std::span<const Columns> batches_;
  const Grid& grid_;
  const TestHooks& hooks_;
  const LoadPlan& plan_;
  std::int64_t room_;
  std::vector<std::uint32_t>
      source_;  ///< of each row: its chunk's point, at the end a point of all
  std::vector<Chunk> chunks_;
  std::vector<HostPoints> host_;  ///< of each chunk
  std::vector<Part> parts_;
  std::vector<std::int64_t> staying_;  ///< bytes of parts that stay, by shard
  std::int64_t distinct_ = 0;
  LoadedPoints loaded_;
};

LoadedPoints load_whole(std::shared_ptr<const Shards> shards, std::span<const Columns> batches,
                        const Grid& grid, const LoadOptions& options, const TestHooks& hooks) {
  const Device& device = shards->first();
  device.use();
  QuantisedRows rows = quantise_rows(device, batches, grid, hooks.hash_mask);
  Collapsed distinct = collapse_rows(device, rows.points);
  LoadedPoints loaded;
  loaded.saturated = std::move(rows.saturated);
  loaded.weight = rows.weight;
  loaded.rows = RowMap(std::move(distinct.source));
  if (options.collapse == Collapse::kRows) loaded.all_rows = std::move(rows.points);
  loaded.parts = std::make_unique<Parts>(std::move(shards), std::move(distinct.points));
  return loaded;
}

}  // namespace

LoadedPoints load_parts(std::shared_ptr<const Shards> shards, std::span<const Columns> batches,
                        const Grid& grid, const LoadOptions& options, const TestHooks& hooks) {
  internal::check_shape(batches, grid);
  std::int64_t rows = 0;
  for (const Columns& batch : batches) rows += batch.rows;
  const std::int64_t room = shards->room();
  LoadPlan plan = plan_load(rows, grid.dimensions(), shards->count(), room);
  if (hooks.part_points > 0) {
    plan.whole = false;
    plan.part_points = hooks.part_points;
    plan.chunk_rows = hooks.part_points + hooks.part_points / 2 + 1;
  }
  // Next to no memory is free: the allocation that fails says so.
  if (shards->count() == 1 && room < kSmallestGpuMemory && plan.chunk_rows == 0) plan.whole = true;
  if (plan.whole) return load_whole(std::move(shards), batches, grid, options, hooks);
  if (plan.chunk_rows == 0) refuse_room(room, rows, grid.dimensions());
  return PartLoad(std::move(shards), batches, grid, hooks, plan, rows).run();
}

}  // namespace covey::cuda
