#include "runs/training_run.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/error.h"
#include "engine/device.h"
#include "inference/trained_model.h"
#include "models/column_losses.h"
#include "run_directory/manifest.h"
#include "run_directory/run_paths.h"
#include "runs/feasibility.h"
#include "runs/initial_weights.h"
#include "training/model_input.h"

namespace ae {

namespace fs = std::filesystem;

TrainingRun::TrainingRun(TrainRequest request)
    : request_(std::move(request)),
      experiment_(read_experiment(request_.config, request_.settings)) {
  paths_.root =
      request_.run_directory.empty() ? fs::path("runs") / experiment_.name : request_.run_directory;
  check_run_directory();
  const at::Device device = choose_device(request_.device);
  experiment_.training.deterministic ? make_deterministic(device) : benchmark_convolutions(device);
  check_precision(experiment_.training.precision, device, request_.config.string());
  locations_ = DataLocations::of(request_.data_root, request_.config.parent_path());
  if (!resuming_ && !experiment_.model.initial_weights.empty()) {
    initial_weights_ =
        find_initial_weights(experiment_.model.initial_weights, request_.config, paths_.root);
  }
  load_data();
  equal_rows_ = find_equal_rows(splits_);
  check_data();
  if (directory_ && !resuming_) check_data_outside();
  const TrainingOptions& training = experiment_.training;
  check_lengths(experiment_, training.length(splits_.train.count()), request_.config.string());
  const InputInfo input = input_of(experiment_, splits_);
  const auto build = [&] {
    return std::make_shared<Autoencoder>(experiment_.model, experiment_.objective, input,
                                         static_cast<uint64_t>(experiment_.seed));
  };
  std::shared_ptr<Autoencoder> model = build();
  check_memory(*model, training.ema.has_value(),
               std::min(training.batch_size, splits_.train.count()) *
                   experiment_.objective.posterior_samples,
               device);
  const Objective objective(experiment_.model, experiment_.objective, experiment_.corruption,
                            input);
  const int threads = threads_for(*model, objective, device);
  set_threads(threads);
  engine_ = std::make_unique<TrainingEngine>(
      std::move(model), objective, *experiment_.optimizer, device, update_options(experiment_),
      ExecutionOptions{.threads = threads,
                       .precision = precision_of(experiment_.training.precision),
                       .cuda_graphs = experiment_.training.cuda_graphs,
                       .frozen = experiment_.model.freeze,
                       .zeros_in_data = zeros_in_input(experiment_, objective, splits_),
                       .build_replica = build});
  check_freeze();
  preflight_ = preflight_checks(experiment_, splits_, engine_->model());
  check_held_out_range();
  if (!initial_weights_.empty()) load_initial_weights();
  if (resuming_) {
    load_checkpoint();
    note_changed_length();
  }
}

void TrainingRun::load_data() {
  const fs::path& checkpoint = resume_point_.checkpoint;
  std::optional<CheckpointInfo> saved;
  if (resuming_) saved = read_checkpoint_info(checkpoint);
  if (saved && !experiment_.data.split_seed) {
    experiment_.data.split_seed = saved->experiment.data.split_seed;
  }
  try {
    splits_ = load_splits(experiment_.data, locations_,
                          {.convolutional = experiment_.model.encoder.type() == "conv" ||
                                            experiment_.model.decoder.type() == "conv",
                           .standardize_tables = takes_any_numbers(experiment_),
                           .bounded_columns = bounded_columns(experiment_),
                           .stored = saved ? &saved->preprocessing : nullptr});
  } catch (const Error&) {
    // The data may not fit because the stored preprocessing is damaged, which is then reported.
    if (saved) check_weights(checkpoint, Unverified::use);
    throw;
  }
}

int TrainingRun::threads_for(const Autoencoder& model, const Objective& objective,
                             at::Device device) const {
  const TrainingOptions& training = experiment_.training;
  const bool by_operation =
      device.is_cpu() &&
      threads_share_operations(model, objective, precision_of(training.precision));
  int64_t threads = default_threads(model.parameter_count(), training.batch_size, by_operation);
  // The recorded number, whatever this machine has: another number changes the order of sums.
  if (resuming_) threads = recorded_threads(paths_.root);
  return static_cast<int>(std::clamp<int64_t>(training.threads.value_or(threads), 1, kMaxThreads));
}

void TrainingRun::check_data() const {
  const Preprocessing& output = splits_.preprocessing.output();
  std::vector<ValueRange> ranges;
  for (ColumnLoss& loss : column_losses(experiment_.objective.reconstruction, input_of(output))) {
    const ReconstructionSpec::Domain domain = loss.spec->domain();
    ranges.push_back({domain.low, domain.high, fmt::format("reconstruction \"{}\"", loss.type),
                      domain.whole, std::move(loss.features)});
    const auto checked = static_cast<int64_t>(ranges.back().features.size());
    if (checked == output.width()) ranges.back().features.clear();
  }
  const auto check = [&](const RowSet& set, const char* option) {
    for (const ValueRange& range : ranges) check_range(targets_of(set), output, range);
    if (experiment_.model.conditional) check_labels(set, splits_.preprocessing, option);
  };
  check(splits_.train, "data.train.labels");
  if (splits_.validation) check(*splits_.validation, "data.validation.labels");
  if (splits_.test) check(*splits_.test, "data.test.labels");
}

void TrainingRun::check_held_out_range() {
  for (const auto& set : {splits_.validation, splits_.test}) {
    if (!set) continue;
    const auto finding = outside_training_range(*set, splits_.preprocessing);
    if (!finding) continue;
    if (request_.strict) throw data_error("{} (refused by --strict)", *finding);
    preflight_.warnings.push_back(*finding);
  }
}

bool TrainingRun::is_finished() const {
  if (!resuming_ || !is_done(experiment_.training, start_.state)) return false;
  // A run that was killed while writing results must still write them.
  return member(read_manifest(paths_.root), "finished", "step") == start_.state.step;
}

}  // namespace ae
