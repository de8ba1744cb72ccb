#include "runs/resumption.h"

#include <algorithm>
#include <vector>

#include "checkpoints/checkpoint_schema.h"
#include "config/reference.h"
#include "config/writer.h"
#include "core/error.h"
#include "core/text.h"
#include "run_directory/manifest.h"

namespace ae {
namespace {

/// Returns true for options that may differ in a resumed run, as they do not change its results up
/// to the same step. Data are compared by content, not by path.
bool may_change(const std::string& path) {
  static const std::vector<std::string> kPaths = resumable_paths(Experiment());
  return std::any_of(kPaths.begin(), kPaths.end(), [&](const std::string& allowed) {
    return path == allowed || path.starts_with(allowed + ".");
  });
}

/// Describes the first option in which two resolved configs differ; "" if they are equal.
std::string first_difference(const Json& a, const Json& b, const std::string& path) {
  if (a == b || may_change(path)) return "";
  if (!a.is_object() || !b.is_object()) {
    return fmt::format("{} was {} and is now {}", path, brief(a), brief(b));
  }
  for (const Json* side : {&a, &b}) {
    for (const auto& [key, value] : side->items()) {
      const std::string found =
          first_difference(member(a, key), member(b, key), path.empty() ? key : path + "." + key);
      if (!found.empty()) return found;
    }
  }
  return "";
}

void check_data(const RunPaths& run, const char* split, const RowSet& set) {
  const auto changed = [&](const char* what) {
    return data_error("{}: {} changed since the run in {} started; start over with --overwrite",
                      set.data->path.string(), what, run.root.string());
  };
  if (recorded_fingerprint(run.root, split) != set.data->fingerprint) throw changed("has");
  // Runs of earlier versions did not record it.
  const Json labels = member(read_manifest(run.root), "data", split, "labels_fingerprint");
  if (labels.is_string() && labels != labels_fingerprint(set)) throw changed("its labels have");
}

/// Appends a description of each environment variable that differs.
void compare_environments(const Json& was, const Json& is, std::vector<std::string>& changes) {
  const auto value_in = [](const Json& environment, const std::string& name) {
    const Json value = member(environment, name);
    return value.is_null() ? "not set" : brief(value);
  };
  for (const auto& [name, value] : was.items()) {
    const std::string before = value_in(was, name);
    const std::string now = value_in(is, name);
    if (before != now) changes.push_back(fmt::format("{} was {} and is {}", name, before, now));
  }
  for (const auto& [name, value] : is.items()) {
    if (was.contains(name)) continue;
    changes.push_back(fmt::format("{} was not set and is {}", name, brief(value)));
  }
}

}  // namespace

void check_resumable(const RunPaths& run, const Experiment& saved, const Experiment& now,
                     const Splits& splits) {
  const std::string difference =
      first_difference(stored_config(options_json(saved)), stored_config(options_json(now)), "");
  if (!difference.empty()) {
    throw usage_error(
        "{}: cannot be resumed with another experiment: {}; restore it, or start over with "
        "--overwrite",
        run.root.string(), difference);
  }
  check_data(run, "train", splits.train);
  if (splits.validation) check_data(run, "validation", *splits.validation);
  if (splits.test) check_data(run, "test", *splits.test);
}

std::string record_resumption(const RunPaths& run, const TrainingState& state, c10::Device device) {
  Json manifest = read_manifest(run.root);
  Json entry = execution_environment(device);
  std::vector<std::string> changes;
  const auto compare = [&](const std::string& name, const Json& was, const Json& is) {
    // Runs of earlier versions did not record all of it.
    if (was.is_string() && was != is) {
      changes.push_back(
          fmt::format("{} was {} and is {}", name, was.get<std::string>(), is.get<std::string>()));
    }
  };
  for (const char* name : {"device", "processor"}) {
    compare(name, member(manifest, name), entry.at(name));
  }
  for (const auto& [name, version] : entry.at("versions").items()) {
    compare(name, member(manifest, "versions", name), version);
  }
  // Runs of earlier versions did not record the environment either.
  if (const Json was = member(manifest, "environment"); was.is_object()) {
    compare_environments(was, entry.at("environment"), changes);
  }
  std::string differs = join(changes, "; ");
  if (!differs.empty()) differs += "; the last bits of results may differ";
  entry["epoch"] = state.epoch;
  entry["step"] = state.step;
  entry["note"] = differs.empty() ? Json() : Json(differs);
  Json& list = manifest["resumed"];
  if (!list.is_array()) list = Json::array();
  list.push_back(entry);
  write_manifest(run.root, manifest);
  return differs;
}

}  // namespace ae
