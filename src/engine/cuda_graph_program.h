#pragma once

#include <memory>

#include "engine/step_program.h"

namespace ae {

/// Steps on a GPU, recorded once as a CUDA graph and then launched whole: rows are gathered, loss
/// and gradients found by autograd, and weights updated without the host. Noise is drawn as
/// without a graph, so that it stays a function of seed, epoch and step. What is not as it was when
/// the graph was recorded, such as a smaller last batch or a weight of the loss that still grows,
/// runs by autograd, operation by operation; so does everything where recording fails.
/// Source: https://pytorch.org/blog/accelerating-pytorch-with-cuda-graphs (whole-network capture).
class CudaGraphProgram : public StepProgram {
 public:
  /// All must outlive this.
  CudaGraphProgram(Autoencoder& model, AutogradProgram& eager, FlatParameters& parameters);
  ~CudaGraphProgram() override;

  bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  const StepCounts& counts) override;
  Step step(const Batch& batch, const StepSettings& settings, int64_t step, Optimizer& optimizer,
            const StepCounts& counts) override;

 private:
  class Recording;
  struct Request {
    const Batch& batch;
    const StepSettings& settings;
    int64_t step;
    double scale;
    Optimizer* optimizer;  ///< null where weights are not updated
  };

  /// @return false, with nothing done, where the step is to run without a recording
  bool run(const Request& request, const StepCounts& counts);
  /// Lets recording_ be the one for such a step. @return false where it is to run without
  bool choose_recording(const Request& request, const StepCounts& counts);

  Autoencoder& model_;
  AutogradProgram& eager_;
  FlatParameters& parameters_;
  std::unique_ptr<Recording> recording_;
  int64_t steps_alike_ = 0;  // that recording_ is for
  bool works_ = true;        // false from the first recording that failed
};

}  // namespace ae
