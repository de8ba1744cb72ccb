#include "engine/fused_program.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "engine/plan/convolution.h"
#include "engine/plan/elementwise.h"
#include "engine/plan/linear.h"
#include "engine/plan/top_k.h"

namespace ae {

using plan::Shard;
using plan::WeightShare;

namespace {

/// What a few rows are in all operations together: what some of them work with at a time stays in a
/// core's second cache.
constexpr int64_t kBytesOfFewRows = 1 << 20;

}  // namespace

template <class T>
FusedProgram<T>::FusedProgram(const Autoencoder& model, const LoweredModel& lowered,
                              const Objective& objective, FlatParameters& parameters, Team& team)
    : objective_(objective),
      parameters_(parameters),
      team_(team),
      auxiliary_weight_(lowered.auxiliary_weight),
      counts_active_(objective.counts_active()) {
  build(model, lowered);
  const auto members = static_cast<size_t>(team.members());
  // A line of the cache for each, so that threads do not take it from each other.
  sums_.assign(members, std::vector<double>(terms_.size() + 8));
  if (counts_active_) {
    active_.assign(members, std::vector<uint8_t>(static_cast<size_t>(model.latent_dim())));
  }
  int64_t largest = 0;
  for (const WeightJob& job : jobs_) largest = std::max(largest, job.share.share.count);
  gradients_.assign(members, AlignedVector<T>(static_cast<size_t>(largest)));
}

template <class T>
void FusedProgram<T>::build(const Autoencoder& model, const LoweredModel& lowered) {
  places_.loss = add_term("loss");
  places_.reconstruction = add_term("reconstruction");
  if (lowered.auxiliary_weight > 0) places_.auxiliary = add_term("auxiliary");
  if (model.has_prior()) places_.kl = add_term("kl");
  if (lowered.l1) places_.sparsity = add_term("sparsity");
  places_.squared_error = add_term("squared_error");
  if (counts_active_) places_.l0 = add_term("l0");

  const plan::BufferOptions data{.with_gradients = false};
  target_ = &add_buffer(lowered.features, data);
  // Where nothing is done to it, the encoder is given the target itself.
  input_ = objective_.corrupts() ? &add_buffer(lowered.features, data) : target_;
  const Buffer& encoded = add_layers(lowered.encoder, add_input(lowered));
  const std::span<const LoweredLayer> decoder = lowered.decoder;
  const Buffer& output = lowered.top_k ? add_layers(decoder.subspan(1), add_top_k(lowered, encoded))
                                       : add_layers(decoder, add_code(lowered, encoded));
  if (centred_ != nullptr) {
    dynamic_cast<plan::WeightedOperation<T>&>(*operations_.back()).take_bias_from(*centred_);
  }
  if (dead_latents_) add_auxiliary(lowered, output);
  operations_.push_back(std::make_unique<plan::Loss<T>>(lowered.loss, output, *target_, places_));
  int64_t width = 0;
  for (const auto& buffer : buffers_) width += buffer->width();
  const auto bytes = width * static_cast<int64_t>(2 * sizeof(T));  // values and gradients
  stages_.emplace(operations_, std::max<int64_t>(kBytesOfFewRows / bytes, 1), team_.members());
  for (const auto& operation : operations_) {
    const auto* weighted = dynamic_cast<const plan::WeightedOperation<T>*>(operation.get());
    if (weighted == nullptr) continue;
    for (const WeightShare& share : weighted->weight_shares()) jobs_.push_back({weighted, share});
  }
  // The long ones first: what is left at the end is short.
  std::stable_sort(jobs_.begin(), jobs_.end(), [](const WeightJob& a, const WeightJob& b) {
    return a.share.share.count > b.share.share.count;
  });
}

template <class T>
const plan::Buffer<T>& FusedProgram<T>::add_layers(std::span<const LoweredLayer> layers,
                                                   const Buffer& input) {
  const Buffer* last = &input;
  for (const LoweredLayer& layer : layers) {
    last = std::visit([&](const auto& each) { return &add_layer(each, *last); }, layer);
  }
  return with_channels(1, *last);
}

template <class T>
const plan::Buffer<T>& FusedProgram<T>::add_layer(const LoweredLinear& layer, const Buffer& input) {
  const Buffer& features = with_channels(1, input);
  const Buffer& output = add_buffer(layer.weight.size(0));
  operations_.push_back(std::make_unique<plan::Linear<T>>(layer, parameters_, features, output));
  return output;
}

template <class T>
const plan::Buffer<T>& FusedProgram<T>::add_layer(const LoweredConvolution& layer,
                                                  const Buffer& input) {
  const int64_t places = layer.height.output * layer.width.output;
  const bool was_place = layer.height.input * layer.width.input == 1;
  const Buffer& images = with_channels(was_place ? 1 : layer.inputs(), input);
  // The channels of a single place lie in the order of features.
  Buffer& output =
      add_buffer(places * layer.outputs(), {.channels = places == 1 ? 1 : layer.outputs()});
  operations_.push_back(
      std::make_unique<plan::Convolution<T>>(layer, parameters_, images, output, team_.members()));
  return output;
}

template <class T>
const plan::Buffer<T>& FusedProgram<T>::with_channels(int64_t channels, const Buffer& input) {
  if (input.channels() == channels) return input;
  // From images to others with as many values.
  if (input.channels() > 1 && channels > 1) {
    return with_channels(channels, with_channels(1, input));
  }
  Buffer& output =
      add_buffer(input.width(), {.channels = channels, .with_gradients = input.has_gradients()});
  operations_.push_back(std::make_unique<plan::Reorder<T>>(input, output));
  return output;
}

template <class T>
const plan::Buffer<T>& FusedProgram<T>::add_input(const LoweredModel& lowered) {
  if (!lowered.pre_encoder_bias) return *input_;
  centred_ = &add_buffer(lowered.features);
  const at::Tensor& bias = std::visit(
      [](const auto& layer) -> const at::Tensor& { return layer.bias; }, lowered.decoder.back());
  const T* values =
      parameters_.values().template const_data_ptr<T>() + parameters_.slice_of(bias).offset;
  operations_.push_back(std::make_unique<plan::Centring<T>>(values, *input_, *centred_));
  return *centred_;
}

template <class T>
const plan::Buffer<T>& FusedProgram<T>::add_code(const LoweredModel& lowered,
                                                 const Buffer& features) {
  const Buffer& mean = add_layers({&lowered.latent.front(), 1}, features);
  if (lowered.latent.size() == 1) {
    if (lowered.l1 || counts_active_) {
      operations_.push_back(
          std::make_unique<plan::CodeMeasure<T>>(mean, places_.sparsity, places_.l0));
    }
    return mean;
  }
  // The way back comes here first, and then adds what the mean says.
  static_cast<plan::Linear<T>&>(*operations_.back()).add_to_input_gradient();
  const Buffer& log_variance = add_layers({&lowered.latent.back(), 1}, features);
  const Buffer& draw = add_buffer(mean.width());
  operations_.push_back(
      std::make_unique<plan::GaussianDraw<T>>(mean, log_variance, draw, places_.kl));
  return draw;
}

template <class T>
const plan::Buffer<T>& FusedProgram<T>::add_top_k(const LoweredModel& lowered,
                                                  const Buffer& features) {
  const auto& projection = std::get<LoweredLinear>(lowered.latent.front());
  const auto& decoder = std::get<LoweredLinear>(lowered.decoder.front());
  active_latents_ =
      std::make_unique<plan::ActiveLatents<T>>(projection.weight.size(0), lowered.top_k->k);
  auto top_k = std::make_unique<plan::TopK<T>>(projection, *lowered.top_k, parameters_, features,
                                               *active_latents_, team_.members(), places_.l0);
  const Buffer& output = add_buffer(decoder.weight.size(0));
  auto sum =
      std::make_unique<plan::SparseLinear<T>>(decoder, parameters_, *active_latents_, output);
  if (lowered.auxiliary_weight > 0) {
    dead_latents_ = std::make_unique<plan::DeadLatents<T>>(projection.weight.size(0),
                                                           lowered.top_k->auxiliary_k);
    explained_ = &add_buffer(output.width());
    top_k->also_choose(*dead_latents_);
    sum->also_add_up(dead_latents_->code(), *explained_);
  }
  operations_.push_back(std::move(top_k));
  operations_.push_back(std::move(sum));
  return output;
}

template <class T>
void FusedProgram<T>::add_auxiliary(const LoweredModel& lowered, const Buffer& output) {
  operations_.push_back(std::make_unique<plan::Auxiliary<T>>(
      std::get<LoweredLinear>(lowered.decoder.front()), parameters_,
      typename plan::Auxiliary<T>::Weights{.of_error = lowered.loss.weight,
                                           .of_term = lowered.auxiliary_weight,
                                           .place = places_.auxiliary},
      output, *target_, *dead_latents_, *explained_));
}

template <class T>
plan::Buffer<T>& FusedProgram<T>::add_buffer(int64_t width, const plan::BufferOptions& options) {
  return *buffers_.emplace_back(std::make_unique<Buffer>(width, options));
}

template <class T>
int FusedProgram<T>::add_term(const char* name) {
  terms_.push_back(name);
  return static_cast<int>(terms_.size()) - 1;
}

template <class T>
bool FusedProgram<T>::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                 const StepCounts& counts) {
  if (!pass(batch, settings, scale, counts)) return false;
  T* gradients = parameters_.gradients().template mutable_data_ptr<T>();
  for_weights(counts.times, [&](const WeightJob& job, int /*member*/, Laps& laps) {
    job.operation->find_gradient(job.share, batch.samples(), T(1),
                                 gradients + job.share.share.begin);
    laps.end(Phase::backward);
  });
  return true;
}

