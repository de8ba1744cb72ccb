#pragma once

#include <optional>
#include <vector>

#include "engine/fused/operation.h"
#include "engine/fusion.h"
#include "engine/step_executor.h"
#include "engine/thread_team.h"
#include "kernels/small_linear.h"

namespace ae {

/// Whether a plan model is of linear layers that each have few weights, so that
/// SmallNetworkExecutor is the faster, and of a code whose active latents are not counted.
bool is_small_network(const FusedPlan& plan, const Objective& objective);

/// A fused training step for models whose layers all have few weights: a block of rows goes forth
/// and back through the whole model while it is in the first cache, and rows, not units, fill the
/// processor's vectors. A step of a batch then takes less time than one call of a matrix product.
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
  /// Values of a block's rows, or the loss's gradients by them: units of all layers one after
  /// another. Its number is the first unit's.
  using Place = int64_t;

  struct Layer {
    SmallLinear<T> weights;
    int64_t weight_offset;  // in the flat gradient
    int64_t bias_offset;
    Place input;
    Place output;
    bool accumulate_grad_input = false;
  };
  struct Draw {
    size_t layer;  // the first that takes it
    int64_t width;
    Place mean;
    Place log_variance;
    Place draw;
  };
  /// Memory whose address need not be asked for at each step.
  struct Numbers {
    Numbers() = default;
    Numbers(int64_t lines, int64_t width);
    at::Tensor tensor;  // [lines, width]
    T* data = nullptr;
  };
  /// What one thread works with.
  struct Workspace {
    Numbers rows;              // [rows, D] to be corrupted
    Numbers noise;             // [rows, Z]
    Numbers values;            // [units, kRowsOfBlock]
    Numbers grad_values;       // the same of gradients
    Numbers unit_noise;        // [Z, kRowsOfBlock]
    Numbers gradient;          // laid out like the parameters
    std::vector<double> sums;  // by term
  };

  Place add_units(int64_t units);
  Place add_layer(const FusedLayer& layer, Place input);
  void reserve(int64_t rows);
  /// Goes forth and back, and leaves the gradient in the first workspace.
  /// @return false where the loss is not finite
  bool forward_backward(const Batch& batch, const StepSettings& settings, double scale,
                        const StepCounts& counts);
  void forward_backward_rows(const Batch& batch, const StepSettings& settings, double scale,
                             const IndexRange& rows, Workspace& own, PhaseTimer& timer) const;
  /// Values, loss and the loss's gradient by the output, of a block of `count` rows.
  void forward_block(const StepSettings& settings, double scale, int64_t count,
                     Workspace& own) const;
  /// @param adds  to the gradient of earlier blocks
  void backward_block(const StepSettings& settings, double scale, int64_t count, bool adds,
                      Workspace& own) const;

  const Objective& objective_;
  FlatParameters& parameters_;
  ThreadTeam& team_;
  FusedLoss loss_;
  int64_t features_;
  std::vector<Layer> layers_;
  std::optional<Draw> draw_;
  int64_t units_ = 0;
  Place target_;
  Place input_;
  Place output_;
  std::vector<const char*> terms_;
  fused::LossTermIndices indices_;
  int64_t reserved_rows_ = 0;
  std::vector<Workspace> workspaces_;  // of each thread
};

}  // namespace ae
