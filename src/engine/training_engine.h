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

/// Gradient clipping, weight averaging and gradient checks of an update.
struct UpdateOptions {
  std::optional<double> clip_norm;  ///< maximum Euclidean norm of the gradient
  std::optional<double> ema_decay;  ///< decay of the weights' exponential moving average
  /// Skip updates whose gradient is not finite. The whole gradient is then computed before any
  /// weight changes, and a GPU is waited for.
  bool checks_gradient = false;
};

/// Threads, precision and executors of training.
struct ExecutionOptions {
  int threads = 1;  ///< on a CPU
  Precision precision = Precision::float32;
  bool cuda_graphs = true;  ///< on a GPU: capture steps as CUDA graphs
  /// Names of the model's parts whose weights stay as they are.
  std::vector<std::string> frozen = {};
  /// Fraction of zeros in the encoder's input; 0 if unknown.
  double zeros_in_data = 0;
  /// Builds a replica of the model for another thread. If empty, models without a fused step use
  /// LibTorch's threads.
  DataParallelExecutor::Build build_replica = {};
};

/// True if LibTorch's threads share each operation of a training step on a CPU, as its rows cannot
/// be divided among them: they depend on each other, or precision is bf16.
bool threads_share_operations(const Autoencoder& model, const Objective& objective,
                              Precision precision);

/// A copy of model and optimiser state between two steps. Tensors are laid out like
/// FlatParameters::values().
struct EngineSnapshot {
  at::Tensor values;
  Optimizer::State optimizer;
  std::vector<at::Tensor> buffers;  ///< the module's buffers (running statistics), in its order
  at::Tensor rows_since_active;     ///< [Z] int64; undefined if latents are never exactly 0
  at::Tensor average;               ///< moving average of the weights; undefined without one

  /// Weights for evaluation and inference: the moving average if there is one.
  const at::Tensor& evaluation_weights() const { return average.defined() ? average : values; }
};

/// A model with its optimiser: parameters in flat buffers and an executor of training steps.
class TrainingEngine {
 public:
  /// Moves the model to the device and to the dtype of the precision.
  TrainingEngine(std::shared_ptr<Autoencoder> model, const Objective& objective,
                 const OptimizerSpec& optimizer, at::Device device,
                 const UpdateOptions& update = {}, const ExecutionOptions& execution = {});

  /// One update by the mean loss of a batch.
  /// @param step  number of updates before this one
  /// @return      false if the loss, or the gradient if it is checked, is not finite; the weights
  ///              are then unchanged
  bool step(const Batch& batch, const StepSettings& settings, int64_t step, LossTerms& sums);
  /// Adds a batch to the gradient of the next update.
  /// @param scale  factor of the summed loss: 1 / total rows of the update's batches
  /// @return       false if the loss is not finite; the accumulated gradient is then discarded
  bool accumulate(const Batch& batch, const StepSettings& settings, double scale, LossTerms& sums);
  /// One update by the accumulated gradient.
  /// @param step  number of updates before this one
  /// @return      false if the gradient is checked and not finite; it is then discarded
  bool update(const StepSettings& settings, int64_t step);
  /// Finds the origin of a non-finite loss or gradient of a batch, with the current weights.
  NonFinite find_non_finite(const Batch& batch, const StepSettings& settings);
  /// Reconstruction errors of a batch.
  struct Residuals {
    at::Tensor errors;      ///< [B] squared error, summed over features
    at::Tensor directions;  ///< [B, D] rows minus the decoder's output bias
  };
  Residuals residuals(const Batch& batch);
  /// Reinitialises the weights of some latents and resets their optimiser state and moving average.
  /// Encoder and decoder must be linear.
  /// @param latents     [n] int64
  /// @param directions  [n, D] directions of the new weights, of any length
  /// @param scale       norm of the new encoder weights, relative to the mean of the other latents
  void replace_latents(const at::Tensor& latents, const at::Tensor& directions, double scale);
  /// Adds the metrics of a held-out batch to the counts; computes no gradients.
  void evaluate(const Batch& batch, const StepSettings& settings, const StepCounts& counts);

  /// Releases the memory of training steps. None may follow; evaluations may.
  void end_training() { executor_.reset(); }

  EngineSnapshot snapshot() const;
  void restore(const EngineSnapshot& snapshot);

  Autoencoder& model() { return *model_; }
  const Objective& objective() const { return objective_; }
  const FlatParameters& parameters() const { return parameters_; }
  /// Null if latents are never exactly 0.
  const DeadLatentTracker* tracker() const { return tracker_ ? &*tracker_ : nullptr; }
  at::Device device() const { return device_; }
  /// Enables timing of the phases of each step, which slows steps down a little.
  PhaseTimes& measure_steps();
  /// Null unless steps are timed.
  PhaseTimes* times() { return times_.get(); }
  /// Floating-point operations of matrix multiplications and convolutions for a row, forward and
  /// backward: see Operations::flops().
  double flops_per_row() const { return objective_.operations(*model_).flops(); }
  /// Maximum rate of such operations on the device with this engine's threads, per second.
  double matmul_limit() {
    return ae::matmul_limit(device_, parameters_.values().scalar_type(), team_);
  }

  int threads() const { return team_.size(); }
  /// Description of the execution plan for the log: "fused steps, 2 threads".
  const std::string& plan() const { return plan_; }

 private:
  friend class AveragedWeightsGuard;

  void choose_executor(const ExecutionOptions& execution);
  void choose_gpu_executor(const ExecutionOptions& execution);
  StepExecutor& executor() { return executor_ ? *executor_ : autograd_; }
  StepCounts counts_into(LossTerms& sums);
  /// Zeroes the gradient and restores the saved running statistics.
  void discard_gradient();
  /// Saves the model's buffers for discard_gradient().
  void save_buffers();
  /// Calls work(rank, range, T()) on each CPU thread, with a range of the flat parameters that are
  /// trained and their type.
  template <class Work>
  void for_ranges(const Work& work);
  GradientStatistics gradient_statistics();
  bool has_finite_gradient();
  /// Computes the clipping factor of torch.nn.utils.clip_grad_norm_. On a GPU it scales the
  /// gradient and returns 1.
  double clip_gradient();
  /// Updates the weights and zeroes the gradient. @param factor  scale of the gradient
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
  std::unique_ptr<StepExecutor> executor_;  // null if autograd_ executes the steps
  std::string plan_;
  std::optional<DeadLatentTracker> tracker_;
  std::unique_ptr<PhaseTimes> times_;  // null unless steps are timed
  UpdateOptions update_;
  at::Tensor average_;  // [P]; undefined without a moving average
  std::vector<at::Tensor> saved_buffers_;
};

/// RAII guard: swaps the model's weights with their moving average, if there is one. No update and
/// no snapshot may be made in its lifetime.
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
