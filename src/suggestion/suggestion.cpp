#include "suggestion/suggestion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "config/commented_json.h"
#include "config/differences.h"
#include "config/overrides.h"
#include "core/error.h"
#include "core/text.h"
#include "data/location.h"
#include "data/splits.h"
#include "io/formats/labels.h"
#include "suggestion/column_roles.h"
#include "suggestion/data_figures.h"
#include "training/experiment.h"

namespace ae {
namespace {

constexpr double kNearlyAll = 0.98;  // of the variance; the rest may be noise

/// Parts of a config, in the order in which they are written.
class Suggestion {
 public:
  Suggestion(std::string file, const DataLocations& locations, std::string goal)
      : file_(std::move(file)), locations_(locations), goal_(std::move(goal)) {
    if (const auto sample = sample_table(locations_.find(file_))) {
      roles_ = column_roles(*sample);
      if (roles_->data_columns == 0) {
        throw data_error("{}: none of its columns can be data: {}", file_, reasons());
      }
    }
    load();
    choose();
  }

  std::string text() const {
    CommentedJson config;
    config.add("name", name());
    add_data(config.object("data"));
    add_corruption(config);
    add_model(config.object("model"));
    add_objective(config);
    Json optimizer = {{"type", "adam"},
                      {"learning_rate", is_picture() || is_restrained() ? 0.001 : 0.004}};
    if (!is_restrained()) optimizer["schedule"] = {{"type", "cosine"}};
    config.add("optimizer", optimizer);
    add_training(config.object("training"));
    experiment_of_config(config.json(), {"suggested config", {}, {}});  // checks it
    return fmt::format(
        "// A config for {}, to be trained as it is: ae-train --config FILE. Goal: {}.\n"
        "// {}\n{}\n",
        file_, goal_, overview_, config.text());
  }

 private:
  bool goal_is(const char* goal) const { return goal_ == goal; }
  bool is_picture() const { return figures_.is_image || figures_.is_signal; }
  /// Levels of one scale are divided by the highest, unless columns are to count alike.
  bool has_levels() const { return levels_ > 1 && !goal_is("anomaly"); }
  bool standardizes() const {
    return !is_picture() && !figures_.in_unit_interval() && !has_levels();
  }
  bool in_unit_interval() const { return figures_.in_unit_interval() || has_levels(); }
  bool is_binary() const { return figures_.binary > 0.95 && !roles_; }

  std::string name() const {
    std::string stem = std::filesystem::path(file_).stem().string();
    if (stem.ends_with(".csv")) stem.resize(stem.size() - 4);
    return fmt::format("{}-{}", stem, goal_);
  }

  std::string reasons() const {
    std::vector<std::string> all;
    for (const auto* list : {&roles_->ids, &roles_->excluded}) {
      for (const auto& [name, reason] : *list)
        all.push_back(fmt::format("\"{}\" {}", name, reason));
    }
    return joined_briefly(std::move(all), 4);
  }

  /// The training rows' source: path and roles of columns.
  Json source() const {
    CommentedJson out;
    add_source(out);
    return out.json();
  }

  void add_source(CommentedJson& out) const {
    out.add("path", file_);
    if (!roles_) return;
    if (!roles_->label.empty()) out.add("labels", roles_->label, roles_->label_reason);
    add_columns(out, "ids", roles_->ids);
    add_columns(out, "exclude", roles_->excluded);
    if (!goal_is("anomaly") || roles_->usual.empty()) return;
    const auto number = whole_number(roles_->usual);
    out.add("where", {{roles_->label, number ? Json(*number) : Json(roles_->usual)}},
            fmt::format("the usual rows by \"{}\"; ae-encode --scores is given all of them",
                        roles_->label));
  }

  static void add_columns(CommentedJson& out, const char* key,
                          const std::vector<ColumnRoles::Named>& columns) {
    if (columns.empty()) return;
    Json names = Json::array();
    std::vector<std::string> reasons;
    for (const auto& [name, reason] : columns) {
      names.push_back(name);
      reasons.push_back(fmt::format("\"{}\" {}", name, reason));
    }
    out.add(key, names, joined_briefly(std::move(reasons), 6));
  }

  void load() {
    Json data = {{"train", source()}};
    if (roles_) data["preprocessing"] = {"drop_constant", "standardize"};
    if (roles_ && roles_->has_gaps) data["missing"] = "mask";
    const Experiment experiment = experiment_of_config(
        {{"name", "suggested"}, {"data", data}, {"model", {{"latent_dim", 1}}}}, {file_, {}, {}});
    const Splits splits = load_splits(experiment.data, locations_, {});
    figures_ = figures_of(splits);
    overview_ = overview(splits);
    if (!roles_) return;
    find_levels(splits.columns);
    for (const ColumnSummary& column : splits.columns) {
      const bool is_skewed = column.type == ColumnType::numeric && column.low >= 0 &&
                             column.high > column.mean + 10 * column.spread && column.spread > 0;
      if (is_skewed) skewed_.push_back(column.name);
    }
  }

