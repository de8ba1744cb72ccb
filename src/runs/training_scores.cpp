#include "runs/training_scores.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "data/resident_rows.h"
#include "engine/row_loop.h"
#include "evaluation/anomaly_labels.h"
#include "inference/anomaly_score.h"
#include "inference/data_stream.h"
#include "inference/score_threshold.h"
#include "io/atomic_file.h"

namespace ae {
namespace {

/// At most `most` of a set's rows, at equal distances.
RowSet thinned(const RowSet& set, int64_t most) {
  const int64_t every = (set.count() + most - 1) / most;
  RowSet some{set.data, {}};
  for (int64_t i = 0; i < set.count(); i += every) {
    some.rows.push_back(set.rows[static_cast<size_t>(i)]);
  }
  return some;
}

std::optional<AnomalyScore> available_score(const std::string& name, const Experiment& experiment,
                                            const Preprocessing& preprocessing) {
  try {
    return AnomalyScore(name, experiment, preprocessing);
  } catch (const Error&) {
    return std::nullopt;  // these rows have no such score
  }
}

/// Scores of rows by the trained model, one list for each of `wanted`.
/// @return  empty if interrupted
std::vector<std::vector<double>> scores_of(const RowSet& set,
                                           const std::vector<AnomalyScore>& wanted,
                                           TrainingEngine& engine,
                                           const Preprocessing& preprocessing,
                                           const RowLoopOptions& options) {
  Autoencoder& model = engine.model();
  SetReader reader(set, resident_pair(*set.data, preprocessing, options.device),
                   stream_rows(model.widest()), model.classes() > 0);
  std::vector<std::vector<double>> all(wanted.size());
  const bool done = for_each_batch(reader, options, [&](const Batch& batch) {
    const ForwardContext context{.condition = model.condition(batch.labels())};
    const at::Tensor& x = batch.target();
    const at::Tensor output = model.decode(model.encode(x, context), context);
    for (size_t i = 0; i < wanted.size(); ++i) {
      const at::Tensor values = wanted[i].scores(model, x, output).contiguous();
      all[i].insert(all[i].end(), values.const_data_ptr<double>(),
                    values.const_data_ptr<double>() + values.numel());
    }
  });
  return done ? all : std::vector<std::vector<double>>();
}

bool are_finite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double x) { return std::isfinite(x); });
}

}  // namespace

bool write_run_scores(const RunPaths& paths, const Splits& splits, TrainingEngine& engine,
                      const Experiment& experiment, const std::string& step,
                      const std::function<bool()>& interrupted) {
  if (splits.preprocessing.target) return true;  // new rows come without targets: no scores
  constexpr int64_t kMostRows = 50'000;          // suffice for quantiles
  std::vector<std::string> names;
  std::vector<AnomalyScore> wanted;
  for (const std::string& name : score_names()) {
    auto score = available_score(name, experiment, splits.preprocessing);
    if (!score) continue;
    names.push_back(name);
    wanted.push_back(std::move(*score));
  }
  const RowLoopOptions options{.seed = static_cast<uint64_t>(experiment.seed),
                               .device = engine.device(),
                               .interrupted = interrupted};
  const auto compute = [&](const RowSet& set) {
    return scores_of(set, wanted, engine, splits.preprocessing, options);
  };
  const auto usual =
      compute(thinned(splits.validation ? *splits.validation : splits.train, kMostRows));
  if (usual.empty()) return false;
  std::vector<std::optional<BestF1>> best(wanted.size());
  for (const auto& [split, set] :
       {std::pair("validation", &splits.validation), std::pair("test", &splits.test)}) {
    const auto anomalies = *set ? anomaly_labels(**set, splits.train) : std::nullopt;
    if (!anomalies) continue;
    const auto scores = compute(**set);
    if (scores.empty()) return false;
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (!are_finite(scores[i])) continue;
      best[i] = best_f1(scores[i], anomalies->rows);
      best[i]->split = split;
      best[i]->anomalies = anomalies->name;
    }
    break;
  }
  Json json = {{"checkpoint", step}};
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!are_finite(usual[i])) continue;
    KeptScores kept = KeptScores::of(splits.validation ? "validation" : "train", usual[i]);
    kept.best = best[i];
    json[names[i]] = kept.to_json();
  }
  write_text_atomically(paths.scores(), json.dump() + "\n");
  return true;
}

}  // namespace ae
