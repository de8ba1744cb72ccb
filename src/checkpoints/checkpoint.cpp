#include "checkpoints/checkpoint.h"

#include "checkpoints/checkpoint_schema.h"
#include "checkpoints/retention.h"
#include "checkpoints/tensor_file.h"
#include "config/stored_json.h"
#include "config/writer.h"
#include "core/error.h"
#include "io/atomic_directory.h"
#include "io/formats/safetensors_file.h"
#include "io/free_space.h"
#include "io/hash.h"
#include "io/path_kind.h"
#include "run_directory/run_contents.h"
#include "run_directory/run_paths.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

/// Appends named views of a flat tensor's slices, with `prefix` before each name.
void append_slices(const FlatParameters& parameters, const at::Tensor& flat,
                   const std::string& prefix, NamedTensors& out) {
  for (const FlatParameters::Slice& slice : parameters.slices()) {
    out.emplace_back(prefix + slice.name, FlatParameters::view(flat, slice));
  }
}

NamedTensors model_tensors(const FlatParameters& parameters, const EngineSnapshot& snapshot) {
  NamedTensors tensors;
  append_slices(parameters, snapshot.evaluation_weights(), "", tensors);
  for (size_t i = 0; i < snapshot.buffers.size(); ++i) {
    tensors.emplace_back(parameters.buffer_names()[i], snapshot.buffers[i]);
  }
  return tensors;
}

NamedTensors state_tensors(const FlatParameters& parameters, const EngineSnapshot& snapshot) {
  NamedTensors tensors;
  for (const auto& [name, flat] : snapshot.optimizer) {
    append_slices(parameters, flat, "optimizer." + name + ".", tensors);
  }
  if (snapshot.rows_since_active.defined()) {
    tensors.emplace_back("latents.rows_since_active", snapshot.rows_since_active);
  }
  // The model's file has the averaged weights; training continues from the raw ones.
  if (snapshot.average.defined()) append_slices(parameters, snapshot.values, "weights.", tensors);
  return tensors;
}

uint64_t bytes_of(const NamedTensors& tensors) {
  uint64_t bytes = 0;
  for (const auto& [name, tensor] : tensors) bytes += tensor.nbytes();
  return bytes;
}

void check_sum(const fs::path& folder, const char* name, const Json& progress) {
  if (member(progress, "checksums", name) != hash_of_file(folder / name)) {
    throw data_error("{}: does not match its checksum in {}; the file is damaged",
                     (folder / name).string(), kProgressFile);
  }
}

/// Refuses a checkpoint folder that has the name of another update than the recorded one.
void check_step(const fs::path& folder, const Json& progress) {
  const fs::path name = (folder / "").parent_path().filename();
  const std::optional<int64_t> step = step_of_name(name);
  const Json recorded = member(progress, "training", "step");
  if (!step || !recorded.is_number_integer() || recorded == *step) return;
  throw data_error(
      "{}: is of update {} by its {}, so the folder was renamed; give it the name {} again",
      folder.string(), brief(recorded), kProgressFile, checkpoint_name(recorded.get<int64_t>()));
}

/// True for averages of squared gradients, by the name of a tensor of an optimizer's state.
bool is_of_squares(const std::string& name) {
  return name.find("_sq.") != std::string::npos || name.find(".square_avg.") != std::string::npos;
}

/// Refuses an optimizer's state from which the next update would not be finite. Squares may have
/// overflowed, which makes updates 0.
void check_state(const fs::path& path, const NamedTensors& tensors) {
  NamedTensors others;
  for (const auto& [name, tensor] : tensors) {
    if (!is_of_squares(name)) {
      others.emplace_back(name, tensor);
    } else if (!tensor.ge(0).all().item<bool>()) {
      throw data_error(
          "{}: {} holds negative squares or NaN; expected values from 0; choose another checkpoint",
          path.string(), name);
    }
  }
  check_finite(path, others);
}

}  // namespace

