#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "evaluation/evaluate.h"
#include "evaluation/part.h"

namespace ae {

/// Content of a run's report besides what its folder holds.
struct RunReport {
  const TrainedModel& trained;
  const Evaluation& evaluation;
  std::vector<std::string> warnings;  ///< of training or of the evaluation
  std::vector<PageSection> sections;  ///< of the evaluation's parts, and others
};

/// Writes report.html atomically: a summary, curves of training from metrics.jsonl, the given
/// sections, the model's layers and the config.
/// @param run  folder of metrics.jsonl
/// @throws Error(data) if it cannot be written
void write_report(const std::filesystem::path& path, const std::filesystem::path& run,
                  RunReport report);

/// Results of the evaluation that a report is of.
struct ReportedEvaluation {
  Evaluation evaluation;
  PartsResult parts;
};

/// Evaluates the rows by the default parts, as ae-train does at its end.
/// @throws EvaluationInterrupted  @throws Error(data) if the model's errors are not finite
ReportedEvaluation evaluation_for_report(const TrainedModel& trained, const EvaluationData& data,
                                         const PartOptions& options);

}  // namespace ae
