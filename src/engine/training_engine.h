#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/autograd/autograd_executor.h"
#include "engine/autograd/data_parallel_executor.h"
#include "engine/flat_parameters.h"
#include "engine/matmul_throughput.h"
#include "engine/non_finite.h"
#include "engine/optimizer.h"
#include "engine/thread_team.h"
#include "kernels/vector_reductions.h"

namespace ae {

/// What becomes of a gradient before the optimiser has it, and of the weights afterwards.
struct UpdateOptions {
  std::optional<double> clip_norm;  ///< the gradient's largest Euclidean norm
  std::optional<double> ema_decay;  ///< of the weights' moving average, where there is one
  /// No update by a gradient that is not finite. The whole gradient is found before any weight
  /// changes, and a GPU is waited for.
  bool checks_gradient = false;
};

/// What the work is done with.
struct ExecutionOptions {
  int threads = 1;  ///< on a CPU
  Precision precision = Precision::float32;
  bool cuda_graphs = true;  ///< on a GPU: steps are launched whole
  /// Share of the encoder's input that is 0, as far as it is known.
  double zeros_in_data = 0;
  /// Makes another model like the first, for a thread of its own; where there is none, models that
  /// have no fused step use LibTorch's threads.
  DataParallelExecutor::Build build_replica = {};
};

/// A model's weights and an optimiser's memory, copied at a moment between two steps. Laid out
/// like FlatParameters::values().
struct EngineSnapshot {
  at::Tensor values;
  Optimizer::State optimizer;
  std::vector<at::Tensor> buffers;  ///< the module's, in its order: running means and variances
  at::Tensor rows_since_active;     ///< [Z] int64; undefined where latents are never exactly 0
  at::Tensor average;               ///< of the weights, where one is kept

  /// The weights to measure and to use: the average where one is kept.
  const at::Tensor& useful() const { return average.defined() ? average : values; }
};

/// A model that learns: parameters in flat buffers, an optimiser, and a program that computes
/// gradients.
class TrainingEngine {
 public:
  /// Moves the model to the device, and to its precision's type.
  TrainingEngine(std::shared_ptr<Autoencoder> model, const Objective& objective,
                 const OptimizerSpec& optimizer, at::Device device,
                 const UpdateOptions& update = {}, const ExecutionOptions& execution = {});

  /// One update by the mean loss of a batch.
  /// @param step  updates made before this one
  /// @return      false, with nothing changed or counted, where the loss is not finite, or, where
  ///              it is checked, the gradient
  bool step(const Batch& batch, const StepSettings& settings, int64_t step, LossTerms& sums);
  /// Adds a batch to the gradient of the next update.
  /// @param scale  of the batch's summed loss: 1 / the rows of all batches of the update
  /// @return       false, with the gradient dropped, where the loss is not finite
  bool accumulate(const Batch& batch, const StepSettings& settings, double scale, LossTerms& sums);
  /// One update by what has been accumulated since the last.
  /// @param step  updates made before this one
  /// @return      false, with the gradient dropped, where it is checked and not finite
  bool update(const StepSettings& settings, int64_t step);
  /// Says where a batch first meets what is not finite, with the weights as they are.
  NonFinite find_non_finite(const Batch& batch, const StepSettings& settings);
  /// How badly rows are reconstructed from their codes.
  struct Residuals {
    at::Tensor errors;      ///< [B] squared error, summed over features
    at::Tensor directions;  ///< [B, D] the rows, seen from the decoder's output bias
  };
  Residuals residuals(const Batch& batch);
  /// Gives latents new weights, and forgets what the optimiser and the average knew of the old
  /// ones. Encoder and decoder must be linear.
  /// @param latents     [n] int64
  /// @param directions  [n, D] of the new weights, as long as they like
  /// @param scale       length of encoder weights, as a share of the other latents' mean
  void replace_latents(const at::Tensor& latents, const at::Tensor& directions, double scale);
  /// Measures held-out data.
  void evaluate(const Batch& batch, const StepSettings& settings, const StepCounts& counts);

  EngineSnapshot snapshot() const;
  void restore(const EngineSnapshot& snapshot);

  Autoencoder& model() { return *model_; }
  const Objective& objective() const { return objective_; }
  const FlatParameters& parameters() const { return parameters_; }
  /// Null where latents are never exactly 0.
  const DeadLatentTracker* tracker() const { return tracker_ ? &*tracker_ : nullptr; }
  at::Device device() const { return device_; }
  /// Measures the steps from here on, at some cost.
  PhaseTimes& measure_steps();
  /// Null where steps are not measured.
  PhaseTimes* times() { return times_.get(); }
  /// Floating-point operations of matrix products and convolutions in a pass over a batch, forth
  /// and back. Leaves gradients and running statistics changed.
  double count_matmul_flops(const Batch& batch, const StepSettings& settings);
  /// The rate of such operations that the device, with this learner's threads, cannot exceed.
  double matmul_limit() {
    return ae::matmul_limit(device_, parameters_.values().scalar_type(), team_);
  }

  int threads() const { return team_.size(); }
  /// How the model is trained, for people: "fused steps, 2 threads".
  const std::string& plan() const { return plan_; }

 private:
  friend class AveragedWeightsGuard;

  void choose_executor(const ExecutionOptions& execution);
  void choose_gpu_executor(const ExecutionOptions& execution);
  StepExecutor& executor() { return executor_ ? *executor_ : autograd_; }
  StepCounts counts_into(LossTerms& sums);
  /// Forgets what a batch whose loss is not finite did to gradients and running statistics.
  void drop_gradient();
  /// What the model's buffers hold is kept until the next time, since a batch may spoil it.
  void keep_buffers();
  /// Calls work(member, share, T()) for a share of the flat parameters on each of the CPU's
  /// threads, with the parameters' type.
  template <class Work>
  void for_ranges(const Work& work);
  GradientStatistics gradient_statistics();
  bool has_finite_gradient();
  /// The factor that the gradient is to have, as torch.nn.utils.clip_grad_norm_ finds it; of a GPU
  /// the gradient has it already.
  double clipping();
  /// Leaves the gradient 0. @param factor  of the gradient
  void update_weights(const StepSettings& settings, int64_t step, double factor);
  void average_weights(double decay, int64_t step);
  void exchange_weights();

  std::shared_ptr<Autoencoder> model_;
  at::Device device_;
  FlatParameters parameters_;
  std::unique_ptr<Optimizer> optimizer_;
  Objective objective_;
  ThreadTeam team_;
  AutogradExecutor autograd_;
  std::unique_ptr<StepExecutor> executor_;  // null where the reference trains
  std::string plan_;
  std::optional<DeadLatentTracker> tracker_;
  std::unique_ptr<PhaseTimes> times_;  // null where steps are not measured
  UpdateOptions update_;
  at::Tensor average_;  // [P]; undefined where none is kept
  std::vector<at::Tensor> kept_buffers_;
};

/// While this lives, the model has the average of its weights in place of the last ones, if one is
/// kept. No update and no snapshot may be made meanwhile.
class AveragedWeightsGuard {
 public:
  explicit AveragedWeightsGuard(TrainingEngine& engine) : engine_(engine) {
    engine_.exchange_weights();
  }
  ~AveragedWeightsGuard() { engine_.exchange_weights(); }
  AveragedWeightsGuard(const AveragedWeightsGuard&) = delete;
  AveragedWeightsGuard& operator=(const AveragedWeightsGuard&) = delete;

 private:
  TrainingEngine& engine_;
};

}  // namespace ae
