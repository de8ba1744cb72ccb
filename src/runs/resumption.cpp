#include "runs/resumption.h"

#include <algorithm>
#include <vector>

#include "checkpoints/checkpoint_schema.h"
#include "config/differences.h"
#include "config/reference.h"
#include "config/writer.h"
#include "core/error.h"
#include "core/text.h"
#include "run_directory/manifest.h"

namespace ae {
namespace {

/// Options that may differ in a resumed run, as they do not change its results up to the same step.
/// Data are compared by content, not by path.
const std::vector<std::string>& changeable() {
  static const std::vector<std::string> kPaths = resumable_paths(Experiment());
  return kPaths;
}

bool may_change(const std::string& path) {
  return std::ranges::any_of(changeable(), [&](const std::string& allowed) {
    return path == allowed || path.starts_with(allowed + ".");
  });
}

void check_data(const RunPaths& run, const char* split, const RowSet& set) {
  const auto changed = [&](const char* what) {
    return data_error(
        "{0}: {1} changed since the run in {2} started; start over with --overwrite, or start a "
        "new "
        "run from its weights with --set model.initial_weights={2} and another name or --run-dir",
        set.data->path.string(), what, run.root.string());
  };
  if (recorded_fingerprint(run.root, split) != set.data->fingerprint) throw changed("has");
  // Runs of earlier versions did not record these.
  const Json target = member(read_manifest(run.root), "data", split, "target_fingerprint");
  const std::string now = set.data->target ? set.data->target->fingerprint : "";
  if (target.is_string() && target != now) throw changed("its target has");
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
  const std::vector<std::string> changed = differences(
      stored_config(options_json(saved)), stored_config(options_json(now)), "", may_change);
  if (!changed.empty()) {
    throw usage_error(
        "{0}: cannot be resumed with another experiment: {1}; --resume may change only {2}: "
        "restore it, start over with --overwrite, or start a new run from these weights with "
        "--set model.initial_weights={0} and another name or --run-dir",
        run.root.string(), joined_briefly(changed, 4), join(changeable()));
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
