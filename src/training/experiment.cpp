#include "training/experiment.h"

#include <cmath>

#include "config/overrides.h"
#include "config/reference.h"
#include "core/error.h"
#include "core/text.h"
#include "io/byte_reader.h"
#include "io/utf8.h"

namespace ae {
namespace {

constexpr size_t kMaxConfigBytes = 16 << 20;
const std::vector<std::string> kNonFinitePolicies = {"stop", "skip", "rollback"};

/// The text of a config, which may come from a pipe.
std::string read_text(const std::filesystem::path& path) {
  try {
    ByteReader reader(path);
    std::string text(kMaxConfigBytes + 1, '\0');
    text.resize(reader.read(text.data(), text.size()));
    if (text.size() <= kMaxConfigBytes) return text;
  } catch (const Error& error) {
    throw usage_error("{}", error.what());
  }
  throw usage_error("{}: longer than a config can be, {} bytes", path.string(), kMaxConfigBytes);
}

/// The preset of the kind that the config names, or nothing: an unknown kind is the reader's to
/// report.
Json preset_of(const Json& config) {
  const auto model = config.find("model");
  if (model == config.end() || !model->is_object()) return Json::object();
  const auto kind = model->find("kind");
  if (kind == model->end() || !kind->is_string()) return Json::object();
  for (const ModelKind& known : model_kinds()) {
    if (*kind == known.name) return parse_json(known.preset, known.name);
  }
  return Json::object();
}

void check(const Experiment& experiment, const std::string& config) {
  const std::string& name = experiment.name;
  const bool plain = name.find_first_of("/\\") == std::string::npos && !name.starts_with(".") &&
                     one_line(name) == name && is_utf8(name);  // no control characters
  if (!plain || name.empty() || name.size() > 200) {
    throw usage_error(
        "{}: name = {}; expected the name of a folder in UTF-8, without \"/\" and not beginning "
        "with "
        "\".\"",
        config, brief(Json(name)));
  }
  experiment.data.check(config);
  check_model(experiment.model, experiment.objective, experiment.corruption, config);
  experiment.optimizer.check(config);
  if (const auto& resampling = experiment.training.resample_dead) {
    resampling->check(experiment.model, config);
  }
}

}  // namespace

void EarlyStoppingOptions::visit(OptionVisitor& visitor) {
  visitor.option("patience_epochs", patience_epochs, at_least(1),
                 "Epochs without improvement after which training ends.");
  visitor.option("min_delta", min_delta, at_least(0),
                 "Smallest fall of the loss that counts as an improvement.");
}

void EmaOptions::visit(OptionVisitor& visitor) {
  visitor.option("decay", decay, strictly_between(0, 1),
                 "Share of the average that an update leaves as it is. After s updates it is at "
                 "most (1 + s) / (10 + s), so that the average soon forgets the first weights.");
}

void TrainingOptions::visit(OptionVisitor& visitor) {
  visitor.option("epochs", epochs, between(1, 1e9), "Passes over the training rows.");
  visitor.option("batch_size", batch_size, between(1, 1 << 24),
                 "Rows in one pass through the model; what is left at the end of an epoch makes a "
                 "smaller batch.");
  visitor.option("accumulate_batches", accumulate_batches, between(1, 1 << 16),
                 "Batches in one update, by the mean loss of all their rows: an update as of a "
                 "batch so many times larger, in the memory of one.");
  visitor.group("ema", ema,
                "Keeps an exponential moving average of the weights: what is validated, tested and "
                "saved for use.");
  visitor.group("early_stopping", early_stopping,
                "Ends training when the validation loss (without validation: the training loss) "
                "no longer falls.");
  checkpoint_every.declare(visitor, "checkpoint_every",
                           "How often to save a checkpoint; one is always saved at the end.");
  visitor.option("keep_last", keep_last, between(1, 1e6),
                 "How many of the last checkpoints stay; the best one always does.");
  Interval::declare_length(visitor, "keep_every", keep_every,
                           "Beside these, how often to save a checkpoint that stays for good; null "
                           "for never.");
  dead_after.declare_length(visitor, "dead_after",
                            "A latent that has been 0 for so long counts as dead: the auxiliary "
                            "loss of \"top_k\" and resampling take it up.");
  visitor.group("resample_dead", resample_dead,
                "Gives dead latents new weights now and then: towards rows that are reconstructed "
                "badly. For linear encoders and decoders.");
  visitor.option(
      "threads", threads, between(1, kMaxThreads),
      "Threads that share each batch on a CPU; null takes one for a small model, else one for each "
      "core. A resumed run takes as many as it began with.");
  visitor.choice("precision", precision, precision_names(),
                 "What training computes in. float64 is for the CPU; tf32 (products with 10 bits "
                 "of mantissa) and bf16 (layers in bfloat16; weights, losses and updates in "
                 "float32) are for GPUs. The trained model computes in float32.");
  visitor.choice("on_non_finite", on_non_finite, kNonFinitePolicies,
                 "What to do where a loss or a gradient is NaN or infinite: stop with exit code 4, "
                 "the state before it saved; skip that update; or roll back to the end of the last "
                 "epoch and go on with half the learning rate. The last two look at each gradient "
                 "before it is used, at some cost, on a GPU more.");
  visitor.option("non_finite_limit", non_finite_limit, between(1, 1e9),
                 "So many skipped updates or rollbacks in a run are borne; at the next it stops.");
  visitor.option(
      "deterministic", deterministic,
      "On a GPU: only operations that give the same bits each time, which may be slower. "
      "On a CPU all are.");
  visitor.option("cuda_graphs", cuda_graphs,
                 "On a GPU: record a step once and launch it whole; false runs it operation by "
                 "operation, which takes several times as long where layers are small.");
}

TrainingLength TrainingOptions::length(int64_t rows) const {
  return {(rows + rows_per_update() - 1) / rows_per_update(), epochs};
}

int64_t TrainingOptions::dead_after_rows(int64_t rows) const {
  const int64_t per_epoch = length(rows).updates_per_epoch;
  const double passes =
      static_cast<double>(dead_after.updates(per_epoch)) / static_cast<double>(per_epoch);
  constexpr double kMax = 0x1p62;
  return std::llround(std::min(passes * static_cast<double>(rows), kMax));
}

void Experiment::visit(OptionVisitor& visitor) {
  visitor.option("name", name,
                 "Name of the run and its folder, runs/NAME; the config's file name unless given.");
  visitor.option("seed", seed, between(0, 0x1p53), "What every random draw follows from.");
  visitor.group("data", data, "What is read, and how it becomes the model's input.");
  visitor.part("corruption", corruption,
               "What is done to the encoder's input; the target stays clean.");
  visitor.group("model", model, "The autoencoder.");
  visitor.group("objective", objective, "The loss.");
  visitor.part("optimizer", optimizer, "How gradients change the weights.");
  visitor.group("training", training, "How long, in what chunks.");
}

UpdateOptions update_options(const Experiment& experiment) {
  const auto& ema = experiment.training.ema;
  return {.clip_norm = experiment.optimizer.clip_norm,
          .ema_decay = ema ? std::optional(ema->decay) : std::nullopt,
          .checks_gradient = experiment.training.on_non_finite != "stop"};
}

Experiment experiment_from_json(const Json& json, const ConfigSource& source) {
  Experiment experiment;
  read_options(json, source, experiment);
  const bool says_kl = json.contains("objective") && json["objective"].contains("kl");
  if (experiment.model.latent->has_prior() && !says_kl) experiment.objective.kl.emplace();
  check(experiment, source.name);
  return experiment;
}

Experiment read_experiment(const std::filesystem::path& path,
                           const std::vector<std::string>& settings) {
  ConfigSource source{path.string(), {}, option_paths(Experiment())};
  Json config = parse_json(read_text(path), source.name);
  if (!config.is_object()) throw usage_error("{}: expected a JSON object {{…}}", source.name);
  config.erase("$schema");  // for editors
  source.overridden = apply_overrides(config, settings);
  if (!config.contains("name")) config["name"] = path.stem().string();
  return experiment_from_json(layered(preset_of(config), config), source);
}

}  // namespace ae
