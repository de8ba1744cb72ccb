#include "engine/training_engine.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <c10/core/GradMode.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "engine/fused/fused_executor.h"
#include "engine/fusion.h"
#include "engine/small/small_network_executor.h"
#include "engine/weight_layout.h"
#ifdef AE_WITH_CUDA
#include "engine/cuda/cuda_graph_executor.h"
#include "engine/cuda/fused_forward_backward.h"
#endif

namespace ae {
namespace {

std::string threads_text(int threads) {
  return fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
}

/// Moves the model to the training device and dtype and sets the memory layout of its weights.
std::shared_ptr<Autoencoder> prepare(std::shared_ptr<Autoencoder> model, const Objective& objective,
                                     at::Device device, const ExecutionOptions& execution) {
  // A model in double stays in double.
  const bool to_double = execution.precision == Precision::float64;
  model->to(device, to_double ? at::kDouble : model->parameter_type());
  if (device.is_cpu()) lay_out_weights(*model, objective, execution.zeros_in_data);
  return model;
}

}  // namespace

bool threads_share_operations(const Autoencoder& model, const Objective& objective,
                              Precision precision) {
  if (precision == Precision::bf16) return true;
  return (model.couples_rows() || objective.couples_rows()) &&
         fuse(objective.operations(model)).unsupported;
}

TrainingEngine::TrainingEngine(std::shared_ptr<Autoencoder> model, const Objective& objective,
                               const OptimizerSpec& optimizer, at::Device device,
                               const UpdateOptions& update, const ExecutionOptions& execution)
    : model_(prepare(std::move(model), objective, device, execution)),
      device_(device),
      parameters_(*model_, execution.frozen),
      optimizer_(optimizer.build(parameters_)),
      objective_(objective),
      team_(device.is_cpu() ? execution.threads : 1),
      autograd_(*model_, objective_, execution.precision),
      update_(update) {
  choose_executor(execution);
  if (objective.counts_active()) tracker_.emplace(model_->latent_dim(), device);
  if (update_.ema_decay) average_ = parameters_.values().clone();
}

void TrainingEngine::choose_gpu_executor(const ExecutionOptions& execution) {
  set_matmul_precision(execution.precision);
  plan_ = "autograd on the GPU";
#ifdef AE_WITH_CUDA
  if (!execution.cuda_graphs || cuda::Kernels::find() == nullptr) return;
  const FusedPlan plan = fuse(objective_.operations(*model_));
  std::string refusal = execution.precision == Precision::bf16
                            ? "bf16"
                            : cuda::FusedForwardBackward::refusal(plan, parameters_);
  std::unique_ptr<cuda::ForwardBackward> forward_backward;
  if (refusal.empty()) {
    const bool exact = execution.precision != Precision::tf32;
    forward_backward = std::make_unique<cuda::FusedForwardBackward>(
        *model_, plan, objective_, parameters_, cuda::GemmOptions{.exact = exact});
    plan_ = "fused steps on the GPU, as CUDA graphs";
  } else {
    forward_backward = std::make_unique<cuda::AutogradForwardBackward>(autograd_);
    plan_ += fmt::format(" (no fused kernels for {}), steps as CUDA graphs", refusal);
  }
  executor_ = std::make_unique<CudaGraphExecutor>(*model_, autograd_, std::move(forward_backward),
                                                  parameters_);
#endif
}

void TrainingEngine::choose_executor(const ExecutionOptions& execution) {
  if (!device_.is_cpu()) return choose_gpu_executor(execution);
  if (execution.precision == Precision::bf16) {
    plan_ = fmt::format("autograd in bfloat16, {} per operation", threads_text(team_.size()));
    return;
  }
  const FusedPlan plan = fuse(objective_.operations(*model_));
  if (!plan.unsupported) {
    const bool is_small = is_small_network(plan, objective_);
    plan_ = fmt::format("fused steps{}, {}", is_small ? " of narrow layers" : "",
                        threads_text(team_.size()));
    with_type(parameters_, [&]<class T>(T) {
      if (is_small) {
        executor_ = std::make_unique<SmallNetworkExecutor<T>>(plan, objective_, parameters_, team_);
      } else {
        executor_ =
            std::make_unique<FusedExecutor<T>>(*model_, plan, objective_, parameters_, team_);
      }
    });
    return;
  }
  const std::string reason = fmt::format("no fused kernels for {}", *plan.unsupported);
  if (model_->couples_rows() || objective_.couples_rows()) {
    plan_ = fmt::format("autograd ({}), {} per operation: rows of a batch depend on each other{}",
                        reason, threads_text(team_.size()),
                        team_.size() > 1 ? "" : ", and a small model's operations are not divided");
  } else if (team_.size() > 1 && execution.build_replica) {
    plan_ = fmt::format("autograd ({}), each batch split between {}", reason,
                        threads_text(team_.size()));
    executor_ = std::make_unique<DataParallelExecutor>(*model_, execution.build_replica, objective_,
                                                       parameters_, team_);
  } else {
    plan_ = fmt::format("autograd ({}), {}", reason, threads_text(team_.size()));
  }
}

StepCounts TrainingEngine::counts_into(LossTerms& sums) {
  return {.sums = &sums, .tracker = tracker_ ? &*tracker_ : nullptr, .times = times_.get()};
}

bool TrainingEngine::step(const Batch& batch, const StepSettings& settings, int64_t step,
                          LossTerms& sums) {
  // Operations on the whole gradient, or on whole columns of weights, cannot be fused.
  if (!update_.clip_norm && !update_.checks_gradient && !model_->keeps_unit_norm()) {
    const auto result = executor().step(batch, settings, step, *optimizer_, counts_into(sums));
    if (result == StepExecutor::Step::not_finite) return false;
    if (result == StepExecutor::Step::done) {
      if (const auto& decay = update_.ema_decay) {
        const c10::NoGradGuard no_grad;
        PhaseTimer timer(times_.get(), PhaseTimer::kAllThreads);
        average_weights(*decay, step);
        timer.end(Phase::update);
      }
      return true;
    }
  }
  return accumulate(batch, settings, 1.0 / static_cast<double>(batch.samples()), sums) &&
         update(settings, step);
}

bool TrainingEngine::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                LossTerms& sums) {
  save_buffers();
  LossTerms batch_sums;
  if (executor().accumulate(batch, settings, scale, counts_into(batch_sums)) &&
      (device_.is_cpu() || !update_.checks_gradient || batch_sums.is_finite())) {
    sums.add(batch_sums);
    return true;
  }
  discard_gradient();
  return false;
}

