#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/fused/primitive.h"
#include "engine/phase_timer.h"

namespace ae::fused {

/// Groups a model's operations into stages. A stage processes either all rows of a thread at once
/// or one tile of rows after another, which then passes through the whole stage in a core's cache;
/// in the last stage, forward and backward.
class TileSchedule {
 public:
  /// @param operations  in order; must outlive this
  /// @param tile_rows   rows of a tile
  /// @param threads     number of threads that call it
  TileSchedule(std::span<const std::unique_ptr<Primitive>> operations, int64_t tile_rows,
               int threads);

  void forward_backward(const Shard& shard, PhaseTimer& timer) const;

 private:
  struct Stage {
    std::span<const std::unique_ptr<Primitive>> operations;
    bool is_tiled;

    void forward(const Shard& shard) const;
    void backward(const Shard& shard) const;
  };
  /// Calls work(shard) for each tile of a shard, or once if the stage is not tiled.
  template <class Work>
  void for_each_tile(const Stage& stage, const Shard& shard, const Work& work) const;

  std::vector<Stage> stages_;
  int64_t tile_rows_;
};

}  // namespace ae::fused
