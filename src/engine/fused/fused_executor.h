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
#include "engine/fused/primitive.h"
#include "engine/fused/tile_schedule.h"
#include "engine/step_executor.h"
#include "engine/thread_team.h"

namespace ae {

/// A training step of fused operations on the CPU, with memory that is allocated once, for models
/// whose parts all have fused kernels. Each thread runs its rows of the batch forward and backward;
/// then each computes the gradients of ranges of weights from the whole batch and updates the
/// weights while they are in its cache.
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
  /// Appends layers after `input` and returns the last one's output.
  const Buffer& add_layers(std::span<const FusedLayer> layers, const Buffer& input);
  const Buffer& add_layer(const FusedLinear& layer, const Buffer& input);
  const Buffer& add_layer(const FusedConvolution& layer, const Buffer& input);
  const Buffer& add_layer(const FusedNormalization& layer, const Buffer& input);
  /// Returns the input with the given number of channels last; appends a transposition if needed.
  const Buffer& with_channels(int64_t channels, const Buffer& input);
  const Buffer& add_code(const FusedPlan& plan, const Buffer& features);
  /// The encoder's input, minus the last layer's bias for models with pre_encoder_bias.
  const Buffer& add_input(const FusedPlan& plan);
  /// Appends a top-k code and the first layer of the decoder.
  const Buffer& add_top_k(const FusedPlan& plan, const Buffer& features);
  /// Appends the auxiliary loss of dead latents.
  void add_auxiliary(const FusedPlan& plan, const Buffer& output);
  Buffer& add_buffer(int64_t width, const fused::BufferOptions& options = {});
  int add_term(const char* name);
  /// Forward and backward pass of a batch. @return false if the loss is not finite
  bool forward_backward(const Batch& batch, const StepSettings& settings, double scale,
                        const StepCounts& counts);
  void forward_backward_shard(const Batch& batch, const StepSettings& settings, double scale,
                              int rank, PhaseTimes* times);
  /// Calls work(job, rank, timer) for every range of the weights, on all threads.
  template <class Work>
  void for_weights(PhaseTimes* times, const Work& work);

  struct WeightJob {
    const fused::WeightedPrimitive<T>* operation;
    fused::WeightRange range;
  };

  const Objective& objective_;
  FlatParameters& parameters_;
  ThreadTeam& team_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::unique_ptr<fused::ActiveLatents<T>> active_latents_;  // null without top_k
  std::unique_ptr<fused::DeadLatents<T>> dead_latents_;      // null without an auxiliary loss
  std::vector<std::unique_ptr<fused::Primitive>> primitives_;
  std::optional<fused::TileSchedule> schedule_;
  std::vector<WeightJob> jobs_;
  const Buffer* input_ = nullptr;
  const Buffer* target_ = nullptr;
  const Buffer* centred_ = nullptr;  // input minus the last layer's bias; null without
  const Buffer* auxiliary_reconstruction_ = nullptr;  // of the dead latents
  double auxiliary_weight_;
  std::vector<const char*> terms_;
  fused::LossTermIndices indices_;
  bool counts_active_;
  int64_t reserved_rows_ = 0;
  std::vector<std::vector<double>> sums_;     // [threads, terms]
  std::vector<std::vector<uint8_t>> active_;  // [threads, Z]
  std::vector<AlignedVector<T>> gradients_;   // [threads, weights of a range]
  std::atomic<size_t> next_job_{0};
};

}  // namespace ae
