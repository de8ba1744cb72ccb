#include "engine/fused/tile_schedule.h"

#include <algorithm>

namespace ae::fused {
namespace {

using Operations = std::span<const std::unique_ptr<Operation>>;

/// Of each operation, whether it is to be given few rows at a time.
std::vector<bool> find_takers_of_few(Operations operations) {
  const size_t count = operations.size();
  std::vector<bool> few(count);
  const auto goes_with = [&](size_t i, size_t neighbour) {
    return operations[i]->row_tiling() == RowTiling::any && few[neighbour];
  };
  for (size_t i = 0; i < count; ++i) {
    few[i] = operations[i]->row_tiling() == RowTiling::few || (i > 0 && goes_with(i, i - 1));
  }
  for (size_t i = count; i-- > 1;) few[i - 1] = few[i - 1] || goes_with(i - 1, i);
  return few;
}

}  // namespace

TileSchedule::TileSchedule(Operations operations, int64_t tile_rows, int threads)
    : tile_rows_(tile_rows) {
  const std::vector<bool> few = find_takers_of_few(operations);
  for (size_t begin = 0; begin < operations.size();) {
    size_t end = begin + 1;
    while (end < operations.size() && few[end] == few[begin]) ++end;
    stages_.push_back({operations.subspan(begin, end - begin), few[begin]});
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
    for_each_tile(stage, shard, [&](const Shard& some) { stage.forward(some); });
  }
  for_each_tile(last, shard, [&](const Shard& some) {
    last.forward(some);
    timer.end(Phase::forward);
    last.backward(some);
    timer.end(Phase::backward);
  });
  for (size_t i = stages_.size() - 1; i-- > 0;) {
    for_each_tile(stages_[i], shard, [&](const Shard& some) { stages_[i].backward(some); });
  }
  timer.end(Phase::backward);
}

}  // namespace ae::fused
