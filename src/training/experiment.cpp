#include "training/experiment.h"

#include <cmath>

#include "config/overrides.h"
#include "config/reference.h"
#include "core/error.h"
#include "core/text.h"
#include "core/utf8.h"
#include "io/byte_reader.h"

namespace ae {
namespace {

constexpr size_t kMaxConfigBytes = 16 << 20;
constexpr size_t kMaxNameBytes = 200;
const std::vector<std::string> kNonFinitePolicies = {"stop", "skip", "rollback"};

/// Reads a config file, which may be a pipe.
std::string read_text(const std::filesystem::path& path) {
  try {
    ByteReader reader(path);
    std::string text(kMaxConfigBytes + 1, '\0');
    text.resize(reader.read(text.data(), text.size()));
    if (text.size() <= kMaxConfigBytes) return text;
  } catch (const Error& error) {
    throw usage_error("{}", error.what());
  }
  throw usage_error("{}: longer than the limit for a config, {} bytes", path.string(),
                    kMaxConfigBytes);
}

/// Preset of the config's kind; empty for an unknown kind, which the reader reports.
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

bool is_of_counts(const Json& type) { return type == "poisson" || type == "negative_binomial"; }

/// Defaults for counts, in a new config: they are heavy-tailed or differ in their totals, and the
/// decoder's output is the log of their mean. A stored config says them, or is of a version that
/// had none.
void add_count_defaults(Json& config) {
  const Json reconstruction = member(config, "objective", "reconstruction");
  const Json type = reconstruction.is_object() ? member(reconstruction, "type") : reconstruction;
  const bool of_totals = type == "multinomial";
  const bool of_counts = is_of_counts(type);
  // Columns of counts enter the encoder by a transform of their own.
  const Json by_column = member(reconstruction, "by_column");
  const bool has_counts = std::ranges::any_of(by_column, [](const Json& part) {
    return is_of_counts(part.is_object() ? member(part, "type") : part);
  });
  if (!of_totals && !of_counts && !has_counts) return;
  Json& model = config["model"];
  if (model.is_null()) model = Json::object();
  if (!model.is_object()) return;  // which the reader reports
  if (of_totals || of_counts) model.emplace("input_transform", of_totals ? "unit_norm" : "log1p");
  model.emplace("output_bias_from_data", true);
}

bool is_unbounded(const ReconstructionSpec& loss) {
  const ReconstructionSpec::Domain domain = loss.domain();
  return !std::isfinite(domain.low) && !std::isfinite(domain.high) && !domain.whole;
}

/// True for the name of a folder, without control characters.
bool is_folder_name(const std::string& name) {
  return !name.empty() && name.size() <= kMaxNameBytes && !name.starts_with(".") &&
         name.find_first_of("/\\") == std::string::npos && one_line(name) == name && is_utf8(name);
}

void declare_name(OptionVisitor& visitor, std::string& name) {
  const Json schema = {{"type", "string"},
                       {"maxLength", kMaxNameBytes},
                       {"pattern", R"(^[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*$)"}};
  visitor.resumable().leaf(
      {.name = "name",
       .help = "Name of the run and of its folder, runs/NAME. Default: the config's file "
               "name.",
       .type = {"the name of a folder in UTF-8, of at most 200 bytes, without \"/\" and "
                "not beginning with \".\"",
                schema},
       .value = name,
       .assign = [&name](const Json& json) {
         if (!json.is_string()) return false;
         name = json.get<std::string>();
         return is_folder_name(name);
       }});
}

/// Refuses what compares the encoder's input with the decoder's output.
void check_target(const Experiment& experiment, const std::string& config) {
  if (!experiment.data.train.target.is_given()) return;
  const auto refuse = [&](const char* option) {
    throw usage_error(
        "{}: {} contradicts data.train.target: the decoder gives other values than the encoder "
        "takes; leave it out",
        config, option);
  };
  const CorruptionPart& corruption = experiment.corruption;
  if (corruption.corrupted_weight != 1) refuse("corruption.corrupted_weight");
  if (corruption.clean_weight != 1) refuse("corruption.clean_weight");
  if (experiment.training.resample_dead) refuse("training.resample_dead");
  if (experiment.model.tied) refuse("model.tied");
  if (experiment.model.decoder_from_encoder) refuse("model.decoder_from_encoder");
  if (experiment.model.pre_encoder_bias) refuse("model.pre_encoder_bias");
}

void check(const Experiment& experiment, const std::string& config) {
  check_target(experiment, config);
  experiment.data.check(config);
  check_model(experiment.model, experiment.objective, experiment.corruption, config);
  experiment.optimizer.check(config);
  if (const auto& resampling = experiment.training.resample_dead) {
    resampling->check(experiment.model, config);
  }
}

Experiment experiment_from_json(const Json& json, const ConfigSource& source) {
  Experiment experiment;
  read_options(json, source, experiment);
  const bool says_kl = json.contains("objective") && json["objective"].contains("kl");
  if (experiment.model.latent->has_prior() && !says_kl) experiment.objective.kl.emplace();
  check(experiment, source.name);
  return experiment;
}

}  // namespace

void EarlyStoppingOptions::visit(OptionVisitor& visitor) {
  visitor.option("patience_epochs", patience_epochs, at_least(1),
                 "Epochs without improvement before training stops (patience).");
  visitor.option("min_delta", min_delta, at_least(0),
                 "Minimum decrease of the loss that counts as an improvement.");
}

void EmaOptions::visit(OptionVisitor& visitor) {
  visitor.option(
      "decay", decay, strictly_between(0, 1),
      "Decay: each update sets average = decay * average + (1 - decay) * weights. Limited "
      "to (1 + s) / (10 + s) after s updates, so that the initial weights are soon "
      "forgotten.");
}

void TrainingOptions::visit(OptionVisitor& visitor) {
  visitor.resumable().option("epochs", epochs, between(1, 1e9), "Passes over the training rows.");
  visitor.option("batch_size", batch_size, between(1, 1 << 24),
                 "Rows per mini-batch; the last batch of an epoch may be smaller.");
  visitor.option("accumulate_batches", accumulate_batches, between(1, 1 << 16),
                 "Gradient accumulation: mini-batches per update. Equivalent to an update with a "
                 "batch that many times larger, in the memory of one mini-batch.");
  visitor.group("ema", ema,
                "Exponential moving average (EMA) of the weights, which is then validated, tested "
                "and saved as the model.");
  visitor.resumable().group(
      "early_stopping", early_stopping,
      "Early stopping: ends training when the validation loss (without validation: the "
      "training loss) stops improving.");
  checkpoint_every.declare(visitor.resumable(), "checkpoint_every",
                           "Interval between checkpoints; one is always saved at the end.");
  visitor.resumable().option("keep_last", keep_last, between(1, 1e6),
                             "Number of latest checkpoints to keep; the best one is always kept.");
  Interval::declare_length(visitor.resumable(), "keep_every", keep_every,
                           "Interval between additional checkpoints that are never deleted; null: "
                           "none.");
  dead_after.declare_length(visitor, "dead_after",
                            "Length of training after which a latent that was always 0 counts as "
                            "dead, for the auxiliary loss of \"top_k\" and for resampling.");
  visitor.group(
      "resample_dead", resample_dead,
      "Resampling of dead latents: periodically reinitialises their weights towards badly "
      "reconstructed rows. Needs a linear encoder and decoder.");
  visitor.resumable().option(
      "threads", threads, between(1, kMaxThreads),
      "CPU threads that each batch is divided among; null: one for a small model, "
      "otherwise one per "
      "core. A resumed run keeps its number of threads.");
  visitor.choice("precision", precision, precision_names(),
                 "Precision of training. float64 needs a CPU; tf32 (matrix multiplications with a "
                 "10-bit mantissa) and bf16 (mixed precision: layers in bfloat16; weights, losses "
                 "and updates in float32) need a GPU. The trained model computes in float32.");
  visitor.resumable().choice(
      "on_non_finite", on_non_finite, kNonFinitePolicies,
      "Policy for a NaN or infinite loss or gradient: stop (exit code 4, with the state "
      "before it saved); skip (the update); or rollback (to the end of the last epoch, "
      "with half the learning rate). skip and rollback check each gradient before the "
      "update, at some cost, higher on a GPU.");
  visitor.resumable().option(
      "non_finite_limit", non_finite_limit, between(1, 1e9),
      "Maximum number of skipped updates or rollbacks per run; the next one stops "
      "training.");
  visitor.option("deterministic", deterministic,
                 "GPU only: use only deterministic operations (bit-identical results), which may "
                 "be slower. On "
                 "a CPU all operations are deterministic.");
  visitor.resumable().option(
      "cuda_graphs", cuda_graphs,
      "GPU only: capture the training step as a CUDA graph and replay it; false launches "
      "each operation, which takes several times as long for small layers.");
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
  declare_name(visitor, name);
  visitor.option("seed", seed, between(0, 0x1p53), "Random seed.");
  visitor.group("data", data, "Data files, preprocessing and splits.");
  visitor.part("corruption", corruption,
               "Corruption of the encoder's input (denoising); the target stays clean.");
  visitor.group("model", model, "Autoencoder model.");
  visitor.group("objective", objective, "Loss function.");
  visitor.part("optimizer", optimizer, "Optimiser.");
  visitor.group("training", training,
                "Training loop: epochs, batches, checkpoints, precision and devices.");
  visitor.group("logging", logging,
                "Files about the run for people: TensorBoard, report, pictures.");
}

bool takes_any_numbers(const Experiment& experiment) {
  return is_unbounded(*experiment.objective.reconstruction) &&
         experiment.model.decoder.output_activation.type() == "identity";
}

std::vector<std::string> bounded_columns(const Experiment& experiment) {
  std::vector<std::string> columns;
  const auto& by_column = experiment.objective.reconstruction.by_column;
  if (!by_column) return columns;
  for (const ColumnReconstructionPart& part : *by_column) {
    if (is_unbounded(*part)) continue;
    columns.insert(columns.end(), part.columns.begin(), part.columns.end());
  }
  return columns;
}

UpdateOptions update_options(const Experiment& experiment) {
  const auto& ema = experiment.training.ema;
  return {.clip_norm = experiment.optimizer.clip_norm,
          .ema_decay = ema ? std::optional(ema->decay) : std::nullopt,
          .checks_gradient = experiment.training.on_non_finite != "stop"};
}

Experiment stored_experiment(const Json& json, const ConfigSource& source) {
  Experiment experiment = experiment_from_json(json, source);
  // Earlier versions drew the held-out rows from seed.
  if (!member(json, "data").contains("split_seed")) experiment.data.split_seed = experiment.seed;
  return experiment;
}

Experiment read_experiment(const std::filesystem::path& path,
                           const std::vector<std::string>& settings) {
  ConfigSource source{path.string(), {}, option_paths(Experiment())};
  Json config = parse_json(read_text(path), source.name);
  if (!config.is_object()) throw usage_error("{}: expected a JSON object {{…}}", source.name);
  if (const auto schema = config.find("$schema"); schema != config.end()) {  // for editors
    if (!schema->is_string()) {
      throw usage_error("{}: $schema = {}; expected a string, the path or URL of the schema",
                        source.name, brief(*schema));
    }
    config.erase(schema);
  }
  source.overridden = apply_overrides(config, settings);
  if (!config.contains("name")) config["name"] = path.stem().string();
  return experiment_of_config(config, source);
}

Experiment experiment_of_config(const Json& config, const ConfigSource& source) {
  Json complete = layered(preset_of(config), config);
  add_count_defaults(complete);
  return experiment_from_json(complete, source);
}

}  // namespace ae
