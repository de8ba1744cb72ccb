#pragma once

#include <memory>
#include <vector>

#include "engine/cuda/forward_backward.h"

namespace ae {

/// Steps on a GPU, recorded once as a CUDA graph and then launched whole: rows are gathered, loss
/// and gradients found, and weights updated without the host. An epoch's smaller last batch has a
/// recording of its own; what else is not as it was when a graph was recorded, such as a weight of
/// a loss that the pass cannot bring along, is recorded anew. Where recording fails, steps run
/// operation by operation. Source: https://pytorch.org/blog/accelerating-pytorch-with-cuda-graphs
/// (whole-network capture).
class CudaGraphExecutor : public StepExecutor {
 public:
  /// All must outlive this.
  /// @param eager  for batches that are not of rows on the GPU
  CudaGraphExecutor(Autoencoder& model, AutogradExecutor& eager,
                    std::unique_ptr<cuda::ForwardBackward> pass, FlatParameters& parameters);
  ~CudaGraphExecutor() override;

  bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  const StepCounts& counts) override;
  Step step(const Batch& batch, const StepSettings& settings, int64_t step, Optimizer& optimizer,
            const StepCounts& counts) override;
  /// True where steps like the last are launched as a graph.
  bool has_capture() const;

 private:
  class GraphCapture;
  struct Request {
    const Batch& batch;
    const StepSettings& settings;
    int64_t step;
    double scale;
    Optimizer* optimizer;  ///< null where weights are not updated
  };

  /// @return false, with nothing done, where the batch is not of rows on the GPU
  bool run(const Request& request, const StepCounts& counts);
  /// The one for such a step.
  GraphCapture& capture_for(const Request& request, const StepCounts& counts);

  Autoencoder& model_;
  AutogradExecutor& eager_;
  std::unique_ptr<cuda::ForwardBackward> pass_;
  FlatParameters& parameters_;
  std::vector<std::unique_ptr<GraphCapture>> captures_;  // the last used first
  bool works_ = true;  // false from the first recording that failed
};

}  // namespace ae
