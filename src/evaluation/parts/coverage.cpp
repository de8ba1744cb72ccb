#include <spdlog/fmt/fmt.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "engine/batch.h"
#include "evaluation/central_intervals.h"
#include "evaluation/part.h"
#include "evaluation/row_chunks.h"
#include "models/column_losses.h"
#include "report/page/line_chart.h"

namespace ae::parts {
namespace {

/// Shares of probability of the intervals; 50 % and 90 % are figures, all are in the chart.
constexpr std::array<double, 11> kShares = {0.05, 0.1, 0.2, 0.3, 0.4, 0.5,
                                            0.6,  0.7, 0.8, 0.9, 0.95};
constexpr int64_t kComparedAtOnce = int64_t{1} << 20;
constexpr size_t kHalf = 5;
constexpr size_t kMost = 9;

/// Values of features with one likelihood, and those of them within each interval.
struct Coverage {
  std::string likelihood;
  at::Tensor features;  // [d] int64
  double values = 0;
  std::array<double, kShares.size()> within{};

  double share(size_t interval) const { return within[interval] / values; }
};

bool has_intervals(const std::string& likelihood) {
  return likelihood == "gaussian" || likelihood == "laplace" || likelihood == "poisson";
}

/// The numeric features whose likelihood has intervals, by likelihood.
std::vector<Coverage> features_with_intervals(const EvaluatedRows& rows) {
  const TrainedModel& trained = rows.trained();
  std::vector<Coverage> out;
  for (const ColumnLoss& loss : column_losses(trained.info.experiment.objective.reconstruction,
                                              input_of(trained.info.preprocessing.output()))) {
    if (!has_intervals(loss.type)) continue;
    const at::Tensor features = at::tensor(at::ArrayRef<int64_t>(loss.features), at::kLong);
    out.push_back({.likelihood = loss.type, .features = features});
  }
  return out;
}

std::string no_intervals(const EvaluatedRows& rows) {
  if (!features_with_intervals(rows).empty()) return "";
  return fmt::format(
      "reconstruction \"{}\" has no central intervals: gaussian, laplace and poisson "
      "have",
      rows.trained().info.experiment.objective.reconstruction.type());
}

/// Adds the values of a batch.
/// @param excess  [B, D] loss above the least one: ½ ((x - μ) / σ)² of a Gaussian, |x - μ| / b of a
///                Laplace distribution
void add_values(const at::Tensor& x, const at::Tensor& mean, const at::Tensor& excess,
                Coverage& out) {
  const auto of = [&](const at::Tensor& values) {
    return values.index_select(1, out.features).to(at::kDouble);
  };
  const at::Tensor values = of(x);
  const at::Tensor observed = values.isnan().logical_not();
  const at::Tensor distance = of(excess);
  out.values += observed.sum().item<double>();
  for (size_t i = 0; i < kShares.size(); ++i) {
    at::Tensor within;
    if (out.likelihood == "gaussian") {
      within = distance.mul(2).sqrt().le(normal_interval_end(kShares[i]));
    } else if (out.likelihood == "laplace") {
      within = distance.le(laplace_interval_end(kShares[i]));
    } else {
      within = within_poisson_interval(values.nan_to_num(0), of(mean), kShares[i]);
    }
    out.within[i] += within.logical_and(observed).sum().item<double>();
  }
}

std::vector<Coverage> coverages(const EvaluatedRows& rows) {
  Autoencoder& model = *rows.trained().model;
  std::vector<Coverage> out = features_with_intervals(rows);
  rows.for_each([&](const Batch& batch) {
    const ForwardContext context{.noise = &batch.noise(),
                                 .condition = model.condition(batch.labels())};
    const Posterior posterior = model.encode(batch.input(), context);
    const at::Tensor output = model.decode(model.sample(posterior, batch.noise()), context);
    const Reconstruction& likelihood = model.reconstruction();
    const at::Tensor x = batch.target().cpu();
    const at::Tensor mean = likelihood.mean(output).cpu();
    const at::Tensor excess = likelihood.excess(output, batch.target()).cpu();
    for_each_chunk(x.size(0), x.size(1), kComparedAtOnce, [&](int64_t first, int64_t count) {
      const auto some = [&](const at::Tensor& all) { return all.narrow(0, first, count); };
      for (Coverage& each : out) add_values(some(x), some(mean), some(excess), each);
    });
  });
  std::erase_if(out, [](const Coverage& each) { return each.values == 0; });
  return out;
}

void add_chart(const std::vector<Coverage>& found, PageSection& section) {
  auto& chart = section.add<LineChart>(
      "Coverage of central intervals",
      "Share of the values within the decoder's central interval of a probability: below the "
      "diagonal the decoder is too sure of itself, above it is too cautious.",
      AxisOptions{"probability of the interval"}, AxisOptions{"share of the values within"});
  const std::vector<double> shares(kShares.begin(), kShares.end());
  for (const Coverage& each : found) {
    std::vector<double> within;
    for (size_t i = 0; i < kShares.size(); ++i) within.push_back(each.share(i));
    chart.add(each.likelihood, shares, within);
  }
  chart.add("as it should be", shares, shares);
}

PartResult coverage_figures(const EvaluatedRows& rows) {
  const std::vector<Coverage> found = coverages(rows);
  PartResult out;
  if (found.empty()) return out;
  const bool drawn = rows.trained().model->has_prior();
  out.metrics["decoded_from"] = drawn ? "one sample of each posterior" : "codes";
  out.section.title = "Coverage";
  for (const Coverage& each : found) {
    const bool counts = each.likelihood == "poisson";
    out.metrics[each.likelihood] = {{"values", static_cast<int64_t>(each.values)},
                                    {"within_50_percent", each.share(kHalf)},
                                    {"within_90_percent", each.share(kMost)}};
    const std::string line = fmt::format(
        "{:.1f} % of the values lie within the decoder's central 50 % interval ({}), {:.1f} % "
        "within that of 90 %",
        100 * each.share(kHalf), each.likelihood, 100 * each.share(kMost));
    out.text += line + "\n";
    out.section.paragraphs.push_back(fmt::format(
        "{}{}.", line, counts ? "; as counts are whole, more than that is expected of both" : ""));
  }
  add_chart(found, out.section);
  return out;
}

}  // namespace

EvaluationPart coverage() {
  return {"coverage",
          "share of values within the central 50 % and 90 % intervals of the decoder's gaussian, "
          "laplace or poisson likelihood",
          true, no_intervals, coverage_figures};
}

}  // namespace ae::parts
