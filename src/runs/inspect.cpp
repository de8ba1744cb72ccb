#include "runs/inspect.h"

#include <algorithm>
#include <limits>

#include "checkpoints/checkpoint.h"
#include "config/stored_json.h"
#include "core/error.h"
#include "core/text.h"
#include "io/formats/array_rows.h"
#include "io/formats/safetensors_file.h"
#include "io/line_reader.h"
#include "io/path_kind.h"
#include "report/table.h"
#include "run_directory/manifest.h"
#include "run_directory/run_paths.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxSplits = 16;

/// Parses untrusted JSON; returns null if it is malformed.
Json parsed(const std::string& text) {
  try {
    return parse_stored_json(text, "");
  } catch (const Error&) {
    return nullptr;
  }
}

Json tensors_json(const SafetensorsFile& file) {
  Json tensors = Json::array();
  for (const TensorEntry& entry : file.tensors()) {
    tensors.push_back({{"name", entry.name},
                       {"type", safetensors_type_name(entry.type)},
                       {"shape", entry.shape}});
  }
  return tensors;
}

/// Step of a checkpoint; the largest if it is not known.
int64_t step_of(const fs::path& checkpoint) {
  const fs::path path = checkpoint / kProgressFile;
  if (path_kind(path) == PathKind::absent) return std::numeric_limits<int64_t>::max();
  const Json step = member(read_stored_json(path), "training", "step");
  return step.is_number_integer() ? step.get<int64_t>() : std::numeric_limits<int64_t>::max();
}

/// Last line of metrics.jsonl of each split up to a step, by the split's name.
Json last_metrics(const fs::path& path, int64_t max_step) {
  Json last = Json::object();
  if (path_kind(path) == PathKind::absent) return last;
  LineReader lines(path);
  for (std::string line; lines.next(line);) {
    const Json json = parsed(line);
    const Json split = member(json, "split");
    // An untrusted file may name a new split in every line.
    if (!split.is_string()) continue;
    const Json step = member(json, "step");
    if (split != "test" && step.is_number_integer() && step.get<int64_t>() > max_step) continue;
    const auto name = split.get<std::string>();
    if (last.size() < kMaxSplits || last.contains(name)) last[name] = json;
  }
  return last;
}

Json parsed_metadata(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) return nullptr;
  return parsed(found->second);
}

/// Text for a terminal, with control characters escaped.
std::string text_of(const Json& json, const char* fallback) {
  return json.is_string() ? one_line(json.get_ref<const std::string&>()) : fallback;
}

std::string members_text(const Json& json, const std::string& skipped) {
  std::string text;
  for (const auto& [key, value] : json.items()) {
    if (key == skipped) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", one_line(key),
                        value.is_string()         ? text_of(value, "")
                        : value.is_number_float() ? fmt::format("{:.6g}", value.get<double>())
                                                  : brief(value));
  }
  return text;
}

/// @param model  a .safetensors file, in a checkpoint's folder or elsewhere
Json inspect_model(const fs::path& model) {
  Json out = Json::object();
  const SafetensorsFile file = SafetensorsFile::read_header(model);
  if (model.filename() == kModelFile) out["verified"] = verify_checkpoint(model.parent_path());
  out["checkpoint"] = canonical_path(model).string();
  out["config"] = parsed_metadata(file, "config");
  out["preprocessing"] = parsed_metadata(file, "preprocessing");
  out["tensors"] = tensors_json(file);
  return out;
}

}  // namespace

Json inspect(const fs::path& path) {
  Json out = {{"path", path.string()}};
  const bool file_itself = path.extension() == ".safetensors";
  if (file_itself) {
    out.update(inspect_model(path));
  } else {
    out.update(CheckpointInUse(path).read(
        [](const fs::path& checkpoint) { return inspect_model(checkpoint / kModelFile); }));
  }
  const fs::path model = out["checkpoint"].get<std::string>();
  const RunPaths run = run_of_checkpoint(model.parent_path());
  if (path_kind(run.manifest()) != PathKind::absent) {
    out["manifest"] = read_manifest(run.root);
    out["metrics"] = last_metrics(run.metrics(), step_of(model.parent_path()));
  }
  return out;
}

std::string inspection_text(const Json& inspection) {
  std::string text = inspection["checkpoint"].get<std::string>() + "\n";
  if (inspection.contains("verified") && !inspection["verified"].get<bool>()) {
    text += "not verified: no checksum in state.json beside it\n";
  }
  if (const Json& config = inspection["config"]; config.is_object()) {
    text += "\nconfig:\n" + config.dump(2) + "\n";
  }
  if (const Json& data = inspection["preprocessing"]; data.is_object()) {
    text += "\npreprocessing: " + members_text(data, "") + "\n";
  }
  if (inspection.contains("manifest")) {
    const Json& manifest = inspection["manifest"];
    text += fmt::format("\nstarted {}; {}\nversions: {}\n",
                        text_of(member(manifest, "started"), "at an unknown time"),
                        text_of(member(manifest, "device"), "unknown device"),
                        members_text(member(manifest, "versions"), ""));
    for (const auto& [split, metrics] : inspection["metrics"].items()) {
      text += fmt::format("{}: {}\n", one_line(split), members_text(metrics, "split"));
    }
  }
  Table table({"tensor", "type", "shape", "values"});
  int64_t total = 0;
  for (const Json& tensor : inspection["tensors"]) {
    const auto shape = tensor["shape"].get<std::vector<int64_t>>();
    const auto count = static_cast<int64_t>(element_count(shape).value());
    total += count;
    table.add({one_line(tensor["name"].get<std::string>()), tensor["type"].get<std::string>(),
               shape_text(shape), grouped(count)});
  }
  table.add({"total", "", "", grouped(total)});
  return text + "\n" + table.text();
}

}  // namespace ae
