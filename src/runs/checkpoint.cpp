#include "runs/checkpoint.h"

#include <fstream>
#include <sstream>

#include "config/writer.h"
#include "core/error.h"
#include "files/atomic_directory.h"
#include "files/atomic_file.h"
#include "files/hash.h"
#include "runs/tensor_file.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

constexpr int kSchemaVersion = 1;
constexpr const char* kModelFile = "model.safetensors";
constexpr const char* kStateFile = "state.safetensors";
constexpr const char* kStateJson = "state.json";

/// The slices of a flat tensor by name, under `prefix`.
void append_slices(const FlatParameters& parameters, const at::Tensor& flat,
                   const std::string& prefix, NamedTensors& out) {
  for (const FlatParameters::Slice& slice : parameters.slices()) {
    out.emplace_back(prefix + slice.name, FlatParameters::view(flat, slice));
  }
}

NamedTensors model_tensors(const FlatParameters& parameters, const LearnerSnapshot& snapshot) {
  NamedTensors tensors;
  append_slices(parameters, snapshot.useful(), "", tensors);
  for (size_t i = 0; i < snapshot.buffers.size(); ++i) {
    tensors.emplace_back(parameters.buffer_names()[i], snapshot.buffers[i]);
  }
  return tensors;
}

NamedTensors state_tensors(const FlatParameters& parameters, const LearnerSnapshot& snapshot) {
  NamedTensors tensors;
  for (const auto& [name, flat] : snapshot.optimizer) {
    append_slices(parameters, flat, "optimizer." + name + ".", tensors);
  }
  if (snapshot.rows_since_active.defined()) {
    tensors.emplace_back("latents.rows_since_active", snapshot.rows_since_active);
  }
  // Where the model's file has the average, training goes on from the weights themselves.
  if (snapshot.average.defined()) append_slices(parameters, snapshot.values, "weights.", tensors);
  return tensors;
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw data_error("{}: missing or not readable", path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Json parse_stored(const std::string& text, const std::string& source) {
  try {
    return parse_json(text, source);
  } catch (const Error& error) {
    throw data_error("{}", error.what());
  }
}

/// A member of an object, null where there is none.
Json member(const Json& json, const char* name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(name);
  return found == json.end() ? Json() : *found;
}

void check_sum(const fs::path& folder, const char* name, const Json& progress) {
  if (member(member(progress, "checksums"), name) != hash_of_file(folder / name)) {
    throw data_error("{}: its checksum is not the one in {}; the file is damaged",
                     (folder / name).string(), kStateJson);
  }
}

}  // namespace

void save_checkpoint(const fs::path& folder, const CheckpointInfo& info,
                     const FlatParameters& parameters, const TrainingSnapshot& snapshot) {
  AtomicDirectory directory(folder);
  const fs::path model = directory.path() / kModelFile;
  const fs::path state = directory.path() / kStateFile;
  write_tensors(model, model_tensors(parameters, snapshot.learner),
                {{"format", "pt"},
                 {"config", options_json(info.experiment).dump()},
                 {"preprocessing", info.preprocessing.to_json().dump()}});
  write_tensors(state, state_tensors(parameters, snapshot.learner), {});
  const Json progress = {
      {"schema_version", kSchemaVersion},
      {"training", snapshot.state.to_json()},
      {"checksums", {{kModelFile, hash_of_file(model)}, {kStateFile, hash_of_file(state)}}}};
  write_text_atomically(directory.path() / kStateJson, progress.dump(2) + "\n");
  directory.commit(/*replace=*/true);
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
  const Json config = parse_stored(metadata.at("config"), source);
  const Json preprocessing = parse_stored(metadata.at("preprocessing"), source);
  try {
    return {experiment_from_json(config, {source, {}, {}}),
            Preprocessing::from_json(preprocessing, source)};
  } catch (const Error& error) {
    throw data_error("{}", error.what());
  }
}

void check_weights(const fs::path& folder) {
  const fs::path path = folder / kStateJson;
  std::error_code ignored;
  if (fs::exists(path, ignored)) {
    check_sum(folder, kModelFile, parse_stored(read_text(path), path.string()));
  }
}

void load_snapshot(const fs::path& folder, const FlatParameters& parameters,
                   TrainingSnapshot& snapshot) {
  const fs::path json_path = folder / kStateJson;
  const Json progress = parse_stored(read_text(json_path), json_path.string());
  const Json version = member(progress, "schema_version");
  if (version != kSchemaVersion) {
    throw data_error("{}: schema_version is {}; expected {}", json_path.string(), brief(version),
                     kSchemaVersion);
  }
  for (const char* name : {kModelFile, kStateFile}) check_sum(folder, name, progress);
  snapshot.state = TrainingState::from_json(member(progress, "training"), json_path.string());
  read_tensors_into(SafetensorsFile::read(folder / kModelFile), folder / kModelFile,
                    model_tensors(parameters, snapshot.learner));
  read_tensors_into(SafetensorsFile::read(folder / kStateFile), folder / kStateFile,
                    state_tensors(parameters, snapshot.learner));
}

}  // namespace ae
