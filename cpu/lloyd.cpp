// Lloyd's iterations of many models in shared passes over the blocks of points.
#include <algorithm>
#include <utility>

#include "assign.h"
#include "boxes.h"
#include "cpu_points.h"
#include "label.h"
#include "seed.h"
#include "update.h"

namespace covey::internal {
namespace {

constexpr std::int32_t kMixed = -2;
// Models whose labels and sums together take more than this go into another batch.
constexpr std::int64_t kBatchBytes = 256LL << 20;

/// A model between its start and its end.
struct Running {
  KMeansModel model;
  DistinctCentroids distinct;
  ClusterSums sums;  // under `labels`
  // Of every iterated point, stale where `whole` has one: bytes where they hold every cluster.
  AlignedVector<std::uint8_t> bytes;
  AlignedVector<std::int32_t> words;
  std::vector<std::int32_t>
      whole;  // by block: the label of all its points (-1: none yet) or kMixed
  std::vector<float> slack, reach;  // LabelBounds of every iterated point; empty: not kept
  bool last_pass = false;           // centroids are final, the pass is for counts and inertia

  /// Of block b.
  LabelBounds bounds(std::int64_t b) {
    if (slack.empty()) return {};
    return {slack.data() + b * kBlock, reach.empty() ? nullptr : reach.data()};
  }

  std::int64_t memory(int workers) const {
    return static_cast<std::int64_t>(bytes.size() + 4 * (words.size() + slack.size())) +
           static_cast<std::int64_t>(sums.sums.size()) * 8 * (workers + 1);
  }
};

}  // namespace

/// Runs one batch to its end; each entry's model is then complete.
class LloydBatch {
 public:
  LloydBatch(const Labelling& labelling, const Blocks& iterated, const Boxes& boxes,
             const Blocks& distinct, const Boxes& distinct_boxes, const FitPlan& plan,
             UInt128 limit, Int128 total_square)
      : labelling_(labelling),
        scratch_(static_cast<std::size_t>(labelling.threads.count())),
        iterated_(iterated),
        boxes_(boxes),
        distinct_(distinct),
        distinct_boxes_(distinct_boxes),
        plan_(plan),
        limit_(limit),
        total_square_(total_square) {}

  void run(std::span<Running> batch) {
    std::vector<Running*> active;
    for (Running& entry : batch) {
      entry.distinct = DistinctCentroids(entry.model.centroids, iterated_);
      entry.last_pass = plan_.max_iterations == 0;
      active.push_back(&entry);
    }
    const auto workers = static_cast<std::size_t>(labelling_.threads.count());
    std::vector<std::vector<ClusterSums>> parts(workers);
    for (auto& part : parts) {
      for (const Running& entry : batch)
        part.emplace_back(entry.model.centroids.k, entry.model.centroids.d);
    }
    while (!active.empty()) {
      pass(active, batch.data(), parts);
      advance_all(active, batch.data(), parts);
    }
  }

 private:
  static std::size_t at(const Running& entry, const Running* first) {
    return static_cast<std::size_t>(&entry - first);
  }

  /// After a pass: adds up what changed, and drops the models that are complete.
  void advance_all(std::vector<Running*>& active, const Running* first,
                   std::vector<std::vector<ClusterSums>>& parts) const {
    constexpr char kOn = 0, kDone = 1, kEmpty = 2;
    std::vector<char> state(active.size(), kOn);
    labelling_.threads.for_each(
        static_cast<std::int64_t>(active.size()), [&](std::int64_t task, int) {
          const auto i = static_cast<std::size_t>(task);
          Running& entry = *active[i];
          for (auto& part : parts) add_and_clear(entry.sums, part[at(entry, first)]);
          // Empty clusters take a pass over all points, which is for all threads.
          const auto& counts = entry.sums.counts;
          if (!entry.last_pass && std::find(counts.begin(), counts.end(), 0) != counts.end())
            state[i] = kEmpty;
          else
            state[i] = advance(entry) ? kDone : kOn;
        });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < active.size(); ++i) {
      if (state[i] == kEmpty) state[i] = advance(*active[i]) ? kDone : kOn;
      if (state[i] == kOn) active[kept++] = active[i];
    }
    active.resize(kept);
  }

