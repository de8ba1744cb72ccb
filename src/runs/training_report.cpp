#include "runs/training_report.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "core/error.h"
#include "evaluation/run_report.h"
#include "inference/trained_model.h"
#include "io/atomic_file.h"
#include "report/tensorboard/projector.h"
#include "runs/monitored_rows.h"

namespace ae {

bool write_training_report(const RunPaths& paths, const Splits& splits, TrainingEngine& engine,
                           const Experiment& experiment, std::vector<std::string> warnings,
                           const std::function<bool()>& interrupted,
                           const std::function<void(const std::string&)>& warn) {
  const ReportedSet reported = reported_set(splits);
  // Shares the engine's model, which outlives it.
  const TrainedModel trained{paths.checkpoints() / link_target(paths.checkpoints() / "best"),
                             {experiment, splits.preprocessing},
                             {std::shared_ptr<Autoencoder>(), &engine.model()},
                             engine.device()};
  const EvaluationData data{splits, reported.rows, reported.name};
  std::optional<ReportedEvaluation> found;
  try {
    // A model that cannot be evaluated is trained nevertheless.
    const auto reason = reason_of_failure([&] {
      found = evaluation_for_report(trained, data,
                                    {.threads = engine.threads(), .interrupted = interrupted});
    });
    if (reason) {
      warn(fmt::format("there is no report.html: {}", *reason));
      return true;
    }
  } catch (const EvaluationInterrupted&) {
    return false;
  }
  std::ranges::move(found->parts.warnings, std::back_inserter(warnings));
  write_report(paths.report(), paths.root,
               {.trained = trained,
                .evaluation = found->evaluation,
                .warnings = std::move(warnings),
                .sections = std::move(found->parts.sections)});
  return true;
}

void write_run_projector(const RunPaths& paths, const Splits& splits, TrainingEngine& engine,
                         uint64_t seed) {
  constexpr int64_t kProjectedRows = 10'000;
  const at::Tensor codes =
      MonitoredRows(splits, engine, seed).codes(kProjectedRows).to(at::kFloat).contiguous();
  const RowSet& set = reported_set(splits).rows;
  const auto count = static_cast<size_t>(codes.size(0));
  std::vector<std::string> numbers;
  std::vector<std::string> labels;
  for (size_t i = 0; i < count; ++i) {
    numbers.push_back(std::to_string(set.rows[i]));
    if (set.has_labels()) labels.push_back(set.data->labels.text(set.rows[i]));
  }
  ProjectorData data{.codes = {codes.const_data_ptr<float>(), static_cast<size_t>(codes.numel())},
                     .width = codes.size(1),
                     .columns = {"row"},
                     .labels = {std::move(numbers)},
                     .sprite = {}};
  data.tables = "latents";
  if (set.has_labels()) {
    data.columns.insert(data.columns.begin(), "label");
    data.labels.insert(data.labels.begin(), std::move(labels));
  }
  write_projector(paths.root, data);
}

}  // namespace ae
