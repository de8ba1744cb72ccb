#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/aligned_vector.h"
#include "engine/fused/active_latents.h"
#include "engine/fused/auxiliary_loss.h"
#include "engine/fused/operation.h"
#include "engine/fused/tile_schedule.h"
#include "engine/step_executor.h"
#include "engine/thread_team.h"

namespace ae {

/// A training step of fused operations into memory that is allocated once, for models made of parts
/// that have them, on the CPU. Each thread goes forward and back with its rows of the batch; then
/// each finds the gradients of some weights from the whole batch and updates them while they are in
/// its cache.
template <class T>
class FusedExecutor : public StepExecutor {
 public:
  /// All must outlive this; the model's parameters lie in `parameters`.
  FusedExecutor(const Autoencoder& model, const FusedPlan& plan, const Objective& objective,
                FlatParameters& parameters, ThreadTeam& team);

  bool accumulate(const Batch& batch, const StepSettings& settings, double scale,
                  const StepCounts& counts) override;
  Step step(const Batch& batch, const StepSettings& settings, int64_t step, Optimizer& optimizer,
            const StepCounts& counts) override;

 private:
  using Buffer = fused::Buffer<T>;

  void build(const Autoencoder& model, const FusedPlan& plan);
  /// Adds layers after `input` and returns the last one's output.
  const Buffer& add_layers(std::span<const FusedLayer> layers, const Buffer& input);
  const Buffer& add_layer(const FusedLinear& layer, const Buffer& input);
  const Buffer& add_layer(const FusedConvolution& layer, const Buffer& input);
  const Buffer& add_layer(const FusedNormalization& layer, const Buffer& input);
  /// The same values where they lie in another order.
  const Buffer& with_channels(int64_t channels, const Buffer& input);
  const Buffer& add_code(const FusedPlan& plan, const Buffer& features);
  /// The encoder's input, less the last layer's bias where the model says so.
  const Buffer& add_input(const FusedPlan& plan);
  /// Adds a code of few active latents, and the first layer that decodes it.
  const Buffer& add_top_k(const FusedPlan& plan, const Buffer& features);
  /// Adds the loss by which dead latents learn.
  void add_auxiliary(const FusedPlan& plan, const Buffer& output);
  Buffer& add_buffer(int64_t width, const fused::BufferOptions& options = {});
  int add_term(const char* name);
  /// Goes forward and back with the batch's rows. @return false where the loss is not finite
  bool forward_backward(const Batch& batch, const StepSettings& settings, double scale,
                        const StepCounts& counts);
  void forward_backward_shard(const Batch& batch, const StepSettings& settings, double scale,
                              int rank, PhaseTimes* times);
  /// Calls work(job, member, laps) for every share of the weights, by all threads.
  template <class Work>
  void for_weights(PhaseTimes* times, const Work& work);

  struct WeightJob {
    const fused::WeightedOperation<T>* operation;
    fused::WeightRange range;
  };

  const Objective& objective_;
  FlatParameters& parameters_;
  ThreadTeam& team_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::unique_ptr<fused::ActiveLatents<T>> active_latents_;  // of a sparse code
  std::unique_ptr<fused::DeadLatents<T>> dead_latents_;      // where they learn
  std::vector<std::unique_ptr<fused::Operation>> operations_;
  std::optional<fused::TileSchedule> stages_;  // of the operations
  std::vector<WeightJob> jobs_;
  const Buffer* input_ = nullptr;
  const Buffer* target_ = nullptr;
  const Buffer* centred_ = nullptr;    // the input less the last layer's bias, where it is taken
  const Buffer* explained_ = nullptr;  // what dead latents add up to
  double auxiliary_weight_;
  std::vector<const char*> terms_;
  fused::LossTermIndices indices_;
  bool counts_active_;
  int64_t reserved_rows_ = 0;
  std::vector<std::vector<double>> sums_;     // of each member, by term
  std::vector<std::vector<uint8_t>> active_;  // of each member, by latent
  std::vector<AlignedVector<T>> gradients_;   // of each member, for one share
  std::atomic<size_t> next_job_{0};
};

}  // namespace ae