void TrainingEngine::save_buffers() {
  if (!device_.is_cpu() && !update_.checks_gradient) return;
  const c10::NoGradGuard no_grad;
  const std::vector<at::Tensor> buffers = model_->buffers();
  saved_buffers_.resize(buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    at::Tensor& saved = saved_buffers_[i];
    saved = saved.defined() ? saved.copy_(buffers[i]) : buffers[i].clone();
  }
}

void TrainingEngine::discard_gradient() {
  const c10::NoGradGuard no_grad;
  parameters_.gradients().zero_();
  const std::vector<at::Tensor> buffers = model_->buffers();
  for (size_t i = 0; i < saved_buffers_.size(); ++i) buffers[i].copy_(saved_buffers_[i]);
}

NonFinite TrainingEngine::find_non_finite(const Batch& batch, const StepSettings& settings) {
  save_buffers();
  const NonFinite found = ae::find_non_finite(*model_, objective_, parameters_, batch, settings);
  discard_gradient();
  return found;
}

TrainingEngine::Residuals TrainingEngine::residuals(const Batch& batch) {
  const c10::NoGradGuard no_grad;
  const ForwardContext context{.noise = &batch.noise(),
                               .condition = model_->condition(batch.labels())};
  const at::Tensor reconstruction =
      model_->reconstruct(model_->encode(batch.input(), context).code(), batch.target(), context);
  return {(reconstruction - batch.target()).square().sum(1),
          batch.target() - model_->output_bias()};
}

void TrainingEngine::replace_latents(const at::Tensor& latents, const at::Tensor& directions,
                                     double scale) {
  const c10::NoGradGuard no_grad;
  const at::Tensor unit =
      directions / directions.norm(2, /*dim=*/1, /*keepdim=*/true).clamp_min(1e-8);
  at::Tensor encoder = model_->projection()->weight;  // [Z, D + width of the condition]
  const at::Tensor others =
      at::ones({encoder.size(0)}, encoder.options()).index_fill_(0, latents, 0);
  const at::Tensor mean_norm =
      (encoder.norm(2, /*dim=*/1) * others).sum() / others.sum().clamp_min(1);
  encoder.index_fill_(0, latents, 0);
  encoder.narrow(1, 0, unit.size(1)).index_copy_(0, latents, unit * (mean_norm * scale));
  model_->projection()->bias.index_fill_(0, latents, 0);
  model_->dictionary().index_copy_(1, latents, unit.t());

  // Optimiser state and moving average must not retain the old weights.
  const auto reset = [&](const at::Tensor& parameter, int64_t axis) {
    const FlatParameters::Slice& slice = parameters_.slice_of(parameter);
    for (const auto& [name, state] : optimizer_->state()) {
      FlatParameters::view(state, slice).index_fill_(axis, latents, 0);
    }
    if (!average_.defined()) return;
    const at::Tensor values = FlatParameters::view(parameters_.values(), slice);
    FlatParameters::view(average_, slice)
        .index_copy_(axis, latents, values.index_select(axis, latents));
  };
  reset(model_->projection()->weight, 0);
  reset(model_->projection()->bias, 0);
  reset(model_->dictionary(), 1);
  tracker_->reset(latents);
}

void TrainingEngine::evaluate(const Batch& batch, const StepSettings& settings,
                              const StepCounts& counts) {
  autograd_.evaluate(batch, settings, counts);
}

PhaseTimes& TrainingEngine::measure_steps() {
  times_ = std::make_unique<PhaseTimes>(team_.size(), device_);
  return *times_;
}

EngineSnapshot TrainingEngine::snapshot() const {
  EngineSnapshot snapshot{parameters_.values().clone(), {}, {}, {}, {}};
  for (const at::Tensor& buffer : model_->buffers()) snapshot.buffers.push_back(buffer.clone());
  if (tracker_) snapshot.rows_since_active = tracker_->rows_since_active().clone();
  for (const auto& [name, tensor] : optimizer_->state()) {
    snapshot.optimizer.emplace_back(name, tensor.clone());
  }
  if (average_.defined()) snapshot.average = average_.clone();
  return snapshot;
}

void TrainingEngine::restore(const EngineSnapshot& snapshot) {
  const c10::NoGradGuard no_grad;
  parameters_.values().copy_(snapshot.values);
  const Optimizer::State state = optimizer_->state();
  for (size_t i = 0; i < state.size(); ++i) state[i].second.copy_(snapshot.optimizer[i].second);
  const std::vector<at::Tensor> buffers = model_->buffers();
  for (size_t i = 0; i < buffers.size(); ++i) buffers[i].copy_(snapshot.buffers[i]);
  if (tracker_) tracker_->restore(snapshot.rows_since_active);
  if (average_.defined()) average_.copy_(snapshot.average);
}

}  // namespace ae
