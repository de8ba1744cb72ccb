#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/plan/operation.h"
#include "engine/step_times.h"

namespace ae::plan {

/// A model's operations in stages: those of a stage are given rows together, either all that a
/// thread has or a few at a time, which then go through the whole stage, and through the last one
/// back again, while they are in a core's cache.
class Stages {
 public:
  /// @param operations  in their order; must stay
  /// @param few_rows    at a time for operations that take few
  /// @param members     threads that will call it
  Stages(std::span<const std::unique_ptr<Operation>> operations, int64_t few_rows, int members);

  /// Forward and back.
  void pass(const Shard& shard, Laps& laps) const;

 private:
  struct Stage {
    std::span<const std::unique_ptr<Operation>> operations;
    bool takes_few;

    void forward(const Shard& shard) const;
    void backward(const Shard& shard) const;
  };
  /// Calls work(shard) for the portions of a shard that a stage takes.
  template <class Work>
  void in_portions(const Stage& stage, const Shard& shard, const Work& work) const;

  std::vector<Stage> stages_;
  int64_t few_rows_;
};

}  // namespace ae::plan
