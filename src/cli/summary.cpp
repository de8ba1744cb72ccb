#include <spdlog/fmt/fmt.h>

#include "cli/summary.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "core/text.h"
#include "report/table.h"

namespace ae {
namespace {

/// Joins the first few names.
std::string listed(std::vector<std::string> names) {
  constexpr size_t kMaxNames = 5;
  if (names.size() > kMaxNames) {
    const size_t all = names.size();
    names.resize(kMaxNames);
    names.push_back(fmt::format("… {} in total", all));
  }
  return one_line(join(names));
}

std::string latents_text(const Json& latents) {
  if (latents.contains("kl")) {
    constexpr size_t kMaxLatents = 10;
    auto kl = latents["kl"].get<std::vector<double>>();
    const size_t width = kl.size();
    std::sort(kl.begin(), kl.end(), std::greater<>());
    kl.resize(std::min(width, kMaxLatents));
    std::vector<std::string> largest;
    for (const double nats : kl) largest.push_back(fmt::format("{:.3g}", nats));
    return fmt::format(
        "\nactive units {} of {} (variance of the posterior mean above 0.01); KL per latent, "
        "largest first: {}{}",
        latents["active_units"].get<int64_t>(), width, join(largest),
        width > kMaxLatents ? ", …" : "");
  }
  if (!latents.contains("density")) return "";
  const auto density = latents["density"].get<std::vector<double>>();
  const auto width = static_cast<double>(density.size());
  return fmt::format("\nactive latents per row {:.4g} of {}; never active on these rows {:.2f} %",
                     std::accumulate(density.begin(), density.end(), 0.0), width,
                     100 * latents["never_active"].get<double>());
}

}  // namespace

Json layers_json(const Autoencoder& model) {
  Json layers = Json::array();
  for (const LayerSummary& layer : model.describe()) {
    layers.push_back({{"name", layer.name},
                      {"kind", layer.kind},
                      {"output", layer.output},
                      {"parameters", layer.parameters}});
  }
  return layers;
}

std::string layers_text(const Autoencoder& model) {
  Table table({"layer", "kind", "output", "parameters"});
  int64_t total = 0;
  for (const LayerSummary& layer : model.describe()) {
    table.add({layer.name, layer.kind, shape_text(layer.output), grouped(layer.parameters)});
    total += layer.parameters;
  }
  table.add({"total", "", "", grouped(total)});
  return table.text();
}

std::string profile_text(const Profile& profile, const std::string& plan) {
  const double step = profile.seconds / static_cast<double>(profile.steps);
  Table table({"phase", "fraction", "time per step"});
  for (const auto& [name, fraction] : profile.phase_fractions) {
    table.add({name, fmt::format("{:.1f} %", 100 * fraction),
               fmt::format("{:.4g} µs", 1e6 * fraction * step)});
  }
  table.add({"total", "", fmt::format("{:.4g} µs", 1e6 * step)});
  return fmt::format(
      "{}\n{} steps, {:.4g} samples/s\n\n{}\n{:.4g} MFLOP of matrix multiplications per sample, "
      "zeros included: {:.4g} GFLOP/s, {:.1f} % of the {:.4g} GFLOP/s measured on this device with "
      "large matrices",
      plan, grouped(profile.steps), profile.samples_per_second(), table.text(),
      profile.operations_per_sample / 1e6, profile.operations_per_second / 1e9,
      100 * profile.operations_per_second / profile.limit_per_second,
      profile.limit_per_second / 1e9);
}

Json profile_json(const Profile& profile, const std::string& plan) {
  Json fractions = Json::object();
  for (const auto& [name, fraction] : profile.phase_fractions) fractions[name] = fraction;
  return {{"plan", plan},
          {"threads", profile.threads},
          {"steps", profile.steps},
          {"seconds", profile.seconds},
          {"samples_per_second", profile.samples_per_second()},
          {"shares", fractions},
          {"flop_per_sample", profile.operations_per_sample},
          {"flop_per_second", profile.operations_per_second},
          {"product_limit_flop_per_second", profile.limit_per_second}};
}

std::string result_text(const Json& result) {
  std::string text;
  if (!result["completed"].get<bool>()) {
    return fmt::format("stopped after {} steps; continue with --resume: {}",
                       grouped(result["steps"].get<int64_t>()), result["run"].get<std::string>());
  }
  if (result.contains("best")) {
    const Json& best = result["best"];
    text += fmt::format("best epoch {} of {}, {} loss {:.6g}", best["epoch"].get<int64_t>(),
                        result["epochs"].get<int64_t>(),
                        best["split"] == "validation" ? "validation" : "training",
                        best["loss"].get<double>());
  }
  if (result.contains("test")) {
    text += fmt::format("; test loss {:.6g}, mse {:.6g}", result["test"]["loss"].get<double>(),
                        result["test"]["mse"].get<double>());
  }
  return fmt::format("{}; {}; results in {}", text, duration_text(result["seconds"].get<double>()),
                     result["run"].get<std::string>());
}

std::string evaluation_text(const Evaluation& evaluation, const std::string& model) {
  std::string text =
      fmt::format("{}: {} rows of {} values ({})\n", evaluation.split, grouped(evaluation.rows),
                  grouped(evaluation.features), evaluation.path);
  for (const auto& [name, value] : evaluation.terms) {
    text += fmt::format("{}{} {:.6g}", name == "loss" ? "objective: " : ", ", name, value);
    // Only models with input corruption have this term.
    if (name == "reconstruction_clean") text += " (other terms from corrupted rows)";
  }
  const Json json = evaluation.to_json();
  text += latents_text(json["latents"]);
  Table table({"reconstruction", "squared error", "mse", "variance explained"});
  const auto add = [&](const std::string& name, const Json& figures) {
    const Json explained = figures.value("variance_explained", Json());
    table.add({name, fmt::format("{:.6g}", figures["squared_error"].get<double>()),
               fmt::format("{:.6g}", figures["mse"].get<double>()),
               explained.is_null() ? "" : fmt::format("{:.2f} %", 100 * explained.get<double>())});
  };
  add(model, json["model"]);
  add(fmt::format("PCA, {} components", evaluation.pca_components), json["pca"]);
  add("mean of the training rows", json["mean_predictor"]);
  return text + "\n\n" + table.text() +
         "\nSquared error: sum over features, mean over rows, in scaled units.";
}

std::string probe_text(const Probe& probe) {
  std::string text = fmt::format("{} classes; probes trained on {} rows, evaluated on {} rows",
                                 probe.classes, grouped(probe.training_rows), grouped(probe.rows));
  if (probe.unseen_rows > 0) {
    text += fmt::format(", of which {} have labels that no training row has ({})",
                        grouped(probe.unseen_rows), listed(probe.unseen));
  }
  const auto percent = [](double fraction) { return fmt::format("{:.2f} %", 100 * fraction); };
  Table table({"probe", "error", "accuracy", "training accuracy", "C"});
  for (const ProbeResult& result : probe.results) {
    const bool regression = result.classifier == "logistic_regression";
    const std::string classifier = regression
                                       ? "logistic regression"
                                       : fmt::format("{} nearest neighbour{}", probe.neighbours,
                                                     probe.neighbours == 1 ? "" : "s");
    table.add({fmt::format("{}, {} {}", classifier, result.width, result.title),
               percent(result.evaluated.error()), percent(result.evaluated.accuracy()),
               percent(result.training.accuracy()),
               regression ? fmt::format("{:g}", result.c) : ""});
  }
  return text + "\n\n" + table.text() + "\nTraining accuracy of nearest neighbours: leave-one-out.";
}

}  // namespace ae
