#include "runs/inspect.h"

#include <fstream>

#include "core/error.h"
#include "core/text.h"
#include "files/safetensors.h"
#include "report/table.h"
#include "runs/manifest.h"
#include "runs/run_paths.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

Json tensors_json(const SafetensorsFile& file) {
  Json tensors = Json::array();
  for (const TensorEntry& entry : file.tensors()) {
    tensors.push_back(
        {{"name", entry.name}, {"type", tensor_type_name(entry.type)}, {"shape", entry.shape}});
  }
  return tensors;
}

/// The last line of metrics.jsonl for each split, by split.
Json last_metrics(const fs::path& path) {
  Json last = Json::object();
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.value("split", Json()).is_string()) {
      last[json["split"].get<std::string>()] = json;
    }
  }
  return last;
}

Json parsed_metadata(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) return nullptr;
  return Json::parse(found->second, nullptr, /*allow_exceptions=*/false);
}

std::string one_line(const Json& json, const std::string& skipped) {
  std::string text;
  for (const auto& [key, value] : json.items()) {
    if (key == skipped) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key,
                        value.is_string()         ? value.get<std::string>()
                        : value.is_number_float() ? fmt::format("{:.6g}", value.get<double>())
                                                  : brief(value));
  }
  return text;
}

int64_t elements(const Json& shape) {
  int64_t product = 1;
  for (const Json& size : shape) product *= size.get<int64_t>();
  return product;
}

}  // namespace

Json inspect(const fs::path& path) {
  Json out = {{"path", path.string()}};
  const bool file_itself = path.extension() == ".safetensors";
  const fs::path checkpoint = file_itself ? path.parent_path() : find_checkpoint(path);
  const fs::path model = file_itself ? path : checkpoint / "model.safetensors";
  const SafetensorsFile file = SafetensorsFile::read_header(model);
  out["checkpoint"] = fs::weakly_canonical(model).string();
  out["config"] = parsed_metadata(file, "config");
  out["preprocessing"] = parsed_metadata(file, "preprocessing");
  out["tensors"] = tensors_json(file);
  const RunPaths run = run_of_checkpoint(checkpoint);
  std::error_code ignored;
  if (fs::exists(run.manifest(), ignored)) {
    out["manifest"] = read_manifest(run.root);
    out["metrics"] = last_metrics(run.metrics());
  }
  return out;
}

std::string inspection_text(const Json& inspection) {
  std::string text = inspection["checkpoint"].get<std::string>() + "\n";
  if (const Json& config = inspection["config"]; config.is_object()) {
    text += "\nconfig:\n" + config.dump(2) + "\n";
  }
  if (const Json& data = inspection["preprocessing"]; data.is_object()) {
    text += "\npreprocessing: " + one_line(data, "columns") + "\n";
  }
  if (inspection.contains("manifest")) {
    const Json& manifest = inspection["manifest"];
    text += fmt::format("\nstarted {}; {}\nversions: {}\n",
                        manifest.value("started", "at an unknown time"),
                        manifest.value("device", "unknown device"),
                        one_line(manifest.value("versions", Json::object()), ""));
    for (const auto& [split, metrics] : inspection["metrics"].items()) {
      text += fmt::format("{}: {}\n", split, one_line(metrics, "split"));
    }
  }
  Table table({"tensor", "type", "shape", "values"});
  int64_t total = 0;
  for (const Json& tensor : inspection["tensors"]) {
    const int64_t count = elements(tensor["shape"]);
    total += count;
    table.add({tensor["name"].get<std::string>(), tensor["type"].get<std::string>(),
               shape_text(tensor["shape"].get<std::vector<int64_t>>()), grouped(count)});
  }
  table.add({"total", "", "", grouped(total)});
  return text + "\n" + table.text();
}

}  // namespace ae
