#pragma once

#include <c10/core/GradMode.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "data/resident_rows.h"
#include "data/row_source.h"
#include "data/splits.h"
#include "engine/batch.h"
#include "engine/ordered_pipeline.h"

namespace ae {

/// Consecutive rows of held-out data.
struct RowChunk {
  std::shared_ptr<const RowSource> source;
  std::vector<int64_t> rows;  ///< row numbers in the source; their noise follows from them
  at::Tensor labels;          ///< [n] int64; undefined without
  std::shared_ptr<const RowSource> targets = nullptr;  ///< of the same rows; null for the source
};

/// Cuts rows into chunks, in order.
class ChunkReader {
 public:
  virtual ~ChunkReader() = default;
  /// The next chunk; none after the last. Not thread-safe.
  virtual std::optional<RowChunk> next() = 0;
};

/// Reads the rows of a resident set.
class SetReader : public ChunkReader {
 public:
  /// @param set         must outlive this
  /// @param chunk_rows  rows of a chunk; the last may have fewer
  /// @param labelled    chunks carry the rows' labels
  SetReader(const RowSet& set, ResidentPair rows, int64_t chunk_rows, bool labelled = false)
      : set_(set),
        source_(std::move(rows.inputs)),
        targets_(std::move(rows.targets)),
        chunk_rows_(chunk_rows),
        labelled_(labelled) {}

  std::optional<RowChunk> next() override;

 private:
  const RowSet& set_;
  std::shared_ptr<const RowSource> source_;
  std::shared_ptr<const RowSource> targets_;
  int64_t chunk_rows_;
  bool labelled_;
  int64_t begin_ = 0;
};

/// Options of a loop over held-out rows.
struct RowLoopOptions {
  uint64_t seed;      ///< of the noise of held-out rows
  at::Device device;  ///< of noise and labels
  at::ScalarType type = at::kFloat;
  std::function<bool()> interrupted = {};  ///< asked before each chunk; true ends the loop
};

/// Runs a model over rows: every evaluation, encoding and result takes this loop. Each thread of
/// the team reads the next chunk, computes work(batch) without gradients beside the others, and
/// passes the result to give() in the order of the rows.
/// @param work  (const Batch&) -> Result; called by several threads at once
/// @param give  (Result) -> void; called by one thread at a time
/// @return      false if interrupted
/// @throws what one of them threw first
template <class Work, class Give>
bool run_over_rows(ChunkReader& reader, ThreadTeam& team, const RowLoopOptions& options,
                   const Work& work, const Give& give) {
  bool interrupted = false;
  const auto take = [&]() -> std::optional<RowChunk> {
    interrupted = interrupted || (options.interrupted && options.interrupted());
    if (interrupted) return std::nullopt;
    return reader.next();
  };
  ordered_pipeline(
      team, take,
      [&](const RowChunk& chunk) {
        const c10::NoGradGuard no_grad;
        const RowNoise noise({.seed = options.seed, .epoch = kEvaluationEpoch}, chunk.rows,
                             options.device);
        const at::Tensor labels =
            chunk.labels.defined() ? chunk.labels.to(options.device) : chunk.labels;
        return work(
            Batch(*chunk.source, chunk.rows, noise, labels, options.type, chunk.targets.get()));
      },
      give);
  return !interrupted;
}

/// Runs over rows on the calling thread, with LibTorch's threads in each operation.
/// @param visit  (const Batch&) -> void
template <class Visit>
bool for_each_batch(ChunkReader& reader, const RowLoopOptions& options, const Visit& visit) {
  ThreadTeam alone(1);
  const auto work = [&](const Batch& batch) {
    visit(batch);
    return true;
  };
  return run_over_rows(reader, alone, options, work, [](bool) {});
}

}  // namespace ae
