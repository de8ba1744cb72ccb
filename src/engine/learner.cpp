#include "engine/learner.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <c10/core/GradMode.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "engine/fused_program.h"
#include "engine/narrow_program.h"
#include "engine/weight_layout.h"
#ifdef AE_WITH_CUDA
#include "engine/cuda/fused_pass.h"
#include "engine/cuda/graph_program.h"
#endif

namespace ae {
namespace {

std::string threads_text(int threads) {
  return fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
}

/// On the device and in the type where it is trained, its weights laid out for that.
std::shared_ptr<Autoencoder> moved(std::shared_ptr<Autoencoder> model, const Objective& objective,
                                   at::Device device, const Execution& execution) {
  // A model that is in double already stays so.
  const bool widens = execution.precision == Precision::float64;
  model->to(device, widens ? at::kDouble : model->parameter_type());
  if (device.is_cpu()) lay_out_weights(*model, objective, execution.zeros_in_data);
  return model;
}

}  // namespace

Learner::Learner(std::shared_ptr<Autoencoder> model, const Objective& objective,
                 const OptimizerSpec& optimizer, at::Device device, const UpdateOptions& update,
                 const Execution& execution)
    : model_(moved(std::move(model), objective, device, execution)),
      device_(device),
      parameters_(*model_),
      optimizer_(optimizer.build(parameters_)),
      objective_(objective),
      team_(device.is_cpu() ? execution.threads : 1),
      reference_(*model_, objective_, execution.precision),
      update_(update) {
  choose_program(execution);
  if (objective.counts_active()) usage_.emplace(model_->latent_dim(), device);
  if (update_.ema_decay) average_ = parameters_.values().clone();
}

void Learner::choose_gpu_program(const Execution& execution) {
  set_product_precision(execution.precision);
  plan_ = "autograd on the GPU";
#ifdef AE_WITH_CUDA
  if (!execution.cuda_graphs || cuda::Kernels::find() == nullptr) return;
  const LoweredModel lowered = objective_.lowered(*model_);
  std::string refusal = execution.precision == Precision::bf16
                            ? "bf16"
                            : cuda::FusedPass::refusal(lowered, parameters_);
  std::unique_ptr<cuda::Pass> pass;
  if (refusal.empty()) {
    const bool exact = execution.precision != Precision::tf32;
    pass = std::make_unique<cuda::FusedPass>(*model_, lowered, objective_, parameters_,
                                             cuda::ProductOptions{.exact = exact});
    plan_ = "fused steps on the GPU, as CUDA graphs";
  } else {
    pass = std::make_unique<cuda::AutogradPass>(reference_);
    plan_ += fmt::format(" ({} has no fused form there), steps as CUDA graphs", refusal);
  }
  program_ = std::make_unique<CudaGraphProgram>(*model_, reference_, std::move(pass), parameters_);
#endif
}

void Learner::choose_program(const Execution& execution) {
  if (!device_.is_cpu()) return choose_gpu_program(execution);
  if (execution.precision == Precision::bf16) {
    plan_ =
        fmt::format("autograd in bfloat16, {} in each operation", threads_text(team_.members()));
    return;
  }
  const LoweredModel lowered = objective_.lowered(*model_);
  if (!lowered.refusal()) {
    const bool narrow = is_narrow(lowered, objective_);
    plan_ = fmt::format("fused steps{}, {}", narrow ? " of narrow layers" : "",
                        threads_text(team_.members()));
    with_type(parameters_, [&]<class T>(T) {
      if (narrow) {
        program_ = std::make_unique<NarrowProgram<T>>(lowered, objective_, parameters_, team_);
      } else {
        program_ =
            std::make_unique<FusedProgram<T>>(*model_, lowered, objective_, parameters_, team_);
      }
    });
    return;
  }
  const std::string reason = fmt::format("{} has no fused form", *lowered.refusal());
  if (model_->couples_rows() || objective_.couples_rows()) {
    plan_ = fmt::format("autograd ({}), {} in each operation: rows of a batch depend on each other",
                        reason, threads_text(team_.members()));
  } else if (team_.members() > 1 && execution.build_replica) {
    plan_ = fmt::format("autograd ({}), each batch shared between {}", reason,
                        threads_text(team_.members()));
    program_ = std::make_unique<ReplicaProgram>(*model_, execution.build_replica, objective_,
                                                parameters_, team_);
  } else {
    plan_ = fmt::format("autograd ({}), {}", reason, threads_text(team_.members()));
  }
}

StepCounts Learner::counts_into(TermSums& sums) {
  return {.sums = &sums, .usage = usage_ ? &*usage_ : nullptr, .times = times_.get()};
}

bool Learner::step(const Batch& batch, const StepSettings& settings, int64_t step, TermSums& sums) {
  // What looks at the whole gradient, or at whole columns of weights, cannot be folded in.
  if (!update_.clip_norm && !update_.checks_gradient && !model_->keeps_unit_norm()) {
    const auto made = program().step(batch, settings, step, *optimizer_, counts_into(sums));
    if (made == StepProgram::Step::not_finite) return false;
    if (made == StepProgram::Step::done) {
      if (const auto& decay = update_.ema_decay) {
        const c10::NoGradGuard no_grad;
        Laps laps(times_.get(), Laps::kAll);
        average_weights(*decay, step);
        laps.end(Phase::update);
      }
      return true;
    }
  }
  return accumulate(batch, settings, 1.0 / static_cast<double>(batch.samples()), sums) &&
         update(settings, step);
}

bool Learner::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                         TermSums& sums) {
  keep_buffers();
  TermSums own;
  if (program().accumulate(batch, settings, scale, counts_into(own)) &&
      (device_.is_cpu() || !update_.checks_gradient || own.is_finite())) {
    sums.add(own);
    return true;
  }
  drop_gradient();
  return false;
}

