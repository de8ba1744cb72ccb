#include "runs/initial_weights.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "checkpoints/checkpoint_schema.h"
#include "checkpoints/weight_transfer.h"
#include "config/differences.h"
#include "config/writer.h"
#include "core/error.h"
#include "core/text.h"
#include "io/hash.h"
#include "io/path_kind.h"
#include "run_directory/run_paths.h"

namespace ae {

namespace fs = std::filesystem;

namespace {

/// Options of the model that do not change what given weights compute.
constexpr std::array<std::string_view, 10> kOfTraining = {
    "kind",       "initialization",    "freeze",
    "tied",       "initial_weights",   "decoder_from_encoder",
    "latent_dim", "unit_norm_decoder", "output_bias_from_data",
    "sparsity"};

/// Parts of the preprocessing that describe the training file rather than the model's input.
constexpr std::array<std::string_view, 9> kOfFile = {
    "range",          "element", "file_shape",  "channels_last", "columns",
    "column_numbers", "header",  "label_names", "classes"};

/// @param names   members of the object that is compared
/// @param prefix  of their paths
template <class Names>
auto is_one_of(const Names& names, std::string_view prefix = "") {
  return [&names, prefix](const std::string& path) {
    const bool within = path.starts_with(prefix);
    return within &&
           std::ranges::find(names, std::string_view(path).substr(prefix.size())) != names.end();
  };
}

/// The names of `a` that `b` lacks, quoted; the first few.
std::string missing_in(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> missing;
  for (const std::string& name : a) {
    if (std::ranges::find(b, name) == b.end()) missing.push_back(brief(Json(name)));
  }
  return missing.empty() ? "none" : joined_briefly(missing, 5);
}

/// Refuses data of other columns than those of the weights.
void check_columns(const fs::path& source, const Preprocessing& was, const Preprocessing& is) {
  if (was.width() != is.width()) {
    throw usage_error(
        "model.initial_weights: {} was trained on rows of {} values, data.train has rows of {}; "
        "select the columns that it had",
        source.string(), was.width(), is.width());
  }
  if (was.columns == is.columns || was.columns.empty() || is.columns.empty()) return;
  const std::string lacking = missing_in(was.columns, is.columns);
  const std::string added = missing_in(is.columns, was.columns);
  throw usage_error(
      "model.initial_weights: {} was trained on other columns than data.train has{}; name and "
      "order the columns as they were there",
      source.string(),
      lacking == "none" && added == "none"
          ? ", in another order"
          : fmt::format(": only there {}; only here {}", lacking, added));
}

/// Says how data and model differ where weights fit but mean something else.
void compare_meaning(const fs::path& source, const CheckpointInfo& was, const CheckpointInfo& is,
                     InitialWeights& out) {
  const Preprocessing& before = was.preprocessing;
  const Preprocessing& now = is.preprocessing;
  std::vector<std::string> changed =
      differences(before.to_json(), now.to_json(), "", is_one_of(kOfFile));
  if (before.columns.empty() != now.columns.empty()) {
    changed.push_back(
        fmt::format("columns had {}names there", before.columns.empty() ? "no " : ""));
  }
  if (is.experiment.model.conditional && before.label_names != now.label_names) {
    changed.push_back("the labels' names are others");
  }
  if (!changed.empty()) {
    out.warnings.push_back(fmt::format(
        "model.initial_weights: {} had its data preprocessed otherwise: {}; its weights expect "
        "values as they were there",
        source.string(), joined_briefly(changed)));
  }
  const Json model_before = stored_config(options_json(was.experiment))["model"];
  const Json model_now = stored_config(options_json(is.experiment))["model"];
  changed = differences(model_before, model_now, "model", is_one_of(kOfTraining, "model."));
  const ReconstructionPart& loss_before = was.experiment.objective.reconstruction;
  const ReconstructionPart& loss_now = is.experiment.objective.reconstruction;
  // What the decoder's output means: data, logits of probabilities, or logarithms.
  if (loss_before->has_link() != loss_now->has_link() ||
      (loss_now->has_link() && loss_before->domain().high != loss_now->domain().high)) {
    changed.push_back(fmt::format("objective.reconstruction was \"{}\" and is now \"{}\"",
                                  loss_before.type(), loss_now.type()));
  }
  const auto by_column = [](const CheckpointInfo& info) {
    return member(options_json(info.experiment), "objective", "reconstruction", "by_column");
  };
  if (by_column(was) != by_column(is)) {
    changed.emplace_back("objective.reconstruction.by_column differs");
  }
  if (!changed.empty()) {
    out.warnings.push_back(fmt::format(
        "model.initial_weights: the model of {} computes otherwise with the same weights: {}",
        source.string(), joined_briefly(changed)));
  }
}

void note_reconstruction(const WeightTransfer& transfer, InitialWeights& out) {
  if (!transfer.kept.empty()) {
    out.notes.push_back("model.initial_weights: initialised anew, as they are not there: " +
                        joined_briefly(transfer.kept));
  }
  if (!transfer.unused.empty()) {
    out.notes.push_back("model.initial_weights: of no use to this reconstruction loss: " +
                        joined_briefly(transfer.unused));
  }
}

/// Updates before the checkpoint; null if its state.json is missing.
Json update_of(const fs::path& checkpoint) {
  const fs::path progress = checkpoint / kProgressFile;
  if (path_kind(progress) == PathKind::absent) return nullptr;
  return member(read_progress(progress).json, "training", "step");
}

/// The engine's weights and buffers by name. Buffers of the reconstruction loss are computed from
/// the training rows of this run.
NamedTensors destinations_of(const FlatParameters& parameters, const EngineSnapshot& snapshot) {
  NamedTensors tensors;
  for (const FlatParameters::Slice& slice : parameters.slices()) {
    tensors.emplace_back(slice.name, FlatParameters::view(snapshot.values, slice));
  }
  for (size_t i = 0; i < snapshot.buffers.size(); ++i) {
    const std::string& name = parameters.buffer_names()[i];
    if (!name.starts_with("reconstruction.")) tensors.emplace_back(name, snapshot.buffers[i]);
  }
  return tensors;
}

WeightTransfer load_into(TrainingEngine& engine, const fs::path& checkpoint) {
  EngineSnapshot snapshot = engine.snapshot();
  const WeightTransfer transfer =
      transfer_weights(checkpoint, destinations_of(engine.parameters(), snapshot));
  if (snapshot.average.defined()) snapshot.average.copy_(snapshot.values);
  engine.restore(snapshot);
  if (engine.model().keeps_unit_norm()) {
    engine.model().normalize_dictionary();
    snapshot = engine.snapshot();
    if (snapshot.average.defined()) snapshot.average.copy_(snapshot.values);
    engine.restore(snapshot);
  }
  return transfer;
}

}  // namespace

fs::path find_initial_weights(const std::string& path, const fs::path& config,
                              const fs::path& run_root) {
  std::vector<fs::path> places = {path};
  if (fs::path(path).is_relative() && config.has_parent_path()) {
    places.push_back(config.parent_path() / path);
  }
  std::vector<std::string> searched;
  for (const fs::path& place : places) {
    if (path_kind(place) == PathKind::absent) {
      searched.push_back(place.lexically_normal().string());
      continue;
    }
    const fs::path own = canonical_path(run_root) / "";
    if ((canonical_path(place) / "").native().starts_with(own.native())) {
      throw usage_error(
          "model.initial_weights = {}: lies in {}, the directory of this run; continue it with "
          "--resume, or give the new run another name or --run-dir",
          brief(Json(path)), run_root.string());
    }
    return place;
  }
  throw data_error(
      "model.initial_weights = {}: no such run or checkpoint; looked for {}; expected a run "
      "directory, such as runs/NAME, or a checkpoint in one",
      brief(Json(path)), join(searched, " and "));
}

InitialWeights load_initial_weights(const fs::path& source, const CheckpointInfo& info,
                                    TrainingEngine& engine, Unverified unverified) {
  return CheckpointInUse(source).read([&](const fs::path& checkpoint) {
    InitialWeights out;
    const CheckpointInfo was = read_checkpoint_info(checkpoint);
    check_columns(checkpoint, was.preprocessing, info.preprocessing);
    if (!check_weights(checkpoint, unverified)) out.warnings.push_back(unverified_text(checkpoint));
    const WeightTransfer transfer = load_into(engine, checkpoint);
    const Json step = update_of(checkpoint);
    out.provenance = {{"path", fs::absolute(checkpoint).lexically_normal().string()},
                      {"step", step},
                      {"checksum", hash_of_file(checkpoint / kModelFile)}};
    out.notes.push_back(
        fmt::format("starting from the weights of {}{}, with a new optimiser", checkpoint.string(),
                    step.is_null() ? "" : fmt::format(" (update {})", step.dump())));
    note_reconstruction(transfer, out);
    compare_meaning(checkpoint, was, info, out);
    return out;
  });
}

}  // namespace ae
