#include "evaluation/comparison.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "config/writer.h"
#include "core/text.h"
#include "report/page/html_table.h"
#include "report/page/line_chart.h"
#include "report/table.h"

namespace ae {
namespace {

/// The config by which runs are of one group.
std::string grouping_key(const Experiment& experiment) {
  Json config = options_json(experiment);
  for (const char* key : {"name", "seed", "logging"}) config.erase(key);
  config["data"].erase("split_seed");
  config["training"].erase("threads");
  return config.dump();
}

double explained(const Evaluation& evaluation) {
  return evaluation.variance > 0 ? 1 - evaluation.squared_error / evaluation.variance
                                 : std::nan("");
}

/// Name of a group: of its run, or of its first run and the number of runs.
std::string name_of(const RunGroup& group) {
  const std::string& first = group.runs.front()->name;
  if (group.runs.size() == 1) return first;
  return fmt::format("{} and {} more seed{}", first, group.runs.size() - 1,
                     group.runs.size() == 2 ? "" : "s");
}

std::string spread_text(const Spread& spread, size_t runs, double factor = 1) {
  if (!std::isfinite(spread.mean)) return "";
  if (runs == 1) return fmt::format("{:.5g}", factor * spread.mean);
  return fmt::format("{:.5g} ± {:.2g}", factor * spread.mean, factor * spread.deviation);
}

std::vector<std::string> header() {
  return {"run", "latents", "parameters", "loss", "mse", "variance explained, %", "mse of PCA"};
}

std::vector<std::string> line_of_group(const RunGroup& group) {
  const ComparedRun& first = *group.runs.front();
  const size_t n = group.runs.size();
  return {name_of(group),
          std::to_string(first.experiment.model.latent_dim),
          grouped(first.parameters),
          spread_text(group.loss, n),
          spread_text(group.mse, n),
          spread_text(group.variance_explained, n, 100),
          spread_text(group.pca_mse, n)};
}

Json spread_json(const Spread& spread) {
  return {{"mean", spread.mean}, {"standard_deviation", spread.deviation}};
}

/// Curves of the mean error over the number of latents, one for each kind of model, and PCA's.
void add_chart(const std::vector<RunGroup>& groups, PageSection& section) {
  std::map<std::string, std::map<int64_t, std::vector<double>>> curves;
  std::map<int64_t, double> pca;
  for (const RunGroup& group : groups) {
    const ComparedRun& first = *group.runs.front();
    const int64_t latents = first.experiment.model.latent_dim;
    curves[first.experiment.model.kind][latents].push_back(group.mse.mean);
    constexpr double kExact = 1e-9;  // a PCA of all directions is not drawn
    if (group.pca_mse.mean > kExact * group.mse.mean) pca[latents] = group.pca_mse.mean;
  }
  auto& chart = section.add<LineChart>(
      "Error against the number of latents",
      "Mean squared error of the best run of each kind and width, beside PCA with equally many "
      "components. Below PCA's line, the code holds more than a linear projection does.",
      AxisOptions{"latents", Scale::log}, AxisOptions{"mse", Scale::log});
  for (const auto& [kind, by_width] : curves) {
    std::vector<double> x;
    std::vector<double> y;
    for (const auto& [latents, values] : by_width) {
      x.push_back(static_cast<double>(latents));
      y.push_back(std::ranges::min(values));
    }
    chart.add(kind, x, y);
  }
  std::vector<double> x;
  std::vector<double> y;
  for (const auto& [latents, mse] : pca) {
    x.push_back(static_cast<double>(latents));
    y.push_back(mse);
  }
  chart.add("PCA", x, y);
}

}  // namespace

ComparedRun compared_run(const std::filesystem::path& run, const TrainedModel& trained,
                         const Evaluation& evaluation) {
  return {run.string(), trained.info.experiment, trained.model->parameter_count(), evaluation,
          trained.info.preprocessing.output().to_json().dump()};
}

Spread spread_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  double squares = 0;
  for (const double value : values) squares += (value - sum / n) * (value - sum / n);
  return {sum / n, values.size() > 1 ? std::sqrt(squares / (n - 1)) : 0};
}

