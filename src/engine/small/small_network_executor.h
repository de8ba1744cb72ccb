#pragma once

#include <optional>
#include <vector>

#include "engine/fused/primitive.h"
#include "engine/fusion.h"
#include "engine/step_executor.h"
#include "engine/thread_team.h"
#include "kernels/small_linear.h"

namespace ae {

/// Returns true if SmallNetworkExecutor supports a model and is faster than FusedExecutor: linear
/// layers of few weights, and a code whose active latents are not counted.
bool is_small_network(const FusedPlan& plan, const Objective& objective);

/// A fused training step for models whose layers all have few weights: each block of rows runs
/// forward and backward through the whole model in the L1 cache, with rows as vector lanes. A step
/// then takes less time than one BLAS call.
template <class T>
class SmallNetworkExecutor : public StepExecutor {
 public:
  /// All must outlive this; the model's parameters lie in `parameters`.
  SmallNetworkExecutor(const FusedPlan& plan, const Objective& objective,
                       FlatParameters& parameters, ThreadTeam& team);

  bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  const StepCounts& counts) override;
  Step step(const Batch& batch, const StepSettings& settings, int64_t step, Optimizer& optimizer,
            const StepCounts& counts) override;

 private:
  /// Index of an activation's first unit in the concatenated units of all layers.
  using UnitOffset = int64_t;

  struct Layer {
    SmallLinear<T> weights;
    int64_t weight_offset;  // in the flat gradient
    int64_t bias_offset;
    UnitOffset input;
    UnitOffset output;
    bool accumulate_grad_input = false;
  };
  struct Sample {
    size_t layer;  // the first layer of the decoder
    int64_t width;
    UnitOffset mean;
    UnitOffset log_variance;
    UnitOffset sample;
  };
  /// A tensor with a cached data pointer.
  struct Array {
    Array() = default;
    Array(int64_t rows, int64_t columns);
    at::Tensor tensor;  // [rows, columns]
    T* data = nullptr;
  };
  /// Memory of one thread.
  struct Workspace {
    Array rows;                // [rows, D], input of the corruption
    Array noise;               // [rows, Z]
    Array values;              // [units, kBlockRows]
    Array grad_values;         // [units, kBlockRows]
    Array unit_noise;          // [Z, kBlockRows]
    Array gradient;            // laid out like the parameters
    std::vector<double> sums;  // by term
  };

  UnitOffset add_units(int64_t units);
  UnitOffset add_layer(const FusedLayer& layer, UnitOffset input);
  void reserve(int64_t rows);
  /// Forward and backward pass of a batch; leaves the gradient in the first workspace.
  /// @return false if the loss is not finite
  bool forward_backward(const Batch& batch, const StepSettings& settings, double scale,
                        const StepCounts& counts);
  void forward_backward_rows(const Batch& batch, const StepSettings& settings, double scale,
                             const IndexRange& rows, Workspace& workspace, PhaseTimer& timer) const;
  /// Forward pass, loss and output gradient of a block of `count` rows.
  void forward_block(const StepSettings& settings, double scale, int64_t count,
                     Workspace& workspace) const;
  /// @param accumulate  add to the gradient of earlier blocks
  void backward_block(const StepSettings& settings, double scale, int64_t count, bool accumulate,
                      Workspace& workspace) const;

  const Objective& objective_;
  FlatParameters& parameters_;
  ThreadTeam& team_;
  FusedLoss loss_;
  int64_t features_;
  std::vector<Layer> layers_;
  std::optional<Sample> sample_;
  int64_t units_ = 0;
  UnitOffset target_;
  UnitOffset input_;
  UnitOffset output_;
  std::vector<const char*> terms_;
  fused::LossTermIndices indices_;
  int64_t reserved_rows_ = 0;
  std::vector<Workspace> workspaces_;  // [threads]
};

}  // namespace ae
