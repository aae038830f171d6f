#include "columns.h"

#include <memory>
#include <vector>

#include "threads.h"

namespace covey::cuda {
namespace {

using internal::Piece;
using internal::Threads;

constexpr std::int64_t kChunkBytes = 16 << 20;
constexpr std::int64_t kCellsATask = 65'536;
constexpr std::int64_t kStride = 32;  // rows that a chunk is padded to

/// Where the host gathers a chunk: its values, then its multiplicities, two to a double's place.
struct Staging {
  PinnedBuffer<double> memory;
  Event copied;

  explicit Staging(std::int64_t doubles) : memory(doubles) {}
};

struct Shapes {
  std::int64_t rows = 0;
  std::int64_t rows_a_chunk = 0;
  int d = 0;
  bool weighted = false;

  explicit Shapes(std::span<const Columns> batches) : d(batches.front().dimensions()) {
    for (const Columns& batch : batches) {
      rows += batch.rows;
      weighted = weighted || !batch.multiplicity.empty();
    }
    const std::int64_t row_bytes = d * std::int64_t{8} + (weighted ? 4 : 0);
    const std::int64_t most = std::max(kStride, kChunkBytes / row_bytes / kStride * kStride);
    rows_a_chunk = std::min(rows, most);
  }
  static std::int64_t stride(std::int64_t rows) { return (rows + kStride - 1) / kStride * kStride; }
  /// Values and multiplicities of a chunk.
  std::int64_t doubles(std::int64_t stride) const {
    return d * stride + (weighted ? stride / 2 : 0);
  }
};

void copy_column(const Column& from, std::int64_t begin, std::int64_t count, double* to) {
  if (from.stride == 1) {
    std::copy_n(from.data + begin, count, to);
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i] = from[begin + i];
  }
}

/// Rows [begin, end) over all batches to places begin - first and on of a chunk.
void gather_rows(std::span<const Columns> batches, const ColumnChunk& chunk, Piece rows,
                 double* values, std::uint32_t* multiplicities) {
  std::int64_t batch_begin = 0;
  for (const Columns& batch : batches) {
    const std::int64_t begin = std::max(rows.begin, batch_begin);
    const std::int64_t count = std::min(rows.end, batch_begin + batch.rows) - begin;
    if (count > 0) {
      for (int f = 0; f < chunk.d; ++f)
        copy_column(batch.features[static_cast<std::size_t>(f)], begin - batch_begin, count,
                    values + f * chunk.stride + (begin - chunk.first));
      for (std::int64_t i = 0; multiplicities != nullptr && i < count; ++i)
        multiplicities[begin - chunk.first + i] = batch.weight(begin - batch_begin + i);
    }
    batch_begin += batch.rows;
  }
}

}  // namespace

void for_chunks(const Device& device, std::span<const Columns> batches,
                const std::function<void(const ColumnChunk&)>& visit) {
  const Shapes shapes(batches);
  if (shapes.rows == 0) return;
  const Threads threads(device.host_threads);
  const std::int64_t capacity = shapes.doubles(Shapes::stride(shapes.rows_a_chunk));
  Buffer<double> memory(capacity);
  std::unique_ptr<Staging> staging[2];
  for (std::int64_t first = 0, turn = 0; first < shapes.rows;
       first += shapes.rows_a_chunk, turn = 1 - turn) {
    std::unique_ptr<Staging>& stage = staging[turn];
    if (stage == nullptr)
      stage = std::make_unique<Staging>(capacity);
    else
      stage->copied.wait();

    ColumnChunk chunk;
    chunk.first = first;
    chunk.rows = std::min(shapes.rows_a_chunk, shapes.rows - first);
    chunk.stride = Shapes::stride(chunk.rows);
    chunk.d = shapes.d;
    const std::int64_t values = chunk.d * chunk.stride;
    double* host = stage->memory.data();
    auto* counts = shapes.weighted ? reinterpret_cast<std::uint32_t*>(host + values) : nullptr;
    const std::int64_t grain = std::max<std::int64_t>(1, kCellsATask / chunk.d);
    threads.for_each(Piece::count(grain, chunk.rows), [&](std::int64_t task, int) {
      Piece rows(task, grain, chunk.rows);
      rows.begin += first;
      rows.end += first;
      gather_rows(batches, chunk, rows, host, counts);
    });
    upload(memory.data(), host, shapes.doubles(chunk.stride));
    stage->copied.record();
    chunk.values = memory.data();
    if (shapes.weighted)
      chunk.multiplicities = reinterpret_cast<const std::uint32_t*>(memory.data() + values);
    visit(chunk);
  }
  for (const auto& stage : staging) {
    if (stage != nullptr) stage->copied.wait();
  }
}

std::vector<Columns> one_feature(std::span<const Columns> batches, int feature) {
  std::vector<Columns> narrow;
  for (const Columns& batch : batches)
    narrow.push_back(
        {batch.rows, {batch.features[static_cast<std::size_t>(feature)]}, batch.multiplicity});
  return narrow;
}

}  // namespace covey::cuda