  /// Labels every point for every active model; parts collect what changed.
  void pass(const std::vector<Running*>& active, const Running* first,
            std::vector<std::vector<ClusterSums>>& parts) {
    std::vector<std::int64_t> rechecked(parts.size(), 0);
    const std::int64_t grain = blocks_a_task(iterated_.blocks());
    labelling_.threads.for_each(
        Piece::count(grain, iterated_.blocks()), [&](std::int64_t task, int worker) {
          const Piece piece(task, grain, iterated_.blocks());
          const auto w = static_cast<std::size_t>(worker);
          for (std::int64_t b = piece.begin; b < piece.end; ++b) {
            for (Running* entry : active)
              rechecked[w] += pass_block(b, *entry, scratch_[w], parts[w][at(*entry, first)]);
          }
        });
    labelling_.statistics.labels += iterated_.points * static_cast<std::int64_t>(active.size());
    for (const std::int64_t count : rechecked) labelling_.statistics.rechecked += count;
  }

  /// Labels the points of one block for one model; `part` collects what changed. Returns how many
  /// labels were recomputed exactly.
  int pass_block(std::int64_t b, Running& entry, AssignScratch& scratch, ClusterSums& part) const {
    const Kernels& kernels = labelling_.kernels;
    alignas(64) std::int32_t buffer[kBlock];
    std::int32_t& whole = entry.whole[static_cast<std::size_t>(b)];
    const bool boxed = labelling_.certify && boxes_.narrow();
    if (boxed && scratch.shortlist.look(kernels, boxes_, b, entry.distinct) == 1) {
      const std::int32_t cluster = scratch.shortlist.cluster(entry.distinct, 0);
      if (whole == cluster) return 0;
      if (whole == kMixed)
        gather_points(iterated_, b, labels_before(b, entry, buffer), cluster, part);
      else
        move_block(boxes_, b, whole, cluster, part);
      whole = cluster;
      return 0;
    }
    if (boxed && whole == -1) {  // most points will stay where the box as a whole belongs
      whole = scratch.shortlist.cluster(entry.distinct, scratch.shortlist.central());
      move_block(boxes_, b, -1, whole, part);
    }
    BlockLabels labels;
    std::int32_t* before = buffer;
    if (whole == kMixed) {
      before = labels_before(b, entry, buffer);
    } else {
      if (!entry.words.empty()) before = entry.words.data() + b * kBlock;
      std::fill_n(before, kBlock, whole);
      if (!entry.bytes.empty())
        std::fill_n(entry.bytes.data() + b * kBlock, kBlock, static_cast<std::uint8_t>(whole));
      whole = kMixed;
    }
    assign_block(kernels, iterated_, boxes_, b, entry.distinct, labelling_.certify, before, scratch,
                 boxed, labels, entry.bounds(b));
    move_points(kernels, iterated_, b, labels, before, part, scratch.rows);
    if (!entry.bytes.empty()) {
      for (int change = 0; change < labels.changes; ++change)
        entry.bytes[static_cast<std::size_t>(b * kBlock + labels.changed[change])] =
            static_cast<std::uint8_t>(labels.label[labels.changed[change]]);
    }
    return labels.rechecked;
  }

  /// Labels of a mixed block, where they are or in the buffer.
  std::int32_t* labels_before(std::int64_t b, Running& entry, std::int32_t* buffer) const {
    if (entry.bytes.empty()) return entry.words.data() + b * kBlock;
    labelling_.kernels.widen(entry.bytes.data() + b * kBlock, buffer);
    return buffer;
  }

