#include "engine/cuda/cuda_graph_executor.h"

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
#include "engine/cuda/noise_on_gpu.h"
#include "engine/device.h"

namespace ae {
namespace {

/// Eager steps before a capture, in which libraries select algorithms and allocate workspaces.
constexpr int64_t kWarmUpSteps = 3;
/// Full and last batches of an epoch, each with two scales if gradients are accumulated.
constexpr size_t kMaxCaptures = 4;

}  // namespace

class CudaGraphExecutor::GraphCapture {
 public:
  /// Capture key: everything that is constant over the steps of one graph.
  struct CaptureKey {
    const ResidentRows* source;
    int64_t samples;
    LossWeights weights;  // default if the pass uploads them
    int64_t dead_after_rows;
    double scale;
    const Optimizer* optimizer;
    const DeadLatentTracker* tracker;
    uint64_t seed;

    bool operator==(const CaptureKey&) const = default;
  };

  GraphCapture(const CaptureKey& wanted, const FlatParameters& parameters)
      : key(wanted),
        inputs_(
            at::empty({wanted.samples + kScalars}, parameters.values().options().dtype(at::kLong))),
        rows_(inputs_.narrow(0, 0, wanted.samples)),
        learning_rate_(scalar(at::kFloat, 0)),
        updates_(scalar(at::kFloat, 1)),
        epoch_(scalar(at::kInt, 2)),
        noise_(wanted.seed, rows_, epoch_) {}

  /// Uploads a step's inputs to the graph's input tensors, asynchronously.
  void load(const Batch& batch, const Autoencoder& model, const StepSettings& settings,
            int64_t step) {
    const at::Tensor staged =
        at::empty(inputs_.sizes(), at::TensorOptions().dtype(at::kLong).pinned_memory(true));
    auto* to = staged.mutable_data_ptr<int64_t>();
    to = std::copy(batch.rows().begin(), batch.rows().end(), to);
    const Scalars scalars{.learning_rate = static_cast<float>(settings.learning_rate),
                          .updates = static_cast<float>(step + 1),
                          .epoch = static_cast<int32_t>(batch.noise().key()->epoch)};
    std::memcpy(to, &scalars, sizeof(scalars));
    inputs_.copy_(staged, /*non_blocking=*/true);
    const at::Tensor condition = model.condition(batch.labels());
    if (condition.defined()) {
      condition_ = condition_.defined() ? condition_.copy_(condition) : condition.clone();
    }
  }

  /// Runs the step on the tensors of load().
  void run(cuda::ForwardBackward& pass, FlatParameters& parameters, const Request& request,
           DeadLatentTracker* tracker, PhaseTimer& timer) {
    const at::Tensor target =
        cuda::gather(*key.source, rows_).to(parameters.values().scalar_type());
    sums_ = pass.run({.rows = RowPair::of(target), .condition = condition_, .noise = noise_},
                     request.settings, request.scale, tracker, timer);
    const c10::NoGradGuard no_grad;
    if (request.optimizer == nullptr) return;
    request.optimizer->update_on_gpu(parameters,
                                     {.learning_rate = learning_rate_, .updates = updates_});
    parameters.zero_frozen_gradients();
    timer.end(Phase::update);
  }

  /// Captures the operations of work() as a graph, without executing them.
  /// @return false if one of them cannot be captured
  template <class Work>
  bool record(at::Device device, const Work& work) {
    synchronize(device);
    const c10::cuda::CUDAStreamGuard capture_stream(
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
      spdlog::warn("cannot capture training steps as CUDA graphs; training is slower: {}",
                   reason.substr(0, reason.find('\n')));
    }
    try {
      graph_->capture_end();
    } catch (const c10::Error&) {  // the first error has been reported
    }
    graph_.reset();
    return false;
  }

  bool is_recorded() const { return graph_.has_value(); }
  void launch() { graph_->replay(); }
  const at::Tensor& sums() const { return sums_; }

  const CaptureKey key;
  int64_t steps = 0;  // number of steps so far

 private:
  /// Scalar inputs of a step, stored after the row indices.
  struct Scalars {
    float learning_rate;
    float updates;
    int32_t epoch;
    int32_t unused = 0;
  };
  static constexpr int64_t kScalars = sizeof(Scalars) / sizeof(int64_t);

