#include "evaluation/training_curves.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/json.h"
#include "report/metrics_lines.h"
#include "report/page/line_chart.h"

namespace ae {
namespace {

/// What a metric means, and its unit.
struct Meaning {
  std::string_view metric;
  std::string_view unit;
  std::string_view sentence;
};

constexpr Meaning kMeanings[] = {
    {"loss", "",
     "The training objective. A validation curve that rises while the training curve "
     "falls shows overfitting."},
    {"reconstruction", "", "The reconstruction term of the loss."},
    {"reconstruction_clean", "", "The reconstruction loss from inputs without corruption."},
    {"kl", "nats",
     "Divergence of the posterior from the prior: the information that a code holds "
     "of its row. Near 0, the decoder ignores the code."},
    {"active_units", "units",
     "Latents whose posterior mean varies over the rows (variance above "
     "0.01); the others hold nothing."},
    {"sparsity", "", "The sparsity penalty of the loss."},
    {"l0", "latents", "Latents that are not 0 in a row, mean over rows."},
    {"density", "share", "Share of latents that are not 0 in a row."},
    {"dead", "share", "Share of latents that were 0 on every row of the epoch."},
    {"variance_explained", "share", "1 less the squared error over the variance of the rows."},
    {"mse", "", "Mean squared error of a value."},
    {"learning_rate", "", "Learning rate of the epoch's last update."},
    {"samples_per_second", "rows/s", "Speed of training, without validation."}};

Meaning meaning_of(const std::string& metric) {
  const auto* found =
      std::ranges::find_if(kMeanings, [&](const Meaning& each) { return each.metric == metric; });
  return found != std::end(kMeanings) ? *found : Meaning{metric, "", "A term of the loss."};
}

/// "active_units" as "active units".
std::string title_of(std::string metric) {
  std::ranges::replace(metric, '_', ' ');
  return metric;
}

struct Curve {
  std::vector<double> epochs;
  std::vector<double> values;
};

/// Curves by metric, in the order of their first occurrence, and by split.
class Curves {
 public:
  void add(const Json& line) {
    const std::string split = line.value("split", "");
    const auto epoch = line["epoch"].get<double>();
    for (const auto& [metric, value] : line.items()) {
      // The squared error is the mse times the number of values.
      constexpr std::string_view kNotDrawn[] = {"step", "epoch", "seconds", "squared_error"};
      if (!value.is_number() || std::ranges::find(kNotDrawn, metric) != std::end(kNotDrawn)) {
        continue;
      }
      Curve& curve = of(metric)[split];
      curve.epochs.push_back(epoch);
      curve.values.push_back(value.get<double>());
    }
  }
  using BySplit = std::map<std::string, Curve>;
  const std::vector<std::pair<std::string, BySplit>>& metrics() const { return metrics_; }

 private:
  BySplit& of(const std::string& metric) {
    const auto found =
        std::ranges::find_if(metrics_, [&](const auto& each) { return each.first == metric; });
    if (found != metrics_.end()) return found->second;
    return metrics_.emplace_back(metric, BySplit()).second;
  }

  std::vector<std::pair<std::string, BySplit>> metrics_;
};

bool is_equal(const Curves::BySplit& a, const Curves::BySplit& b) {
  return std::ranges::equal(a, b, [](const auto& one, const auto& other) {
    return one.first == other.first && one.second.values == other.second.values;
  });
}

/// A logarithmic axis shows losses that fall by orders of magnitude.
Scale scale_of(const Curves::BySplit& curves) {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (const auto& [split, curve] : curves) {
    for (const double value : curve.values) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  return low > 0 && high > 20 * low ? Scale::log : Scale::linear;
}

}  // namespace

PageSection training_curves(const std::filesystem::path& metrics, std::optional<int64_t> step) {
  Curves curves;
  std::optional<double> marked;
  for_each_metrics_line(metrics, [&](const Json& line) {
    curves.add(line);
    if (step && member(line, "step") == *step) marked = line["epoch"].get<double>();
  });
  PageSection section{.title = "Training", .paragraphs = {}, .warnings = {}, .figures = {}};
  std::vector<const Curves::BySplit*> drawn;
  for (const auto& [metric, by_split] : curves.metrics()) {
    const bool repeated =
        std::ranges::any_of(drawn, [&](const auto* other) { return is_equal(*other, by_split); });
    if (repeated) continue;
    drawn.push_back(&by_split);
    const Meaning meaning = meaning_of(metric);
    auto& chart = section.add<LineChart>(
        title_of(metric), std::string(meaning.sentence), AxisOptions{"epoch"},
        AxisOptions{std::string(meaning.unit), scale_of(by_split)});
    for (const char* split : {"train", "validation", "test"}) {
      const auto found = by_split.find(split);
      if (found == by_split.end()) continue;
      chart.add(split, found->second.epochs, found->second.values);
    }
    if (metric == "loss" && marked) chart.add_reference(*marked, "best epoch");
  }
  return section;
}

}  // namespace ae