  /// Columns that are all levels of one scale, such as pixels: whole numbers from 0, of which most
  /// reach about the same highest level.
  void find_levels(const std::vector<ColumnSummary>& columns) {
    constexpr size_t kFewest = 16;
    std::vector<double> highs;
    for (const ColumnSummary& column : columns) {
      if (column.type != ColumnType::numeric || !column.whole || column.low < 0 ||
          column.gaps > 0) {
        return;
      }
      highs.push_back(column.high);
    }
    if (highs.size() < kFewest) return;
    std::ranges::sort(highs);
    if (highs[highs.size() / 2] >= 0.9 * highs.back()) levels_ = highs.back();
  }

  /// What was understood: "344 rows: 4 numeric and 2 categorical columns, 19 missing values".
  std::string overview(const Splits& splits) const {
    const auto shape = splits.preprocessing.file_shape;
    if (!roles_) {
      return fmt::format("{} rows of {}, from {:.4g} to {:.4g}{}.", grouped(figures_.rows),
                         shape_text(shape), figures_.low, figures_.high,
                         figures_.is_image    ? ": images"
                         : figures_.is_signal ? ": signals"
                                              : "");
    }
    std::array<int64_t, 3> types{};
    int64_t gaps = 0;
    for (const ColumnSummary& column : splits.columns) {
      ++types.at(static_cast<size_t>(column.type));
      gaps += column.gaps;
    }
    return fmt::format(
        "{} rows: {} numeric, {} boolean and {} categorical columns, {} missing values.",
        grouped(splits.train.data->count()), types[0], types[1], types[2], grouped(gaps));
  }

  /// Chooses the number of latents, and finds whether few numbers make up the rows.
  void choose() {
    const int64_t features = figures_.features;
    if (figures_.explained.empty()) {
      latents_ = 64;
      return;
    }
    const int64_t most = std::clamp<int64_t>((features + 1) / 2, 1, is_picture() ? 64 : 128);
    latents_ = std::min(figures_.components(0.9), most);
    is_low_rank_ = 2 * figures_.components(kNearlyAll) <= features;
    if (is_low_rank_ && !is_picture()) latents_ = std::min(figures_.components(kNearlyAll), most);
  }

  void add_data(CommentedJson& data) const {
    add_source(data.object("train"));
    if (figures_.rows >= 50) {
      data.object("validation", "tells the best epoch; its scores give thresholds")
          .add("fraction", figures_.rows < 5000 ? 0.2 : 0.1);
    }
    if (roles_ && roles_->has_gaps) {
      data.add("missing", "mask",
               "missing values are left out of the loss, and the encoder is told of them");
    }
    if (has_levels()) {
      data.add("scale", levels_, "columns are levels of one scale, to [0, 1]");
    } else if (standardizes()) {
      Json steps = {"drop_constant"};
      std::string comment = "columns count alike, whatever their units";
      if (!skewed_.empty() && !goal_is("anomaly")) {
        steps.push_back({{"type", "log1p"}, {"columns", skewed_}});
        comment += "; amounts with rare large values by their logarithm";
      }
      steps.push_back("standardize");
      data.add("preprocessing", steps, comment);
    } else if (is_picture() && !figures_.in_unit_interval()) {
      data.add("scale", {figures_.low, figures_.high}, "values to [0, 1]");
    }
  }

  void add_corruption(CommentedJson& config) const {
    if (!goal_is("denoise")) return;
    config.add("corruption", {{"type", "gaussian"}, {"noise_factor", is_picture() ? 0.3 : 0.5}},
               standardizes() ? "noise of half a standard deviation, which the model removes"
                              : "noise on values in [0, 1], which the model removes");
  }

  /// Odd rows among the training rows are not to be learnt: a KL term lets the model follow only
  /// what many columns share.
  bool is_restrained() const {
    return goal_is("anomaly") && !is_low_rank_ && !is_picture() &&
           (!roles_ || roles_->usual.empty());
  }

  /// The latents' principal components explain all but noise.
  bool is_linear() const {
    if (is_restrained() || is_picture() || figures_.explained.empty()) return false;
    return is_low_rank_ && figures_.explained[static_cast<size_t>(latents_ - 1)] >= kNearlyAll;
  }

  /// KL weight for rows of which some are odd. Measured: with 6 to 21 columns 3 to 10 find most of
  /// them, with 64 columns 1 to 2, as what many columns share is then large beside the KL.
  double restraint() const {
    const double weight = 80 / static_cast<double>(figures_.features);
    return std::clamp(std::round(10 * weight) / 10, 1.0, 4.0);
  }

