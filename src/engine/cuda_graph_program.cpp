#include "engine/cuda_graph_program.h"

#include <ATen/cuda/CUDAGraph.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <c10/cuda/CUDAGuard.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/device.h"

namespace ae {
namespace {

/// Steps without a graph before one is recorded: libraries choose their algorithms and make room.
constexpr int64_t kStepsBefore = 3;

/// Draws that lie where a graph finds them, and are drawn anew before each launch.
class StaticNoise : public Noise {
 public:
  /// All that has been asked for so far, for another batch.
  void refresh(const Noise& source) {
    source_ = &source;
    for (const Draw& draw : draws_) draw.values.copy_(drawn(draw.address));
  }

  at::Tensor normal(Purpose purpose, int64_t width, uint32_t layer) const override {
    return values_of({purpose, width, layer, /*is_normal=*/true});
  }
  at::Tensor uniform(Purpose purpose, int64_t width, uint32_t layer) const override {
    return values_of({purpose, width, layer, /*is_normal=*/false});
  }
  std::unique_ptr<Noise> part(int64_t first, int64_t count) const override {
    return source_->part(first, count);
  }

 private:
  struct Address {
    Purpose purpose;
    int64_t width;
    uint32_t layer;
    bool is_normal;
    bool operator==(const Address&) const = default;
  };
  struct Draw {
    Address address;
    at::Tensor values;
  };

  at::Tensor drawn(const Address& address) const {
    const auto [purpose, width, layer, is_normal] = address;
    return is_normal ? source_->normal(purpose, width, layer)
                     : source_->uniform(purpose, width, layer);
  }

  at::Tensor values_of(const Address& address) const {
    const auto found = std::find_if(draws_.begin(), draws_.end(),
                                    [&](const Draw& draw) { return draw.address == address; });
    if (found != draws_.end()) return found->values;
    return draws_.emplace_back(address, drawn(address)).values;
  }

  const Noise* source_ = nullptr;
  mutable std::vector<Draw> draws_;
};

/// What is the same in all steps that one recording serves.
struct Likeness {
  const ResidentRows* source;
  int64_t samples;
  TermWeights weights;
  int64_t dead_after_rows;
  double scale;
  const Optimizer* optimizer;
  const LatentUsage* usage;

  bool operator==(const Likeness&) const = default;
};

}  // namespace

class CudaGraphProgram::Recording {
 public:
  Recording(const Likeness& wanted, const FlatParameters& parameters)
      : likeness(wanted),
        rows_(at::empty({wanted.samples}, parameters.values().options().dtype(at::kLong))),
        learning_rate_(at::full({}, 0.0, parameters.values().options().dtype(at::kFloat))),
        updates_(at::empty_like(learning_rate_)) {}

  /// Brings the batch to where the graph finds it; the GPU goes on meanwhile.
  void load(const Batch& batch, const Autoencoder& model, const StepSettings& settings,
            int64_t step) {
    const auto count = static_cast<size_t>(batch.samples());
    at::Tensor staged =
        at::empty({batch.samples()}, at::TensorOptions().dtype(at::kLong).pinned_memory(true));
    std::copy_n(batch.rows().data(), count, staged.mutable_data_ptr<int64_t>());
    rows_.copy_(staged, /*non_blocking=*/true);
    const at::Tensor condition = model.condition(batch.labels());
    if (condition.defined()) {
      condition_ = condition_.defined() ? condition_.copy_(condition) : condition.clone();
    }
    noise_.refresh(batch.noise());
    if (settings.learning_rate != last_learning_rate_) {
      learning_rate_.fill_(settings.learning_rate);
      last_learning_rate_ = settings.learning_rate;
    }
    updates_.fill_(static_cast<double>(step + 1));
  }

  /// The step itself, by the tensors of load().
  void work(AutogradProgram& eager, FlatParameters& parameters, const Request& request,
            LatentUsage* usage, Laps& laps) {
    const at::Tensor target = likeness.source->gather(rows_).to(parameters.values().scalar_type());
    const std::vector<Term> terms =
        eager.accumulate({.target = target, .condition = condition_, .noise = noise_},
                         request.settings, request.scale, usage, laps);
    const c10::NoGradGuard no_grad;
    names_ = names_of(terms);
    sums_ = stacked(terms);
    if (request.optimizer == nullptr) return;
    request.optimizer->update_on_gpu(
        parameters,
        {.learning_rate = learning_rate_, .updates = updates_, .is_first = request.step == 0});
    parameters.gradients().zero_();
    laps.end(Phase::update);
  }

