#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/json.h"
#include "evaluation/evaluate.h"
#include "report/page/page.h"

namespace ae {

/// A run and its figures.
struct ComparedRun {
  std::string name;  ///< folder of the run
  Experiment experiment;
  int64_t parameters = 0;
  Evaluation evaluation;
  std::string preprocessing;  ///< for equality: errors are in preprocessed units
};

ComparedRun compared_run(const std::filesystem::path& run, const TrainedModel& trained,
                         const Evaluation& evaluation);

/// Mean and sample standard deviation over runs.
struct Spread {
  double mean = 0;
  double deviation = 0;  ///< 0 of one run
};

/// @param values  [N], N ≥ 1
Spread spread_of(const std::vector<double>& values);

/// Runs whose configs differ in seed and name only.
struct RunGroup {
  std::vector<const ComparedRun*> runs;
  Spread loss;
  Spread squared_error;
  Spread mse;
  Spread variance_explained;
  Spread pca_mse;
};

/// Groups in the order of their first runs. @param runs  must outlive the result
std::vector<RunGroup> grouped_runs(const std::vector<ComparedRun>& runs);

/// Reasons why figures of the runs are not comparable, one line each: other rows, another
/// objective, other preprocessing.
std::vector<std::string> comparison_warnings(const std::vector<ComparedRun>& runs);

Json comparison_json(const std::vector<RunGroup>& groups);
/// Table for people.
std::string comparison_text(const std::vector<RunGroup>& groups);
/// Page with the table and a chart of the error against the number of latents, beside PCA's.
Page comparison_page(const std::vector<RunGroup>& groups, std::vector<std::string> warnings);

}  // namespace ae
