#include "evaluation/probe.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/random.h"
#include "core/text.h"
#include "evaluation/logistic_regression.h"
#include "evaluation/nearest_neighbours.h"
#include "evaluation/probe_features.h"

namespace ae {
namespace {

constexpr double kCandidatesForC[] = {1e-4, 1e-3, 1e-2, 1e-1, 1, 10};
constexpr int64_t kMaxHeldOut = 10000;
constexpr int64_t kMaxLeaveOneOut = 10000;

ProbeScore score(const at::Tensor& predicted, const at::Tensor& truth) {
  return {truth.size(0), (predicted != truth).sum().item<int64_t>()};
}

/// Training rows in random order, so that the first of them are a random sample.
struct Shuffled {
  RowSet rows;
  at::Tensor classes;
};

Shuffled shuffled(const RowSet& train, const std::vector<int64_t>& classes, uint64_t seed) {
  // An epoch that no other split uses: independent of the split into training and validation rows.
  const auto order = permutation(
      train.count(), {.seed = seed, .purpose = Purpose::split, .epoch = kEvaluationEpoch});
  Shuffled out{{train.data, {}}, {}};
  std::vector<int64_t> moved;
  for (const int64_t i : order) {
    out.rows.rows.push_back(train.rows[static_cast<size_t>(i)]);
    moved.push_back(classes[static_cast<size_t>(i)]);
  }
  out.classes = at::tensor(moved, at::kLong);
  return out;
}

/// Features and classes of training and evaluated rows.
struct Sets {
  at::Tensor train;
  at::Tensor train_classes;
  at::Tensor rows;
  at::Tensor classes;
  int64_t class_count;
};

struct Choice {
  double c = 0;
  LogisticRegression fitted;  ///< fitted with this C to the training rows that are not held out
  int64_t errors = 0;         ///< on the held-out training rows
};

/// Selects the C with the fewest errors on held-out training rows, the smallest one of ties. Each
/// fit starts from the previous one. The search stops after two fits that are worse than the best:
/// a larger C would overfit more.
Choice choose_c(const Sets& sets, const std::string& title) {
  const int64_t count = sets.train.size(0);
  const int64_t held_out = std::clamp<int64_t>(count / 5, 1, kMaxHeldOut);
  const at::Tensor rows = sets.train.narrow(0, held_out, count - held_out);
  const at::Tensor classes = sets.train_classes.narrow(0, held_out, count - held_out);
  Choice best;
  auto fitted = LogisticRegression::zero(sets.class_count, rows.size(1));
  int worse = 0;
  for (const double c : kCandidatesForC) {
    fitted = fit_logistic_regression(rows, classes, {.c = c}, fitted);
    const ProbeScore found = score(fitted.classify(sets.train.narrow(0, 0, held_out)),
                                   sets.train_classes.narrow(0, 0, held_out));
    spdlog::debug(
        "logistic regression on {}, C = {:g}: {:.2f} % errors on {} held-out training rows ({} "
        "evaluations)",
        title, c, 100 * found.error(), grouped(held_out), fitted.evaluations);
    if (best.c == 0 || found.errors < best.errors) {
      best = {c, fitted, found.errors};
      worse = 0;
    } else if (found.errors > best.errors && ++worse == 2) {
      break;
    }
  }
  return best;
}

ProbeResult probe_by_regression(Sets& sets, const std::string& title) {
  const Standardization standardization = Standardization::fit(sets.train);
  standardization.apply(sets.train);
  standardization.apply(sets.rows);
  ProbeResult out{.classifier = "logistic_regression"};
  const Choice choice = choose_c(sets, title);
  out.c = choice.c;
  const LogisticRegression fitted =
      fit_logistic_regression(sets.train, sets.train_classes, {.c = out.c}, choice.fitted);
  if (!fitted.converged) {
    spdlog::warn("logistic regression on {}, C = {:g}: not converged after {} evaluations", title,
                 out.c, fitted.evaluations);
  }
  out.evaluations = fitted.evaluations;
  out.converged = fitted.converged;
  out.evaluated = score(fitted.classify(sets.rows), sets.classes);
  out.training = score(fitted.classify(sets.train), sets.train_classes);
  return out;
}

ProbeResult probe_by_neighbours(const Sets& sets, const std::string& title, int64_t k) {
  spdlog::info("nearest neighbours on {}: {} rows among {}", title, grouped(sets.rows.size(0)),
               grouped(sets.train.size(0)));
  const NearestNeighbours neighbours(sets.train, sets.train_classes, sets.class_count);
  ProbeResult out{.classifier = "nearest_neighbours"};
  out.evaluated = score(neighbours.classify(sets.rows, k), sets.classes);
  const int64_t count = std::min(sets.train.size(0), kMaxLeaveOneOut);
  out.training =
      score(neighbours.classify_leave_one_out(count, k), sets.train_classes.narrow(0, 0, count));
  return out;
}

Json score_json(const ProbeScore& score) {
  return {{"rows", score.rows},
          {"errors", score.errors},
          {"error", score.error()},
          {"accuracy", score.accuracy()}};
}

void check_rows(const TrainedModel& trained, const EvaluationData& data, int64_t neighbours) {
  const int64_t train = data.splits.train.count();
  if (data.name == "train") {
    throw usage_error(
        "--probe: the run has neither test nor validation rows, and a probe cannot be evaluated on "
        "the rows it is trained on; name others with --data and --labels");
  }
  if (neighbours >= train) {
    throw usage_error("--neighbours {}: expected fewer than the {} training rows", neighbours,
                      grouped(train));
  }
  const int64_t width = std::max(trained.info.preprocessing.width(), trained.model->latent_dim());
  const int64_t needed = (train + data.rows.count()) * width * static_cast<int64_t>(sizeof(float));
  const int64_t available = available_memory_bytes();
  if (needed > available) {
    throw data_error(
        "--probe: {} training and {} evaluated rows of {} features need {:.4g} GB more memory, "
        "{:.4g} GB are free; train on fewer rows, or evaluate fewer (--data)",
        grouped(train), grouped(data.rows.count()), grouped(width),
        static_cast<double>(needed) / 1e9, static_cast<double>(available) / 1e9);
  }
  if (data.rows.data->fingerprint == data.splits.train.data->fingerprint && data.name == "given") {
    spdlog::warn(
        "{}: holds the rows that the probe is trained on; errors on them are too optimistic",
        data.rows.data->path.string());
  }
}

}  // namespace

Json Probe::to_json() const {
  Json json = {{"classes", classes},
               {"training_rows", training_rows},
               {"rows", rows},
               {"unseen", {{"rows", unseen_rows}, {"labels", unseen}}},
               {"neighbours", neighbours}};
  for (const ProbeResult& result : results) {
    Json& figures = json[result.classifier][result.features];
    figures = score_json(result.evaluated);
    figures["width"] = result.width;
    figures["training"] = score_json(result.training);
    if (result.classifier != "logistic_regression") continue;
    figures["C"] = result.c;
    figures["evaluations"] = result.evaluations;
    figures["converged"] = result.converged;
  }
  return json;
}

ProbeTask prepare_probe(const TrainedModel& trained, const EvaluationData& data,
                        int64_t neighbours) {
  if (trained.model->classes() > 0) {
    throw usage_error(
        "{}: --probe needs codes that do not contain the label: this model is conditional, so its "
        "encoder takes the labels as input; leave --probe out",
        trained.checkpoint.string());
  }
  check_rows(trained, data, neighbours);
  return {class_labels(data), neighbours};
}

Probe probe(const TrainedModel& trained, const EvaluationData& data, const ProbeTask& task,
            const Pca& pca) {
  const c10::NoGradGuard no_grad;
  const ClassLabels& labels = task.labels;
  Probe out{.classes = labels.count(),
            .training_rows = data.splits.train.count(),
            .rows = data.rows.count(),
            .neighbours = task.neighbours,
            .unseen_rows = labels.unseen_rows(),
            .unseen = labels.unseen};
  const Shuffled train = shuffled(data.splits.train, labels.train,
                                  static_cast<uint64_t>(trained.info.experiment.seed));
  const at::Tensor classes = at::tensor(labels.rows, at::kLong);
  const Scaling& scaling = trained.info.preprocessing.scaling;
  std::vector<ProbeResult> by_neighbours;
  for (const ProbeFeatures& features : probe_features(trained, pca)) {
    Sets sets{features.compute(train.rows, scaling), train.classes,
              features.compute(data.rows, scaling), classes, labels.count()};
    // Neighbours first: regression standardises the features in place.
    by_neighbours.push_back(probe_by_neighbours(sets, features.title, task.neighbours));
    out.results.push_back(probe_by_regression(sets, features.title));
    for (ProbeResult* result : {&by_neighbours.back(), &out.results.back()}) {
      result->features = features.name;
      result->title = features.title;
      result->width = features.width;
    }
  }
  out.results.insert(out.results.end(), by_neighbours.begin(), by_neighbours.end());
  return out;
}

}  // namespace ae
