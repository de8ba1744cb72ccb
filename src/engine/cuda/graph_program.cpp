#include "engine/cuda/graph_program.h"

#include <ATen/cuda/CUDAGraph.h>
#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAGuard.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "engine/cuda/gather.h"
#include "engine/cuda/noise.h"
#include "engine/device.h"

namespace ae {
namespace {

/// Steps without a graph before one is recorded: libraries choose their algorithms and make room.
constexpr int64_t kStepsBefore = 3;
/// Of full batches and of an epoch's last, each perhaps of an update with fewer batches.
constexpr size_t kRecordings = 4;

}  // namespace

class CudaGraphProgram::Recording {
 public:
  /// What is the same in all steps that one recording serves.
  struct Likeness {
    const ResidentRows* source;
    int64_t samples;
    TermWeights weights;  // where the pass cannot bring them along
    int64_t dead_after_rows;
    double scale;
    const Optimizer* optimizer;
    const LatentUsage* usage;
    uint64_t seed;

    bool operator==(const Likeness&) const = default;
  };

  Recording(const Likeness& wanted, const FlatParameters& parameters)
      : likeness(wanted),
        inputs_(
            at::empty({wanted.samples + kScalars}, parameters.values().options().dtype(at::kLong))),
        rows_(inputs_.narrow(0, 0, wanted.samples)),
        learning_rate_(scalar(at::kFloat, 0)),
        updates_(scalar(at::kFloat, 1)),
        epoch_(scalar(at::kInt, 2)),
        noise_(wanted.seed, rows_, epoch_) {}

  /// Brings the batch to where the graph finds it; the GPU goes on meanwhile.
  void load(const Batch& batch, const Autoencoder& model, const StepSettings& settings,
            int64_t step) {
    const at::Tensor staged =
        at::empty(inputs_.sizes(), at::TensorOptions().dtype(at::kLong).pinned_memory(true));
    auto* to = staged.mutable_data_ptr<int64_t>();
    to = std::copy(batch.rows().begin(), batch.rows().end(), to);
    const Scalars scalars{.learning_rate = static_cast<float>(settings.learning_rate),
                          .updates = static_cast<float>(step + 1),
                          .epoch = static_cast<int32_t>(batch.noise().moment()->epoch)};
    std::memcpy(to, &scalars, sizeof(scalars));
    inputs_.copy_(staged, /*non_blocking=*/true);
    const at::Tensor condition = model.condition(batch.labels());
    if (condition.defined()) {
      condition_ = condition_.defined() ? condition_.copy_(condition) : condition.clone();
    }
  }

  /// The step itself, by the tensors of load().
  void work(cuda::Pass& pass, FlatParameters& parameters, const Request& request,
            LatentUsage* usage, Laps& laps) {
    const at::Tensor target =
        cuda::gather(*likeness.source, rows_).to(parameters.values().scalar_type());
    sums_ = pass.run({.target = target, .condition = condition_, .noise = noise_}, request.settings,
                     request.scale, usage, laps);
    const c10::NoGradGuard no_grad;
    if (request.optimizer == nullptr) return;
    request.optimizer->update_on_gpu(parameters,
                                     {.learning_rate = learning_rate_, .updates = updates_});
    laps.end(Phase::update);
  }

  /// Records what work() does, which does not happen meanwhile.
  /// @return false where something in it cannot be recorded
  template <class Work>
  bool record(at::Device device, const Work& work) {
    synchronize(device);
    const c10::cuda::CUDAStreamGuard on_a_stream_of_its_own(
        c10::cuda::getStreamFromPool(/*isHighPriority=*/true, device.index()));
    graph_.emplace();
    try {
      graph_->capture_begin();
      work();
      graph_->capture_end();
      synchronize(device);
      return true;
    } catch (const c10::Error& error) {
      const std::string reason = error.what_without_backtrace();
      spdlog::warn("steps cannot be recorded as CUDA graphs, and are slower: {}",
                   reason.substr(0, reason.find('\n')));
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
  const at::Tensor& sums() const { return sums_; }

  const Likeness likeness;
  int64_t steps = 0;  // before it is recorded

 private:
  /// What a step takes beside its rows, in the room of so many of their numbers.
  struct Scalars {
    float learning_rate;
    float updates;
    int32_t epoch;
    int32_t unused = 0;
  };
  static constexpr int64_t kScalars = sizeof(Scalars) / sizeof(int64_t);

  at::Tensor scalar(at::ScalarType type, int64_t place) const {
    return inputs_.narrow(0, likeness.samples, kScalars).view(type).select(0, place);
  }

  at::Tensor inputs_;  // all in one piece, that one copy brings
  at::Tensor rows_;    // [B] int64
  at::Tensor learning_rate_;
  at::Tensor updates_;
  at::Tensor epoch_;
  at::Tensor condition_;
  cuda::NoiseOnGpu noise_;
  std::optional<at::cuda::CUDAGraph> graph_;
  at::Tensor sums_;  // [terms] float64
};

CudaGraphProgram::CudaGraphProgram(Autoencoder& model, AutogradProgram& eager,
                                   std::unique_ptr<cuda::Pass> pass, FlatParameters& parameters)
    : model_(model), eager_(eager), pass_(std::move(pass)), parameters_(parameters) {}

CudaGraphProgram::~CudaGraphProgram() = default;

bool CudaGraphProgram::has_recording() const {
  return !recordings_.empty() && recordings_.front()->is_recorded();
}

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
  if (request.batch.source() == nullptr || !request.batch.noise().moment()) return false;
  Recording& recording = recording_of(request, counts);
  Laps laps(counts.times, Laps::kAll);
  recording.load(request.batch, model_, request.settings, request.step);
  laps.end(Phase::data);
  const auto work = [&](Laps& of_work) {
    recording.work(*pass_, parameters_, request, counts.usage, of_work);
  };
  if (!recording.is_recorded() && works_ && recording.steps >= kStepsBefore) {
    Laps unmeasured(nullptr, 0);
    works_ = recording.record(parameters_.values().device(), [&] { work(unmeasured); });
  }
  ++recording.steps;
  if (recording.is_recorded()) {
    recording.launch();
    laps.end(Phase::backward);
  } else {
    work(laps);
  }
  counts.sums->add(pass_->terms(), recording.sums(), request.batch.samples());
  return true;
}

CudaGraphProgram::Recording& CudaGraphProgram::recording_of(const Request& request,
                                                            const StepCounts& counts) {
  const TermWeights& weights = request.settings.weights;
  const Recording::Likeness likeness{.source = request.batch.source(),
                                     .samples = request.batch.samples(),
                                     .weights = pass_->bring(weights) ? TermWeights{} : weights,
                                     .dead_after_rows = request.settings.dead_after_rows,
                                     .scale = request.scale,
                                     .optimizer = request.optimizer,
                                     .usage = counts.usage,
                                     .seed = request.batch.noise().moment()->seed};
  const auto found =
      std::find_if(recordings_.begin(), recordings_.end(),
                   [&](const auto& recording) { return recording->likeness == likeness; });
  if (found != recordings_.end()) {
    std::rotate(recordings_.begin(), found, found + 1);
  } else {
    if (recordings_.size() == kRecordings) recordings_.pop_back();
    recordings_.insert(recordings_.begin(), std::make_unique<Recording>(likeness, parameters_));
  }
  return *recordings_.front();
}

}  // namespace ae
