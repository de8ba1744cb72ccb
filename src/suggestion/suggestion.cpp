#include "suggestion/suggestion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "config/commented_json.h"
#include "core/error.h"
#include "data/location.h"
#include "suggestion/data_suggestion.h"
#include "training/experiment.h"

namespace ae {
namespace {

constexpr double kNearlyAll = 0.98;  // of the variance; the rest may be noise

/// Parts of a config, in the order in which they are written.
class Suggestion {
 public:
  Suggestion(const std::string& file, const DataLocations& locations, const std::string& goal)
      : file_(file), goal_(goal), data_(file, locations, goal), figures_(data_.figures()) {
    choose();
  }

  std::string text() const {
    CommentedJson config;
    config.add("name", name());
    data_.add_to(config.object("data"));
    add_corruption(config);
    add_model(config.object("model"));
    add_objective(config);
    Json optimizer = {{"type", "adam"},
                      {"learning_rate", data_.is_picture() || is_restrained() ? 0.001 : 0.004}};
    if (!is_restrained()) optimizer["schedule"] = {{"type", "cosine"}};
    config.add("optimizer", optimizer);
    add_training(config.object("training"));
    experiment_of_config(config.json(), {"suggested config", {}, {}});  // checks it
    return fmt::format(
        "// A config for {}, to be trained as it is: ae-train --config FILE. Goal: {}.\n"
        "// {}\n{}\n",
        file_, goal_, data_.overview(), config.text());
  }

 private:
  bool goal_is(const char* goal) const { return goal_ == goal; }
  std::string name() const {
    std::string stem = std::filesystem::path(file_).stem().string();
    if (stem.ends_with(".csv")) stem.resize(stem.size() - 4);
    return fmt::format("{}-{}", stem, goal_);
  }

  /// Chooses the number of latents, and finds whether few numbers make up the rows.
  void choose() {
    const int64_t features = figures_.features;
    if (figures_.explained.empty()) {
      latents_ = 64;
      return;
    }
    const int64_t most = std::clamp<int64_t>((features + 1) / 2, 1, data_.is_picture() ? 64 : 128);
    latents_ = std::min(figures_.components(0.9), most);
    is_low_rank_ = 2 * figures_.components(kNearlyAll) <= features;
    if (is_low_rank_ && !data_.is_picture())
      latents_ = std::min(figures_.components(kNearlyAll), most);
  }

  void add_corruption(CommentedJson& config) const {
    if (!goal_is("denoise")) return;
    config.add("corruption",
               {{"type", "gaussian"}, {"noise_factor", data_.is_picture() ? 0.3 : 0.5}},
               data_.standardizes() ? "noise of half a standard deviation, which the model removes"
                                    : "noise on values in [0, 1], which the model removes");
  }

  /// Odd rows among the training rows are not to be learnt: a KL term lets the model follow only
  /// what many columns share.
  bool is_restrained() const {
    return goal_is("anomaly") && !is_low_rank_ && !data_.is_picture() &&
           !data_.trains_on_usual_rows();
  }

  /// The latents' principal components explain all but noise.
  bool is_linear() const {
    if (is_restrained() || data_.is_picture() || figures_.explained.empty()) return false;
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
      const Json widths = is_restrained()      ? Json{32}
                          : data_.is_picture() ? Json{512, 256}
                                               : Json{512};
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
      if (data_.is_binary() || data_.has_levels() ||
          (figures_.is_image && data_.in_unit_interval())) {
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
    } else if (data_.is_binary() && !goal_is("features")) {
      config.object("objective").add("reconstruction", "bce", "values are 0 or 1");
    }
  }

  int64_t batch_size() const {
    return figures_.rows < 20'000 ? 64 : figures_.rows < 200'000 ? 128 : 512;
  }
  int64_t epochs() const {
    const auto rows = static_cast<double>(figures_.rows);
    const double per_epoch = std::ceil(rows / static_cast<double>(batch_size()));
    const double updates = is_restrained() ? 2000 : data_.is_picture() ? 10'000 : 6000;
    return static_cast<int64_t>(std::clamp(std::ceil(updates / per_epoch), 5.0, 400.0));
  }

  void add_training(CommentedJson& training) const {
    training.add("epochs", epochs()).add("batch_size", batch_size());
    if (figures_.rows < 50 || is_restrained()) return;
    training.add("early_stopping", {{"patience_epochs", std::max<int64_t>(5, epochs() / 2)}},
                 "ends when the validation loss has not improved for half of the epochs");
  }

  std::string file_;
  std::string goal_;
  DataSuggestion data_;
  const DataFigures& figures_;
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