void Learner::keep_buffers() {
  if (!device_.is_cpu() && !update_.checks_gradient) return;
  const c10::NoGradGuard no_grad;
  const std::vector<at::Tensor> buffers = model_->buffers();
  kept_buffers_.resize(buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    at::Tensor& kept = kept_buffers_[i];
    kept = kept.defined() ? kept.copy_(buffers[i]) : buffers[i].clone();
  }
}

void Learner::drop_gradient() {
  const c10::NoGradGuard no_grad;
  parameters_.gradients().zero_();
  const std::vector<at::Tensor> buffers = model_->buffers();
  for (size_t i = 0; i < kept_buffers_.size(); ++i) buffers[i].copy_(kept_buffers_[i]);
}

NonFinite Learner::find_non_finite(const Batch& batch, const StepSettings& settings) {
  keep_buffers();
  const NonFinite found = ae::find_non_finite(*model_, objective_, parameters_, batch, settings);
  drop_gradient();
  return found;
}

Learner::Residuals Learner::residuals(const Batch& batch) {
  const c10::NoGradGuard no_grad;
  const Pass pass{.noise = &batch.noise(), .condition = model_->condition(batch.labels())};
  const at::Tensor back = model_->decode_to_data(model_->encode(batch.target(), pass).code(), pass);
  return {(back - batch.target()).square().sum(1), batch.target() - model_->output_bias()};
}

void Learner::replace_latents(const at::Tensor& latents, const at::Tensor& directions,
                              double scale) {
  const c10::NoGradGuard no_grad;
  const at::Tensor unit =
      directions / directions.norm(2, /*dim=*/1, /*keepdim=*/true).clamp_min(1e-8);
  at::Tensor encoder = model_->projection()->weight;  // [Z, D], and the condition's weights
  const at::Tensor others =
      at::ones({encoder.size(0)}, encoder.options()).index_fill_(0, latents, 0);
  const at::Tensor mean_norm =
      (encoder.norm(2, /*dim=*/1) * others).sum() / others.sum().clamp_min(1);
  encoder.index_fill_(0, latents, 0);
  encoder.narrow(1, 0, unit.size(1)).index_copy_(0, latents, unit * (mean_norm * scale));
  model_->projection()->bias.index_fill_(0, latents, 0);
  model_->dictionary().index_copy_(1, latents, unit.t());

  for (const FlatParameters::Slice& slice : parameters_.slices()) {
    const int64_t axis = slice.name.starts_with("latent.projection.") ? 0 : 1;
    if (axis == 1 && slice.name != "decoder.0.weight") continue;
    for (const auto& [name, memory] : optimizer_->state()) {
      FlatParameters::view(memory, slice).index_fill_(axis, latents, 0);
    }
    if (!average_.defined()) continue;
    const at::Tensor fresh = FlatParameters::view(parameters_.values(), slice);
    FlatParameters::view(average_, slice)
        .index_copy_(axis, latents, fresh.index_select(axis, latents));
  }
  usage_->forget(latents);
}

void Learner::evaluate(const Batch& batch, const StepSettings& settings, const StepCounts& counts) {
  reference_.evaluate(batch, settings, counts);
}

StepTimes& Learner::measure_steps() {
  times_ = std::make_unique<StepTimes>(team_.members(), device_);
  return *times_;
}

double Learner::count_products(const Batch& batch, const StepSettings& settings) {
  TermSums sums;
  return ae::count_products(
      [&] { reference_.accumulate(batch, settings, /*scale=*/0, {.sums = &sums}); });
}

LearnerSnapshot Learner::snapshot() const {
  LearnerSnapshot snapshot{parameters_.values().clone(), {}, {}, {}, {}};
  for (const at::Tensor& buffer : model_->buffers()) snapshot.buffers.push_back(buffer.clone());
  if (usage_) snapshot.rows_since_active = usage_->rows_since_active().clone();
  for (const auto& [name, tensor] : optimizer_->state()) {
    snapshot.optimizer.emplace_back(name, tensor.clone());
  }
  if (average_.defined()) snapshot.average = average_.clone();
  return snapshot;
}

void Learner::restore(const LearnerSnapshot& snapshot) {
  const c10::NoGradGuard no_grad;
  parameters_.values().copy_(snapshot.values);
  const Optimizer::State state = optimizer_->state();
  for (size_t i = 0; i < state.size(); ++i) state[i].second.copy_(snapshot.optimizer[i].second);
  const std::vector<at::Tensor> buffers = model_->buffers();
  for (size_t i = 0; i < buffers.size(); ++i) buffers[i].copy_(snapshot.buffers[i]);
  if (usage_) usage_->restore(snapshot.rows_since_active);
  if (average_.defined()) average_.copy_(snapshot.average);
}

}  // namespace ae
