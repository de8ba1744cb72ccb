#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/step_executor.h"
#include "engine/thread_team.h"

namespace ae {

/// By autograd, each batch shared between threads, each of which has a replica of the model: the
/// same weights, gradients of its own that are added up. For models that deal with each row by
/// itself, on the CPU.
class DataParallelExecutor : public StepExecutor {
 public:
  using Build = std::function<std::shared_ptr<Autoencoder>()>;

  /// All must outlive this. The first thread has the model itself.
  /// @param build  makes another model like it; its weights are not used
  DataParallelExecutor(Autoencoder& model, const Build& build, const Objective& objective,
                       const FlatParameters& parameters, ThreadTeam& team);

  bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  const StepCounts& counts) override;

 private:
  /// Adds the replicas' gradients to the model's, and clears them.
  void reduce(PhaseTimes* times);

  struct Replica {
    std::shared_ptr<Autoencoder> model;
    FlatParameters parameters;
  };

  Autoencoder& model_;
  std::vector<Replica> replicas_;
  const Objective& objective_;
  const FlatParameters& parameters_;
  ThreadTeam& team_;
};

}  // namespace ae