template <class T>
StepProgram::Step FusedProgram<T>::step(const Batch& batch, const StepSettings& settings,
                                        int64_t step, Optimizer& optimizer,
                                        const StepCounts& counts) {
  if (!pass(batch, settings, 1.0 / static_cast<double>(batch.samples()), counts)) {
    return Step::not_finite;
  }
  for_weights(counts.times, [&](const WeightJob& job, int member, Laps& laps) {
    T* gradient = gradients_[static_cast<size_t>(member)].data();
    job.operation->find_gradient(job.share, batch.samples(), T(0), gradient);
    laps.end(Phase::backward);
    optimizer.update_share(parameters_, {.share = job.share.share,
                                         .gradients = gradient,
                                         .learning_rate = settings.learning_rate,
                                         .step = step});
    laps.end(Phase::update);
  });
  return Step::done;
}

template <class T>
bool FusedProgram<T>::pass(const Batch& batch, const StepSettings& settings, double scale,
                           const StepCounts& counts) {
  if (batch.samples() > reserved_rows_) {
    reserved_rows_ = batch.samples();
    for (const auto& buffer : buffers_) buffer->reserve(reserved_rows_);
    for (const auto& operation : operations_) operation->reserve(reserved_rows_);
  }
  if (dead_latents_) {
    const at::Tensor& since = counts.usage->rows_since_active();
    dead_latents_->find({since.const_data_ptr<int64_t>(), static_cast<size_t>(since.numel())},
                        settings.dead_after_rows);
  }
  team_.run([&](int member) { pass_shard(batch, settings, scale, member, counts.times); });
  Laps laps(counts.times, 0);
  for (const auto& operation : operations_) operation->prepare_gradients(batch.samples());
  laps.end(Phase::backward);
  std::vector<double>& sums = sums_.front();
  for (size_t member = 1; member < sums_.size(); ++member) {
    for (size_t term = 0; term < terms_.size(); ++term) sums[term] += sums_[member][term];
  }
  const auto part = [&](int place, double weight) {
    return place < 0 ? 0 : sums[static_cast<size_t>(place)] * weight;
  };
  sums[static_cast<size_t>(places_.loss)] =
      part(places_.reconstruction, settings.weights.reconstruction) +
      part(places_.auxiliary, auxiliary_weight_) + part(places_.kl, settings.weights.kl) +
      part(places_.sparsity, settings.weights.sparsity);
  if (!std::isfinite(sums[static_cast<size_t>(places_.loss)])) return false;
  counts.sums->add(terms_, {sums.data(), terms_.size()}, batch.samples());
  if (counts.usage == nullptr) return true;
  std::vector<uint8_t>& active = active_.front();
  for (size_t member = 1; member < active_.size(); ++member) {
    for (size_t i = 0; i < active.size(); ++i) active[i] |= active_[member][i];
  }
  counts.usage->add(batch.samples(), active);
  return true;
}

