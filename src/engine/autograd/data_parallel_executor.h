#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/step_executor.h"
#include "engine/thread_team.h"

namespace ae {

/// Data-parallel autograd on the CPU: each thread runs a part of the batch through a replica of the
/// model, which shares the weights and has separate gradients; the gradients are then summed. For
/// models whose rows are independent.
class DataParallelExecutor : public StepExecutor {
 public:
  using Build = std::function<std::shared_ptr<Autoencoder>()>;

  /// All must outlive this. The first thread uses the model itself.
  /// @param build  builds a replica; its weights are not used
  DataParallelExecutor(Autoencoder& model, const Build& build, const Objective& objective,
                       const FlatParameters& parameters, ThreadTeam& team);

  bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  const StepCounts& counts) override;

 private:
  /// Adds the replicas' gradients to the model's and zeroes them.
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
