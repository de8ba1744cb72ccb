#include "evaluation/ranking.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/argsort.h>

#include <cmath>
#include <limits>
#include <span>

#include "inference/score_threshold.h"

namespace ae {
namespace {

/// Rows that score at least `score`.
struct Chosen {
  double score = 0;
  int64_t true_positives = 0;
  int64_t false_positives = 0;
};

/// Scores and classes, the greatest score first.
struct RankedRows {
  RankedRows(const at::Tensor& score_of_rows, const at::Tensor& positive_rows) {
    const at::Tensor order =
        at::argsort(score_of_rows, /*stable=*/true, /*dim=*/0, /*descending=*/true);
    scores = score_of_rows.to(at::kDouble).index_select(0, order).contiguous();
    positives = positive_rows.index_select(0, order).contiguous();
  }

  int64_t count() const { return scores.size(0); }
  double score(int64_t i) const { return scores.const_data_ptr<double>()[i]; }
  bool positive(int64_t i) const { return positives.const_data_ptr<bool>()[i]; }

  at::Tensor scores;     // [N] float64
  at::Tensor positives;  // [N] bool
};

/// One entry for each distinct score, the greatest first.
std::vector<Chosen> distinct_scores(const RankedRows& ranked) {
  std::vector<Chosen> out;
  Chosen chosen;
  for (int64_t i = 0; i < ranked.count(); ++i) {
    ++(ranked.positive(i) ? chosen.true_positives : chosen.false_positives);
    chosen.score = ranked.score(i);
    if (i + 1 == ranked.count() || ranked.score(i + 1) != chosen.score) out.push_back(chosen);
  }
  return out;
}

bool has_both_classes(const std::vector<Chosen>& distinct) {
  return !distinct.empty() && distinct.back().true_positives > 0 &&
         distinct.back().false_positives > 0;
}

double precision(const Chosen& chosen) {
  return static_cast<double>(chosen.true_positives) /
         static_cast<double>(chosen.true_positives + chosen.false_positives);
}

double precision_at(const std::vector<Chosen>& distinct, int64_t n) {
  double last = 0;
  for (const Chosen& chosen : distinct) {
    if (chosen.true_positives + chosen.false_positives > n) break;
    last = precision(chosen);
  }
  return last;
}

/// Points of a curve from its first to its last one, about equally far apart along it.
/// @param x, y  coordinates of a point
template <class X, class Y>
std::vector<RankingPoint> thinned(const std::vector<RankingPoint>& points, int64_t most, const X& x,
                                  const Y& y) {
  if (static_cast<int64_t>(points.size()) <= most) return points;
  std::vector<double> lengths{0};
  for (size_t i = 1; i < points.size(); ++i) {
    lengths.push_back(lengths.back() + std::abs(x(points[i]) - x(points[i - 1])) +
                      std::abs(y(points[i]) - y(points[i - 1])));
  }
  const double step = lengths.back() / static_cast<double>(most - 1);
  std::vector<RankingPoint> out{points.front()};
  for (size_t i = 1; i + 1 < points.size(); ++i) {
    const auto reached = [&](size_t point) { return std::floor(lengths[point] / step); };
    const bool room = static_cast<int64_t>(out.size()) + 1 < most;
    if (room && reached(i) > reached(i - 1)) out.push_back(points[i]);
  }
  out.push_back(points.back());
  return out;
}

}  // namespace

std::optional<Ranking> ranking(const at::Tensor& scores, const at::Tensor& positives) {
  const RankedRows ranked(scores, positives);
  const std::vector<Chosen> distinct = distinct_scores(ranked);
  if (!has_both_classes(distinct)) return std::nullopt;
  Ranking out{.rows = ranked.count(), .positives = distinct.back().true_positives};
  const auto positive_count = static_cast<double>(out.positives);
  const auto negative_count = static_cast<double>(out.rows - out.positives);
  Chosen before;
  for (const Chosen& chosen : distinct) {
    const auto more_true = static_cast<double>(chosen.true_positives - before.true_positives);
    const auto more_false = static_cast<double>(chosen.false_positives - before.false_positives);
    const auto both = static_cast<double>(chosen.true_positives + before.true_positives);
    out.auroc += more_false * both / 2 / (positive_count * negative_count);
    out.average_precision += more_true * precision(chosen) / positive_count;
    before = chosen;
  }
  out.precision_at_n = precision_at(distinct, out.positives);
  const std::span<const double> sorted(ranked.scores.const_data_ptr<double>(),
                                       static_cast<size_t>(out.rows));
  const std::span<const bool> classes(ranked.positives.const_data_ptr<bool>(), sorted.size());
  const BestF1 best = best_f1({sorted.begin(), sorted.end()}, {classes.begin(), classes.end()});
  out.best_f1 = best.f1;
  out.best_f1_threshold = best.threshold;
  return out;
}

std::optional<RankingCurves> ranking_curves(const at::Tensor& scores, const at::Tensor& positives,
                                            int64_t most) {
  const std::vector<Chosen> distinct = distinct_scores(RankedRows(scores, positives));
  if (!has_both_classes(distinct)) return std::nullopt;
  const auto positive_count = static_cast<double>(distinct.back().true_positives);
  const auto negative_count = static_cast<double>(distinct.back().false_positives);
  std::vector<RankingPoint> points{
      {.threshold = std::numeric_limits<double>::infinity(), .precision = 1}};
  for (const Chosen& chosen : distinct) {
    points.push_back({chosen.score, static_cast<double>(chosen.false_positives) / negative_count,
                      static_cast<double>(chosen.true_positives) / positive_count,
                      precision(chosen)});
  }
  const auto recall = [](const RankingPoint& point) { return point.true_positive_rate; };
  return RankingCurves{
      .roc = thinned(
          points, most, [](const RankingPoint& point) { return point.false_positive_rate; },
          recall),
      .precision_recall =
          thinned(points, most, recall, [](const RankingPoint& point) { return point.precision; })};
}

}  // namespace ae