template <class T>
void FusedProgram<T>::pass_shard(const Batch& batch, const StepSettings& settings, double scale,
                                 int member, StepTimes* times) {
  Laps laps(times, member);
  const auto index = static_cast<size_t>(member);
  std::fill(sums_[index].begin(), sums_[index].end(), 0.0);
  if (counts_active_) std::fill(active_[index].begin(), active_[index].end(), uint8_t{0});
  const Share rows = share_of(batch.samples(), member, team_.members());
  if (rows.count == 0) return;
  const std::unique_ptr<Noise> noise = batch.noise().part(rows.begin, rows.count);
  batch.copy_rows(rows, target_->values(rows.begin));
  if (input_ != target_) {
    const c10::NoGradGuard no_grad;
    input_->tensor(rows).copy_(objective_.corrupted(target_->tensor(rows), *noise));
  }
  laps.end(Phase::data);
  const Shard shard{.member = member,
                    .first = true,
                    .rows = rows,
                    .noise = *noise,
                    .weights = settings.weights,
                    .scale = scale,
                    .terms = sums_[index].data(),
                    .active = counts_active_ ? active_[index].data() : nullptr};
  stages_->pass(shard, laps);
}

template <class T>
template <class Work>
void FusedProgram<T>::for_weights(StepTimes* times, const Work& work) {
  // Whoever is free takes the next: who it is makes no difference to the bits.
  next_job_ = 0;
  team_.run([&](int member) {
    Laps laps(times, member);
    for (size_t i = next_job_++; i < jobs_.size(); i = next_job_++) work(jobs_[i], member, laps);
  });
}

template class FusedProgram<float>;
template class FusedProgram<double>;

}  // namespace ae
