#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace ae {

/// Separation of positive rows (anomalies) from negative ones by a score.
struct Ranking {
  int64_t rows = 0;
  int64_t positives = 0;
  /// Probability that a positive row scores above a negative one, ties counting half: the area
  /// under the ROC curve. Source: Hanley & McNeil 1982, "The meaning and use of the area under a
  /// receiver operating characteristic curve". scikit-learn's roc_auc_score.
  double auroc = 0;
  /// Σ (R_i - R_{i-1}) P_i over the distinct scores, greatest first, with recall R and precision P
  /// of the rows that score at least that much. scikit-learn's average_precision_score.
  double average_precision = 0;
  /// Share of positives among the n rows that score highest, n the number of positives. Where the
  /// n-th and the next row tie, only rows above the tie are chosen, fewer than n; 0 if none is.
  /// PyOD's precision_n_scores.
  double precision_at_n = 0;
  double best_f1 = 0;            ///< highest F1 over all thresholds
  double best_f1_threshold = 0;  ///< chosen are the rows that score above; as of best_f1()
};

/// Compares the scores of the two classes.
/// @param scores     [N] float64, finite, greater = more anomalous
/// @param positives  [N] bool
/// @return nothing if one class has no rows
std::optional<Ranking> ranking(const at::Tensor& scores, const at::Tensor& positives);

/// Figures of the rows that score at least `threshold`.
struct RankingPoint {
  double threshold = 0;  ///< infinite at the first point, which chooses no row
  double false_positive_rate = 0;
  double true_positive_rate = 0;  ///< recall
  double precision = 0;           ///< 1 where no row is chosen
};

/// Curves for plots. Areas under thinned curves are not those of ranking().
struct RankingCurves {
  std::vector<RankingPoint> roc;               ///< from (0, 0) to (1, 1)
  std::vector<RankingPoint> precision_recall;  ///< by ascending recall, from precision 1 on
};

/// The points of both curves: one for each distinct score, or those of them that divide a curve's
/// length most evenly if they are more than `most`.
/// @param scores, positives  as of ranking()
/// @param most               at least 2
/// @return nothing if one class has no rows
std::optional<RankingCurves> ranking_curves(const at::Tensor& scores, const at::Tensor& positives,
                                            int64_t most = 500);

}  // namespace ae
