#pragma once

#include <memory>
#include <vector>

#include "engine/cuda/pass.h"

namespace ae {

/// Steps on a GPU, recorded once as a CUDA graph and then launched whole: rows are gathered, loss
/// and gradients found, and weights updated without the host. An epoch's smaller last batch has a
/// recording of its own; what else is not as it was when a graph was recorded, such as a weight of
/// a loss that the pass cannot bring along, is recorded anew. Where recording fails, steps run
/// operation by operation. Source: https://pytorch.org/blog/accelerating-pytorch-with-cuda-graphs
/// (whole-network capture).
class CudaGraphProgram : public StepProgram {
 public:
  /// All must outlive this.
  /// @param eager  for batches that are not of rows on the GPU
  CudaGraphProgram(Autoencoder& model, AutogradProgram& eager, std::unique_ptr<cuda::Pass> pass,
                   FlatParameters& parameters);
  ~CudaGraphProgram() override;

  bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  const StepCounts& counts) override;
  Step step(const Batch& batch, const StepSettings& settings, int64_t step, Optimizer& optimizer,
            const StepCounts& counts) override;
  /// True where steps like the last are launched as a graph.
  bool has_recording() const;

 private:
  class Recording;
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
  Recording& recording_of(const Request& request, const StepCounts& counts);

  Autoencoder& model_;
  AutogradProgram& eager_;
  std::unique_ptr<cuda::Pass> pass_;
  FlatParameters& parameters_;
  std::vector<std::unique_ptr<Recording>> recordings_;  // the last used first
  bool works_ = true;  // false from the first recording that failed
};

}  // namespace ae