std::vector<RunGroup> grouped_runs(const std::vector<ComparedRun>& runs) {
  std::vector<RunGroup> groups;
  std::map<std::string, size_t> places;
  for (const ComparedRun& run : runs) {
    const auto [found, is_new] = places.try_emplace(grouping_key(run.experiment), groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].runs.push_back(&run);
  }
  for (RunGroup& group : groups) {
    const auto over = [&](const auto& figure) {
      std::vector<double> values;
      for (const ComparedRun* run : group.runs) values.push_back(figure(run->evaluation));
      return spread_of(values);
    };
    group.loss = over([](const Evaluation& each) { return mean_of(each.terms, "loss"); });
    group.squared_error = over([](const Evaluation& each) { return each.squared_error; });
    group.mse = over([](const Evaluation& each) { return each.squared_error / each.observed; });
    group.variance_explained = over(explained);
    group.pca_mse =
        over([](const Evaluation& each) { return each.pca_squared_error / each.observed; });
  }
  return groups;
}

std::vector<std::string> comparison_warnings(const std::vector<ComparedRun>& runs) {
  std::set<std::pair<std::string, int64_t>> rows;
  std::set<std::string> preprocessing;
  std::set<std::string> objectives;
  for (const ComparedRun& run : runs) {
    rows.emplace(run.evaluation.path, run.evaluation.rows);
    preprocessing.insert(run.preprocessing);
    objectives.insert(options_json(run.experiment.objective).dump());
  }
  std::vector<std::string> warnings;
  if (rows.size() > 1) {
    warnings.emplace_back(
        "the runs are evaluated on different rows; name the same ones for all with --data");
  }
  if (preprocessing.size() > 1) {
    warnings.emplace_back(
        "the runs preprocess their data differently, so that their errors are in different units; "
        "compare the variance explained");
  }
  if (objectives.size() > 1) {
    warnings.emplace_back("the runs have different objectives: their losses are not comparable");
  }
  return warnings;
}

Json comparison_json(const std::vector<RunGroup>& groups) {
  Json json = Json::array();
  for (const RunGroup& group : groups) {
    const ComparedRun& first = *group.runs.front();
    Json runs = Json::array();
    for (const ComparedRun* run : group.runs) {
      runs.push_back({{"run", run->name},
                      {"seed", run->experiment.seed},
                      {"evaluation", run->evaluation.to_json()}});
    }
    json.push_back({{"kind", first.experiment.model.kind},
                    {"latent_dim", first.experiment.model.latent_dim},
                    {"parameters", first.parameters},
                    {"loss", spread_json(group.loss)},
                    {"squared_error", spread_json(group.squared_error)},
                    {"mse", spread_json(group.mse)},
                    {"variance_explained", spread_json(group.variance_explained)},
                    {"pca_mse", spread_json(group.pca_mse)},
                    {"runs", std::move(runs)}});
  }
  return json;
}

std::string comparison_text(const std::vector<RunGroup>& groups) {
  Table table(header());
  for (const RunGroup& group : groups) table.add(line_of_group(group));
  return table.text() + "\nMean ± standard deviation over runs that differ in their seed only.";
}

Page comparison_page(const std::vector<RunGroup>& groups, std::vector<std::string> warnings) {
  Page page;
  page.title = "Comparison of runs";
  PageSection section{
      .title = "Comparison", .paragraphs = {}, .warnings = std::move(warnings), .figures = {}};
  auto& table = section.add<TableFigure>(
      "Runs",
      "Held-out figures; mean ± standard deviation over runs that differ in their seed only. PCA "
      "has as many components as the run has latents.",
      header());
  for (const RunGroup& group : groups) table.add(line_of_group(group));
  add_chart(groups, section);
  page.sections.push_back(std::move(section));
  return page;
}

}  // namespace ae