  at::Tensor scalar(at::ScalarType type, int64_t index) const {
    return inputs_.narrow(0, key.samples, kScalars).view(type).select(0, index);
  }

  at::Tensor inputs_;  // rows and scalars, uploaded by one copy
  at::Tensor rows_;    // [B] int64
  at::Tensor learning_rate_;
  at::Tensor updates_;
  at::Tensor epoch_;
  at::Tensor condition_;
  cuda::NoiseOnGpu noise_;
  std::optional<at::cuda::CUDAGraph> graph_;
  at::Tensor sums_;  // [terms] float64
};

CudaGraphExecutor::CudaGraphExecutor(Autoencoder& model, AutogradExecutor& eager,
                                     std::unique_ptr<cuda::ForwardBackward> pass,
                                     FlatParameters& parameters)
    : model_(model), eager_(eager), pass_(std::move(pass)), parameters_(parameters) {}

CudaGraphExecutor::~CudaGraphExecutor() = default;

bool CudaGraphExecutor::has_capture() const {
  return !captures_.empty() && captures_.front()->is_recorded();
}

bool CudaGraphExecutor::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                   const StepCounts& counts) {
  if (!run({batch, settings, /*step=*/1, scale, nullptr}, counts)) {
    return eager_.accumulate(batch, settings, scale, counts);
  }
  return true;
}

StepExecutor::Step CudaGraphExecutor::step(const Batch& batch, const StepSettings& settings,
                                           int64_t step, Optimizer& optimizer,
                                           const StepCounts& counts) {
  const double scale = 1.0 / static_cast<double>(batch.samples());
  return run({batch, settings, step, scale, &optimizer}, counts) ? Step::done : Step::cannot;
}

bool CudaGraphExecutor::run(const Request& request, const StepCounts& counts) {
  const bool resident = !request.batch.has_own_targets() && !request.batch.source().is_drawn() &&
                        dynamic_cast<const ResidentRows*>(&request.batch.source()) != nullptr;
  if (!resident || !request.batch.noise().key()) return false;
  GraphCapture& capture = capture_for(request, counts);
  PhaseTimer timer(counts.times, PhaseTimer::kAllThreads);
  capture.load(request.batch, model_, request.settings, request.step);
  timer.end(Phase::data);
  const auto work = [&](PhaseTimer& phase_timer) {
    capture.run(*pass_, parameters_, request, counts.tracker, phase_timer);
  };
  if (!capture.is_recorded() && can_capture_ && capture.steps >= kWarmUpSteps) {
    PhaseTimer unmeasured(nullptr, 0);
    can_capture_ = capture.record(parameters_.values().device(), [&] { work(unmeasured); });
  }
  ++capture.steps;
  if (capture.is_recorded()) {
    capture.launch();
    timer.end(Phase::backward);
  } else {
    work(timer);
  }
  counts.sums->add(pass_->terms(), capture.sums(), request.batch.samples());
  return true;
}

CudaGraphExecutor::GraphCapture& CudaGraphExecutor::capture_for(const Request& request,
                                                                const StepCounts& counts) {
  const LossWeights& weights = request.settings.weights;
  const GraphCapture::CaptureKey key{
      .source = static_cast<const ResidentRows*>(&request.batch.source()),
      .samples = request.batch.samples(),
      .weights = pass_->upload(weights) ? LossWeights{} : weights,
      .dead_after_rows = request.settings.dead_after_rows,
      .scale = request.scale,
      .optimizer = request.optimizer,
      .tracker = counts.tracker,
      .seed = request.batch.noise().key()->seed};
  const auto found = std::find_if(captures_.begin(), captures_.end(),
                                  [&](const auto& capture) { return capture->key == key; });
  if (found != captures_.end()) {
    std::rotate(captures_.begin(), found, found + 1);
  } else {
    if (captures_.size() == kMaxCaptures) captures_.pop_back();
    captures_.insert(captures_.begin(), std::make_unique<GraphCapture>(key, parameters_));
  }
  return *captures_.front();
}

}  // namespace ae
