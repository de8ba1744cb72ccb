#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/json.h"

namespace ae {

/// The threshold of the highest F1 over labelled rows; a row is an anomaly if its score is above.
struct BestF1 {
  double threshold = 0;
  double f1 = 0;
  double precision = 0;
  double recall = 0;
  std::string split;      ///< whose rows these are
  std::string anomalies;  ///< which of them are anomalies, for messages
};

/// @param scores    of rows
/// @param is_anomaly  of the same rows, both of which occur
BestF1 best_f1(const std::vector<double>& scores, const std::vector<bool>& is_anomaly);

/// Scores of rows that a run keeps, from which thresholds are chosen.
struct KeptScores {
  std::string split;  ///< "validation" or "train"
  int64_t rows = 0;
  std::vector<double> quantiles;  ///< at 0, 0.001, …, 1, interpolated
  std::optional<BestF1> best;     ///< where labels tell the anomalies

  /// @param scores  at least one
  static KeptScores of(std::string split, std::vector<double> scores);
  /// @param q  in [0, 1]
  double quantile(double q) const;
  Json to_json() const;
  /// @throws any exception if the JSON is malformed
  static KeptScores from_json(const Json& json);
};

/// Threshold of anomaly scores.
struct ScoreThreshold {
  double value = 0;
  std::string origin;  ///< for messages: "the 99 % quantile of the validation rows' scores"
};

/// @param text   of the option --threshold: "99%", "f1" or a number; empty for 99% where scores are
///               kept, and else none
/// @param run    the run directory, whose scores.json has the scores
/// @param name   of the scores, one of score_names()
/// @param step   name of the checkpoint in use
/// @throws Error(usage) if the text is none of these
/// @throws Error(data) if the run keeps no such scores
std::optional<ScoreThreshold> score_threshold(const std::string& text,
                                              const std::filesystem::path& run,
                                              const std::string& name, const std::string& step);

}  // namespace ae
