#include "inference/score_threshold.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "config/stored_json.h"
#include "core/error.h"
#include "core/text.h"
#include "io/formats/csv_number.h"
#include "io/path_kind.h"
#include "io/quote.h"
#include "run_directory/run_paths.h"

namespace ae {
namespace {

constexpr size_t kQuantiles = 1000;
constexpr double kDefaultQuantile = 0.99;

/// Value at a position between neighbours of a sorted list, as numpy.quantile does by default.
double interpolated(const std::vector<double>& sorted, double position) {
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = position - static_cast<double>(below);
  return sorted[below] + share * (sorted[above] - sorted[below]);
}

/// The scores that a run keeps of this checkpoint; none if it keeps none.
std::optional<KeptScores> kept_scores(const std::filesystem::path& path, const std::string& name,
                                      const std::string& step) {
  if (path_kind(path) == PathKind::absent) return std::nullopt;
  const Json json = read_stored_json(path);
  const Json scores = member(json, name.c_str());
  if (member(json, "checkpoint") != step || scores.is_null()) return std::nullopt;
  try {
    return KeptScores::from_json(scores);
  } catch (const std::exception&) {
    throw data_error("{}: \"{}\" is malformed; the file is damaged", path.string(), name);
  }
}

}  // namespace

BestF1 best_f1(const std::vector<double>& scores, const std::vector<bool>& is_anomaly) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  const auto anomalies =
      static_cast<double>(std::count(is_anomaly.begin(), is_anomaly.end(), true));
  BestF1 best;
  double hits = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    hits += is_anomaly[order[i]] ? 1 : 0;
    const bool tied = i + 1 < order.size() && scores[order[i + 1]] == scores[order[i]];
    const auto chosen = static_cast<double>(i + 1);
    const double f1 = 2 * hits / (chosen + anomalies);
    if (tied || f1 <= best.f1) continue;
    const double next = i + 1 < order.size() ? scores[order[i + 1]] : scores[order[i]];
    // Between the last row that is chosen and the next.
    const double threshold = i + 1 < order.size() ? std::midpoint(scores[order[i]], next)
                                                  : std::nextafter(next, -INFINITY);
    best = {threshold, f1, hits / chosen, hits / anomalies, {}, {}};
  }
  return best;
}

KeptScores KeptScores::of(std::string split, std::vector<double> scores) {
  std::sort(scores.begin(), scores.end());
  KeptScores kept{std::move(split), static_cast<int64_t>(scores.size()), {}, {}};
  for (size_t i = 0; i <= kQuantiles; ++i) {
    kept.quantiles.push_back(interpolated(
        scores, static_cast<double>(i * (scores.size() - 1)) / static_cast<double>(kQuantiles)));
  }
  return kept;
}

double KeptScores::quantile(double q) const {
  return interpolated(quantiles, q * static_cast<double>(kQuantiles));
}

Json KeptScores::to_json() const {
  Json json = {{"split", split}, {"rows", rows}};
  if (best) {
    json["best_f1"] = {{"threshold", best->threshold}, {"f1", best->f1},
                       {"precision", best->precision}, {"recall", best->recall},
                       {"split", best->split},         {"anomalies", best->anomalies}};
  }
  json["quantiles"] = quantiles;
  return json;
}

KeptScores KeptScores::from_json(const Json& json) {
  KeptScores kept{json.at("split").get<std::string>(),
                  json.at("rows").get<int64_t>(),
                  json.at("quantiles").get<std::vector<double>>(),
                  {}};
  const bool valid = kept.quantiles.size() == kQuantiles + 1 &&
                     std::ranges::all_of(kept.quantiles, [](double x) { return std::isfinite(x); });
  if (!valid) throw std::out_of_range("quantiles");
  if (const auto best = json.find("best_f1"); best != json.end()) {
    kept.best =
        BestF1{best->at("threshold").get<double>(),  best->at("f1").get<double>(),
               best->at("precision").get<double>(),  best->at("recall").get<double>(),
               best->at("split").get<std::string>(), best->at("anomalies").get<std::string>()};
  }
  return kept;
}

std::optional<ScoreThreshold> score_threshold(const std::string& text,
                                              const std::filesystem::path& run,
                                              const std::string& name, const std::string& step) {
  const bool percent = text.ends_with('%');
  const auto number = parse_double(percent ? text.substr(0, text.size() - 1) : text);
  const bool valid =
      text.empty() || text == "f1" ||
      (number && (percent ? *number >= 0 && *number <= 100 : std::isfinite(*number)));
  if (!valid) {
    throw usage_error(
        "--threshold {}: expected a share of the kept scores, such as 99%, f1, or a number",
        quote(text));
  }
  if (number && !percent) return ScoreThreshold{*number, "as given"};
  const std::filesystem::path path = RunPaths{run}.scores();
  const auto kept = kept_scores(path, name, step);
  if (!kept) {
    if (text.empty()) return std::nullopt;
    throw data_error(
        "{}: holds no scores \"{}\" of {}, from which --threshold {} would be chosen; give the "
        "threshold as a number",
        path.string(), name, step, text);
  }
  if (text == "f1") {
    if (!kept->best) {
      throw data_error(
          "{}: holds no best F1: neither validation nor test rows have labels that tell anomalies; "
          "give the threshold as a share, such as 99%, or a number",
          path.string());
    }
    const BestF1& best = *kept->best;
    return ScoreThreshold{best.threshold,
                          fmt::format("the best F1, {:.3g}, of the {} rows, with {} as anomalies",
                                      best.f1, best.split, best.anomalies)};
  }
  const double q = percent ? *number / 100 : kDefaultQuantile;
  return ScoreThreshold{
      kept->quantile(q),
      fmt::format("the {:.6g} % quantile of the {} rows' scores", 100 * q, kept->split)};
}

}  // namespace ae