  /// Records what work() does, which does not happen meanwhile.
  /// @return false where something in it cannot be recorded
  template <class Work>
  bool record(at::Device device, const Work& work) {
    synchronize(device);
    const c10::cuda::CUDAStreamGuard on_a_stream_of_its_own(
        c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index()));
    graph_.emplace();
    try {
      graph_->capture_begin();
      work();
      graph_->capture_end();
      synchronize(device);
      return true;
    } catch (const c10::Error& error) {
      spdlog::debug("steps cannot be recorded as CUDA graphs: {}", error.what_without_backtrace());
    }
    try {
      graph_->capture_end();
    } catch (const c10::Error&) {  // the first error says more
    }
    graph_.reset();
    return false;
  }

  bool is_recorded() const { return graph_.has_value(); }
  void launch() { graph_->replay(); }
  void count(int64_t samples, TermSums& sums) const { sums.add(names_, sums_, samples); }

  const Likeness likeness;

 private:
  at::Tensor rows_;  // [B] int64
  at::Tensor condition_;
  StaticNoise noise_;
  at::Tensor learning_rate_;  // [] float32
  at::Tensor updates_;        // [] float32
  double last_learning_rate_ = 0;
  std::optional<at::cuda::CUDAGraph> graph_;
  std::vector<const char*> names_;
  at::Tensor sums_;  // [terms] float64
};

CudaGraphProgram::CudaGraphProgram(Autoencoder& model, AutogradProgram& eager,
                                   FlatParameters& parameters)
    : model_(model), eager_(eager), parameters_(parameters) {}

CudaGraphProgram::~CudaGraphProgram() = default;

bool CudaGraphProgram::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                  const StepCounts& counts) {
  if (!run({batch, settings, /*step=*/1, scale, nullptr}, counts)) {
    return eager_.accumulate(batch, settings, scale, counts);
  }
  return true;
}

StepProgram::Step CudaGraphProgram::step(const Batch& batch, const StepSettings& settings,
                                         int64_t step, Optimizer& optimizer,
                                         const StepCounts& counts) {
  const double scale = 1.0 / static_cast<double>(batch.samples());
  return run({batch, settings, step, scale, &optimizer}, counts) ? Step::done : Step::cannot;
}

bool CudaGraphProgram::run(const Request& request, const StepCounts& counts) {
  if (!choose_recording(request, counts)) return false;
  Laps laps(counts.times, Laps::kAll);
  recording_->load(request.batch, model_, request.settings, request.step);
  laps.end(Phase::data);
  const auto work = [&](Laps& of_work) {
    recording_->work(eager_, parameters_, request, counts.usage, of_work);
  };
  if (!recording_->is_recorded() && works_ && steps_alike_ >= kStepsBefore) {
    Laps unmeasured(nullptr, 0);
    works_ = recording_->record(parameters_.values().device(), [&] { work(unmeasured); });
  }
  ++steps_alike_;
  if (recording_->is_recorded()) {
    recording_->launch();
    laps.end(Phase::backward);
  } else {
    work(laps);
  }
  recording_->count(request.batch.samples(), *counts.sums);
  return true;
}

bool CudaGraphProgram::choose_recording(const Request& request, const StepCounts& counts) {
  const Batch& batch = request.batch;
  if (batch.source() == nullptr) return false;
  const Likeness likeness{.source = batch.source(),
                          .samples = batch.samples(),
                          .weights = request.settings.weights,
                          .dead_after_rows = request.settings.dead_after_rows,
                          .scale = request.scale,
                          .optimizer = request.optimizer,
                          .usage = counts.usage};
  if (recording_ && recording_->likeness == likeness) return true;
  // The last batch of an epoch is smaller; the next is as those before, and finds its recording.
  if (recording_ && batch.samples() < recording_->likeness.samples) return false;
  recording_ = std::make_unique<Recording>(likeness, parameters_);
  steps_alike_ = 0;
  return true;
}

}  // namespace ae