void save_checkpoint(const fs::path& folder, const CheckpointInfo& info,
                     const FlatParameters& parameters, const TrainingSnapshot& snapshot) {
  constexpr uint64_t kHeaderBytes = 1 << 16;  // names, config and state.json, approximately
  const NamedTensors model_file = model_tensors(parameters, snapshot.engine);
  const NamedTensors state_file = state_tensors(parameters, snapshot.engine);
  check_free_space(folder.parent_path(),
                   bytes_of(model_file) + bytes_of(state_file) + kHeaderBytes);
  AtomicDirectory directory(folder);
  const fs::path model = directory.path() / kModelFile;
  const fs::path state = directory.path() / kStateFile;
  write_tensors(model, model_file,
                {{"format", "pt"},
                 {"schema_version", std::to_string(kCheckpointSchema)},
                 {"config", stored_config(options_json(info.experiment)).dump()},
                 {"preprocessing", info.preprocessing.to_json().dump()}});
  write_tensors(state, state_file, {});
  write_progress(
      directory.path() / kProgressFile,
      {{"training", snapshot.state.to_json()},
       {"checksums", {{kModelFile, hash_of_file(model)}, {kStateFile, hash_of_file(state)}}}});
  directory.commit_replacing([&](const fs::path& old) {
    discard_run_files(old, fs::path("checkpoints") / folder.filename(), folder);
  });
}

CheckpointInfo read_checkpoint_info(const fs::path& folder) {
  const fs::path path = folder / kModelFile;
  const SafetensorsFile file = SafetensorsFile::read_header(path);
  const auto& metadata = file.metadata();
  for (const char* key : {"config", "preprocessing"}) {
    if (!metadata.contains(key)) {
      throw data_error("{}: has no \"{}\" in its metadata, so it was not written by ae-train",
                       path.string(), key);
    }
  }
  const std::string source = path.string();
  const auto version = metadata.find("schema_version");
  const Json config = readable_config(
      parse_stored_json(metadata.at("config"), source),
      version == metadata.end() ? Json(1) : parse_stored_json(version->second, source), source);
  const Json preprocessing = parse_stored_json(metadata.at("preprocessing"), source);
  try {
    return {stored_experiment(config, {source, {}, {}}),
            Preprocessing::from_json(preprocessing, source)};
  } catch (const Error& error) {
    throw data_error("{}", error.what());
  }
}

bool verify_weights(const fs::path& folder) {
  const fs::path path = folder / kProgressFile;
  if (path_kind(path) == PathKind::absent) return false;
  const Progress progress = read_progress(path);
  check_step(folder, progress.json);
  check_sum(folder, kModelFile, progress.json);
  return progress.verified;
}

bool verify_checkpoint(const fs::path& folder) {
  const bool verified = verify_weights(folder);
  const bool has_both = path_kind(folder / kProgressFile) != PathKind::absent &&
                        path_kind(folder / kStateFile) != PathKind::absent;
  if (has_both) check_sum(folder, kStateFile, read_progress(folder / kProgressFile).json);
  return verified;
}

bool check_weights(const fs::path& folder, Unverified unverified) {
  const bool verified = verify_weights(folder);
  if (verified || unverified == Unverified::use) return verified;
  throw data_error(
      "{}: cannot be verified: {} beside it is missing or has no checksum; restore it, or use the "
      "weights as they are with --unverified",
      (folder / kModelFile).string(), kProgressFile);
}

std::string unverified_text(const fs::path& folder) {
  return (folder / kModelFile).string() + ": cannot be verified and may be damaged";
}

void check_sizes(const fs::path& folder, const FlatParameters& parameters,
                 const EngineSnapshot& layout) {
  check_file_size(folder / kModelFile, model_tensors(parameters, layout));
  check_file_size(folder / kStateFile, state_tensors(parameters, layout));
}

void load_snapshot(const fs::path& folder, const FlatParameters& parameters,
                   TrainingSnapshot& snapshot, Unverified unverified) {
  const NamedTensors model = model_tensors(parameters, snapshot.engine);
  const NamedTensors state = state_tensors(parameters, snapshot.engine);
  check_sizes(folder, parameters, snapshot.engine);
  check_weights(folder, unverified);
  const fs::path json_path = folder / kProgressFile;
  const Json progress = read_progress(json_path).json;
  check_sum(folder, kStateFile, progress);
  snapshot.state = TrainingState::from_json(member(progress, "training"), json_path.string());
  read_tensors_into(folder / kModelFile, model);
  check_finite(folder / kModelFile, model);
  read_tensors_into(folder / kStateFile, state);
  check_state(folder / kStateFile, state);
}

}  // namespace ae
