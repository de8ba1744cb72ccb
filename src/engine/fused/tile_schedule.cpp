#include "engine/fused/tile_schedule.h"

#include <algorithm>

namespace ae::fused {
namespace {

using Primitives = std::span<const std::unique_ptr<Primitive>>;

/// Returns true for each operation that processes rows in tiles.
std::vector<bool> find_tiled(Primitives operations) {
  const size_t count = operations.size();
  std::vector<bool> tiled(count);
  const auto follows = [&](size_t i, size_t neighbour) {
    return operations[i]->row_tiling() == RowTiling::any && tiled[neighbour];
  };
  for (size_t i = 0; i < count; ++i) {
    tiled[i] = operations[i]->row_tiling() == RowTiling::tile || (i > 0 && follows(i, i - 1));
  }
  for (size_t i = count; i-- > 1;) tiled[i - 1] = tiled[i - 1] || follows(i - 1, i);
  return tiled;
}

}  // namespace

TileSchedule::TileSchedule(Primitives operations, int64_t tile_rows, int threads)
    : tile_rows_(tile_rows) {
  const std::vector<bool> tiled = find_tiled(operations);
  for (size_t begin = 0; begin < operations.size();) {
    size_t end = begin + 1;
    while (end < operations.size() && tiled[end] == tiled[begin]) ++end;
    stages_.push_back({operations.subspan(begin, end - begin), tiled[begin]});
    begin = end;
  }
  if (!stages_.back().is_tiled) return;
  for (const auto& operation : stages_.back().operations) {
    operation->keep_shards(threads, tile_rows_);
  }
}

void TileSchedule::Stage::forward(const Shard& shard) const {
  for (const auto& operation : operations) operation->forward(shard);
}

void TileSchedule::Stage::backward(const Shard& shard) const {
  for (size_t i = operations.size(); i-- > 0;) operations[i]->backward(shard);
}

template <class Work>
void TileSchedule::for_each_tile(const Stage& stage, const Shard& shard, const Work& work) const {
  if (!stage.is_tiled) return work(shard);
  for (int64_t done = 0; done < shard.rows.count; done += tile_rows_) {
    const IndexRange rows{shard.rows.begin + done, std::min(tile_rows_, shard.rows.count - done)};
    const std::unique_ptr<Noise> noise = shard.noise.part(done, rows.count);
    work(Shard{.rank = shard.rank,
               .first = shard.first && done == 0,
               .rows = rows,
               .noise = *noise,
               .weights = shard.weights,
               .scale = shard.scale,
               .terms = shard.terms,
               .active = shard.active});
  }
}

void TileSchedule::forward_backward(const Shard& shard, PhaseTimer& timer) const {
  const Stage& last = stages_.back();
  for (const Stage& stage : std::span(stages_).first(stages_.size() - 1)) {
    for_each_tile(stage, shard, [&](const Shard& tile) { stage.forward(tile); });
  }
  for_each_tile(last, shard, [&](const Shard& tile) {
    last.forward(tile);
    timer.end(Phase::forward);
    last.backward(tile);
    timer.end(Phase::backward);
  });
  for (size_t i = stages_.size() - 1; i-- > 0;) {
    for_each_tile(stages_[i], shard, [&](const Shard& tile) { stages_[i].backward(tile); });
  }
  timer.end(Phase::backward);
}

}  // namespace ae::fused
