#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/fused/operation.h"
#include "engine/phase_timer.h"

namespace ae::fused {

/// A model's operations in stages: those of a stage are given rows together, either all that a
/// thread has or a few at a time, which then go through the whole stage, and through the last one
/// back again, while they are in a core's cache.
class TileSchedule {
 public:
  /// @param operations  in their order; must stay
  /// @param few_rows    at a time for operations that take few
  /// @param members     threads that will call it
  TileSchedule(std::span<const std::unique_ptr<Operation>> operations, int64_t tile_rows,
               int threads);

  /// Forward and back.
  void forward_backward(const Shard& shard, PhaseTimer& timer) const;

 private:
  struct Stage {
    std::span<const std::unique_ptr<Operation>> operations;
    bool is_tiled;

    void forward(const Shard& shard) const;
    void backward(const Shard& shard) const;
  };
  /// Calls work(shard) for the chunks of a shard that a stage takes.
  template <class Work>
  void for_each_tile(const Stage& stage, const Shard& shard, const Work& work) const;

  std::vector<Stage> stages_;
  int64_t tile_rows_;
};

}  // namespace ae::fused