  void add_model(CommentedJson& model) const {
    if (goal_is("features")) return add_dictionary(model);
    if (goal_is("generate") || is_restrained()) model.add("kind", "vae");
    if (goal_is("denoise")) model.add("kind", "denoising");
    if (figures_.is_image && figures_.features > 1024) {
      model.add("encoder",
                {{"type", "conv"}, {"channels", {32, 64, 64}}, {"kernel", 4}, {"stride", 2}},
                "images of this size are best seen by convolutions");
    } else if (is_linear()) {
      model.add("encoder", "linear", "the columns follow linearly from so few numbers");
    } else {
      const Json widths = is_restrained() ? Json{32} : is_picture() ? Json{512, 256} : Json{512};
      model.add(
          "encoder",
          {{"type", "mlp"}, {"hidden", widths}, {"activation", is_restrained() ? "tanh" : "gelu"}});
    }
    if (is_restrained()) {
      model.add("latent_dim", 2, "few, as the odd rows are not to be reconstructed");
    } else {
      model.add("latent_dim", latents_, latent_reason());
    }
  }

  std::string latent_reason() const {
    if (figures_.explained.empty()) return "a start; compare with ae-eval";
    const auto at = static_cast<size_t>(latents_ - 1);
    return fmt::format("as many principal components explain {:.0f} % of the variance",
                       100 * figures_.explained[std::min(at, figures_.explained.size() - 1)]);
  }

  void add_dictionary(CommentedJson& model) const {
    const int64_t latents = std::clamp<int64_t>(4 * figures_.features, 64, 4096);
    const int64_t active = std::clamp<int64_t>(figures_.features / 16, 4, 64);
    model.add("kind", "sparse");
    model.add("encoder", "linear");
    model.add("latent", {{"type", "top_k"}, {"k", active}, {"auxiliary_k", latents / 16}},
              "so many features are active in a row; those that never are learn what is left over");
    model.add("latent_dim", latents,
              "more features than a row has values, of which few are active");
    model.add("decoder_from_encoder", true).add("unit_norm_decoder", true);
    model.add("pre_encoder_bias", true).add("output_bias_from_data", true);
  }

  void add_objective(CommentedJson& config) const {
    if (goal_is("generate")) {
      CommentedJson& objective = config.object("objective");
      if (is_binary() || has_levels() || (figures_.is_image && in_unit_interval())) {
        objective.add("reconstruction", "bernoulli", "values in [0, 1]; samples are drawn from it");
      } else {
        objective.add("reconstruction", {{"type", "gaussian"}, {"variance", "per_feature"}},
                      "the noise of each column is learnt, so that samples vary as the rows do");
      }
      objective.object("kl")
          .add("weight", 1.0)
          .add("warm_up",
               {{"length", fmt::format("{}e", std::min<int64_t>(10, (epochs() + 2) / 3))}},
               "against a posterior that collapses early");
    } else if (is_restrained()) {
      CommentedJson& objective = config.object("objective");
      objective.add("reconstruction", "gaussian");
      objective
          .object("kl",
                  "restrains the model, the more the fewer columns there are, so that it does "
                  "not learn the few odd rows among the training rows")
          .add("weight", restraint());
    } else if (is_binary() && !goal_is("features")) {
      config.object("objective").add("reconstruction", "bce", "values are 0 or 1");
    }
  }

  int64_t batch_size() const {
    return figures_.rows < 20'000 ? 64 : figures_.rows < 200'000 ? 128 : 512;
  }
  int64_t epochs() const {
    const auto rows = static_cast<double>(figures_.rows);
    const double per_epoch = std::ceil(rows / static_cast<double>(batch_size()));
    const double updates = is_restrained() ? 2000 : is_picture() ? 10'000 : 6000;
    return static_cast<int64_t>(std::clamp(std::ceil(updates / per_epoch), 5.0, 400.0));
  }

  void add_training(CommentedJson& training) const {
    training.add("epochs", epochs()).add("batch_size", batch_size());
    if (figures_.rows < 50 || is_restrained()) return;
    training.add("early_stopping", {{"patience_epochs", std::max<int64_t>(5, epochs() / 2)}},
                 "ends when the validation loss has not improved for half of the epochs");
  }

  std::string file_;
  DataLocations locations_;
  std::string goal_;
  std::optional<ColumnRoles> roles_;  // of a text table
  DataFigures figures_;
  std::vector<std::string> skewed_;  // columns of amounts with rare large values
  std::string overview_;
  double levels_ = 0;  // highest of the one scale that all columns share; else 0
  int64_t latents_ = 2;
  bool is_low_rank_ = false;
};

}  // namespace

std::span<const std::string> goal_names() {
  static const std::array<std::string, 5> kNames = {"code", "anomaly", "denoise", "generate",
                                                    "features"};
  return kNames;
}

std::string suggested_config(const std::string& file, const std::string& data_root,
                             const std::string& goal) {
  return Suggestion(file, DataLocations::of(data_root, "."), goal).text();
}

}  // namespace ae