  /// After a pass: the update and the stop rules. True once the model is complete.
  bool advance(Running& entry) const {
    KMeansModel& model = entry.model;
    if (!entry.last_pass) {
      std::vector<int> empty;
      Centroids next = updated_centroids(model.centroids, entry.sums, empty);
      if (!empty.empty()) relocate(model.centroids, empty, next);
      const UInt128 shift = squared_shift(model.centroids, next);
      ++model.iterations;
      if (shift == 0) {
        model.stop = Stop::kFixedPoint;
      } else {
        model.stop = shift <= limit_ ? Stop::kTolerance : Stop::kLimit;
        entry.last_pass =
            model.stop == Stop::kTolerance || model.iterations == plan_.max_iterations;
        if (!entry.slack.empty()) entry.reach = moves(model.centroids, next);
        model.centroids = std::move(next);
        entry.distinct = DistinctCentroids(model.centroids, iterated_);
        return false;
      }
    }
    model.counts = entry.sums.counts;
    model.inertia = inertia_from_sums(total_square_, model.centroids, entry.sums);
    return true;
  }

  /// Step 6: the empty clusters, in index order, take the farthest distinct points.
  void relocate(const Centroids& centroids, const std::vector<int>& empty, Centroids& next) const {
    std::vector<std::int32_t> label;
    std::vector<std::int64_t> distance;
    label_points(labelling_, distinct_, distinct_boxes_, centroids, label, &distance);
    const auto rows = farthest_points(distinct_, distance, static_cast<int>(empty.size()));
    for (std::size_t e = 0; e < empty.size(); ++e)
      std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(e) * centroids.d, centroids.d,
                  next.row(empty[e]));
  }

  const Labelling& labelling_;
  std::vector<AssignScratch> scratch_;  // by worker
  const Blocks& iterated_;
  const Boxes& boxes_;
  const Blocks& distinct_;
  const Boxes& distinct_boxes_;
  const FitPlan& plan_;
  UInt128 limit_;
  Int128 total_square_;
};

std::vector<KMeansModel> CpuPoints::fit(const FitPlan& plan) {
  const std::vector<Centroids> starts =
      plan.given.empty() ? seed_starts(*threads_, kernels_, distinct_, boxes_, plan) : plan.given;
  const UInt128 limit = tolerance_limit(plan.tolerance, feature_squares_, feature_sums_, weight_);
  Int128 total_square = 0;
  for (const Int128 square : feature_squares_) total_square += square;
  const Blocks& iterated = this->iterated();
  const Labelling labelling{*threads_, kernels_, hooks_.certify, statistics_};
  LloydBatch lloyd(labelling, iterated, iterated_boxes(), distinct_.points, boxes_, plan, limit,
                   total_square);

  std::vector<KMeansModel> models;
  for (std::size_t next = 0; next < starts.size();) {
    std::vector<Running> batch;
    std::int64_t bytes = 0;
    const auto most =
        hooks_.models_a_batch > 0 ? static_cast<std::size_t>(hooks_.models_a_batch) : starts.size();
    for (; next < starts.size() && batch.size() < most && (batch.empty() || bytes < kBatchBytes);
         ++next) {
      Running entry;
      entry.model.centroids = starts[next];
      entry.sums = ClusterSums(starts[next].k, starts[next].d);
      const auto padded = static_cast<std::size_t>(iterated.blocks()) * kBlock;
      if (starts[next].k <= 256)
        entry.bytes.resize(padded);
      else
        entry.words.resize(padded);
      // Boxes decide blocks without a look at their points, so that no slack could be kept.
      if (iterated.int8 != nullptr && !boxes_.narrow() &&
          int8_saving(starts[next].k, iterated.d) > 0)
        entry.slack.assign(padded, 0.0F);
      entry.whole.assign(static_cast<std::size_t>(iterated.blocks()), -1);
      bytes += entry.memory(threads_->count());
      batch.push_back(std::move(entry));
    }
    lloyd.run(batch);
    for (Running& entry : batch) models.push_back(std::move(entry.model));
  }
  return models;
}

}  // namespace covey::internal
