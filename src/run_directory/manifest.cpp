#include "run_directory/manifest.h"

#include <array>
#include <chrono>
#include <cstdlib>

#include "config/stored_json.h"
#include "core/error.h"
#include "engine/device.h"
#include "io/atomic_file.h"
#include "io/hash.h"
#include "io/path_kind.h"
#include "io/temporary_name.h"
#include "run_directory/build_info.h"
#include "run_directory/run_paths.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "ae-run/1";

/// Environment variables that change how a library computes, and so the last bits of results.
constexpr std::array kNumericVariables = {"ATEN_CPU_CAPABILITY",
                                          "CUBLAS_WORKSPACE_CONFIG",
                                          "DNNL_MAX_CPU_ISA",
                                          "MKL_CBWR",
                                          "MKL_DEBUG_CPU_TYPE",
                                          "MKL_DYNAMIC",
                                          "MKL_ENABLE_INSTRUCTIONS",
                                          "NVIDIA_TF32_OVERRIDE",
                                          "OMP_DYNAMIC",
                                          "ONEDNN_DEFAULT_FPMATH_MODE",
                                          "ONEDNN_MAX_CPU_ISA",
                                          "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE"};

Json numeric_environment() {
  Json set = Json::object();
  for (const char* name : kNumericVariables) {
    if (const char* value = std::getenv(name)) set[name] = value;
  }
  return set;
}

std::string new_id() {
  return fmt::format("{:016x}{:016x}", system_random_bits(), system_random_bits());
}

std::string now_utc() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

Json describe(const RowSet& set) {
  return {{"path", fs::absolute(set.data->path).lexically_normal().string()},
          {"rows", set.count()},
          {"rows_in_file", set.data->count()},
          {"shape", set.data->info.shape},
          {"labels", set.has_labels()},
          {"labels_fingerprint", labels_fingerprint(set)},
          {"target_fingerprint", set.data->target ? set.data->target->fingerprint : ""},
          {"fingerprint", set.data->fingerprint}};
}

Error damaged(const fs::path& run_root, const std::string& path, const Json& got,
              const std::string& wanted) {
  return data_error("{}: {} is {}; expected {}; restore the file, or start over with --overwrite",
                    RunPaths{run_root}.manifest().string(), path, brief(got), wanted);
}

}  // namespace

Json make_manifest(const Experiment& experiment, const Splits& splits,
                   const DataLocations& locations, c10::Device device,
                   const std::vector<std::string>& command_line) {
  Json data = {{"train", describe(splits.train)}};
  if (splits.validation) data["validation"] = describe(*splits.validation);
  if (splits.test) data["test"] = describe(*splits.test);
  Json folders = Json::array();
  for (const fs::path& folder : locations.folders) {
    folders.push_back(fs::absolute(folder).lexically_normal().string());
  }
  Json manifest = {{"format", kFormat}, {"id", new_id()}, {"name", experiment.name}};
  manifest.update(execution_environment(device));
  manifest["started"] = manifest["time"];
  manifest.erase("time");
  manifest.update({{"seed", experiment.seed},
                   {"command_line", command_line},
                   {"data_folders", folders},
                   {"data", data}});
  return manifest;
}

Json execution_environment(c10::Device device) {
  return {{"time", now_utc()},
          {"versions", build_info()},
          {"device", device_text(device)},
          {"processor", processor_name()},
          {"threads", threads()},
          {"environment", numeric_environment()}};
}

std::string labels_fingerprint(const RowSet& set) {
  if (!set.has_labels()) return "";
  Hasher hasher;
  const auto add = [&](const Labels& labels) {
    hasher.update(labels.values.data(), labels.values.size() * sizeof(labels.values[0]));
    for (const std::string& name : labels.names) hasher.update(name.c_str(), name.size() + 1);
  };
  add(set.data->labels);
  for (const NamedLabels& further : set.data->further_labels) add(further.labels);
  return hasher.hex();
}

void write_manifest(const fs::path& run_root, const Json& manifest) {
  // Paths and arguments may be any bytes; JSON is UTF-8.
  write_text_atomically(RunPaths{run_root}.manifest(),
                        manifest.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void mark_finished(const fs::path& run_root, int64_t epoch, int64_t step) {
  Json manifest = read_manifest(run_root);
  manifest["finished"] = {{"time", now_utc()}, {"epoch", epoch}, {"step", step}};
  write_manifest(run_root, manifest);
}

bool is_run(const fs::path& folder) {
  const fs::path path = RunPaths{folder}.manifest();
  if (path_kind(path) == PathKind::absent) return false;
  const Json manifest = read_stored_json(path);
  if (member(manifest, "format") == kFormat) return member(manifest, "id").is_string();
  // Early versions wrote no "format".
  return member(manifest, "started").is_string() && member(manifest, "versions").is_object() &&
         member(manifest, "command_line").is_array() && member(manifest, "threads").is_number() &&
         member(manifest, "data", "train", "fingerprint").is_string();
}

Json read_manifest(const fs::path& run_root) {
  const fs::path path = RunPaths{run_root}.manifest();
  if (path_kind(path) == PathKind::absent) {
    throw data_error("{}: missing; expected a run directory of ae-train", path.string());
  }
  Json json = read_stored_json(path);
  if (!json.is_object()) throw data_error("{}: is not a JSON object", path.string());
  return json;
}

int64_t recorded_threads(const fs::path& run_root) {
  const Json threads = member(read_manifest(run_root), "threads");
  if (!threads.is_number_integer() || threads < 1 || threads > kMaxThreads) {
    throw damaged(run_root, "threads", threads,
                  fmt::format("a whole number from 1 to {}", kMaxThreads));
  }
  return threads.get<int64_t>();
}

std::string recorded_fingerprint(const fs::path& run_root, const std::string& split) {
  const Json fingerprint = member(read_manifest(run_root), "data", split, "fingerprint");
  if (!fingerprint.is_string()) {
    throw damaged(run_root, "data." + split + ".fingerprint", fingerprint, "a string");
  }
  return fingerprint.get<std::string>();
}

DataLocations recorded_locations(const Json& manifest) {
  DataLocations locations;
  const auto folders = manifest.find("data_folders");
  if (folders == manifest.end() || !folders->is_array()) return locations;
  for (const Json& folder : *folders) {
    if (folder.is_string()) locations.folders.emplace_back(folder.get<std::string>());
  }
  return locations;
}

}  // namespace ae
