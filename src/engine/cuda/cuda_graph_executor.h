#pragma once

#include <memory>
#include <vector>

#include "engine/cuda/forward_backward.h"

namespace ae {

/// Training steps on a GPU, captured once as a CUDA graph and then replayed: the graph gathers
/// rows, computes loss and gradients, and updates the weights. Each combination of what a graph
/// cannot read from device memory, such as the batch size, has a capture of its own. If capturing
/// fails, steps run eagerly. Source: https://pytorch.org/blog/accelerating-pytorch-with-cuda-graphs
/// (whole-network capture).
class CudaGraphExecutor : public StepExecutor {
 public:
  /// All must outlive this.
  /// @param eager  executor of batches whose rows are not on the GPU
  CudaGraphExecutor(Autoencoder& model, AutogradExecutor& eager,
                    std::unique_ptr<cuda::ForwardBackward> pass, FlatParameters& parameters);
  ~CudaGraphExecutor() override;

  bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  const StepCounts& counts) override;
  Step step(const Batch& batch, const StepSettings& settings, int64_t step, Optimizer& optimizer,
            const StepCounts& counts) override;
  /// Returns true if the last step's capture key has a graph.
  bool has_capture() const;

 private:
  class GraphCapture;
  struct Request {
    const Batch& batch;
    const StepSettings& settings;
    int64_t step;
    double scale;
    Optimizer* optimizer;  ///< null to accumulate without an update
  };

  /// @return false, with nothing done, if the batch's rows are not on the GPU
  bool run(const Request& request, const StepCounts& counts);
  /// Finds or creates the capture of a step.
  GraphCapture& capture_for(const Request& request, const StepCounts& counts);

  Autoencoder& model_;
  AutogradExecutor& eager_;
  std::unique_ptr<cuda::ForwardBackward> pass_;
  FlatParameters& parameters_;
  std::vector<std::unique_ptr<GraphCapture>> captures_;  // most recently used first
  bool can_capture_ = true;                              // false after a failed capture
};

}  // namespace ae
