#include "fuzz/stored_run.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>

#include "checkpoints/checkpoint_schema.h"
#include "fuzz/json_edits.h"
#include "fuzz/target.h"
#include "io/hash.h"
#include "run_directory/run_paths.h"
#include "temp_dir.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMetadataKey = "__metadata__";
/// Enough for any tensor of the small models, and little beside a reader's own memory.
constexpr uint64_t kMaxTensorBytes = uint64_t{1} << 20;

void write_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  out.close();
  if (!out) report("no room for " + path.string());
}

void write_json(const fs::path& path, const Json& json) {
  write_bytes(path, file_text(json.dump(2) + "\n"));
}

Json read_lines(const fs::path& path) {
  std::istringstream text(bytes_of(path));
  Json lines = Json::array();
  for (std::string line; std::getline(text, line);) lines.push_back(Json::parse(line));
  return lines;
}

void write_lines(const fs::path& path, const Json& lines) {
  if (!lines.is_array()) return write_json(path, lines);
  std::string text;
  for (const Json& line : lines) text += line.dump() + "\n";
  write_bytes(path, file_text(text));
}

/// Size of a tensor in bytes, computed with wrap-around on overflow.
uint64_t wrapped_bytes(const Json& tensor) {
  uint64_t bytes = dtype_bytes(tensor);
  for (const Json& size : member(tensor, "shape")) {
    bytes *= size.is_number_integer() ? size.get<uint64_t>() : 1;
  }
  return bytes;
}

/// Writes the state with recomputed checksums of the files beside it.
void write_sealed(const fs::path& checkpoint, Json state) {
  for (const char* name : {kModelFile, kStateFile}) {
    if (member(member(state, "checksums"), name).is_null()) continue;
    state["checksums"][name] = hash_of_file(checkpoint / name);
  }
  state.erase("checksum");  // write_progress() adds it
  write_progress(checkpoint / kProgressFile, state);
  // Content that this changes is refused before the checksum is compared.
  write_bytes(checkpoint / kProgressFile, file_text(bytes_of(checkpoint / kProgressFile)));
}

}  // namespace

TensorFile TensorFile::read(const fs::path& path) {
  const std::string bytes = bytes_of(path);
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  TensorFile file;
  file.table = Json::parse(bytes.substr(sizeof(length), length));
  file.metadata = member(file.table, kMetadataKey);
  file.table.erase(kMetadataKey);
  file.data = bytes.substr(sizeof(length) + length);
  return file;
}

void TensorFile::write(const fs::path& path) const {
  Json header = table;
  if (table.is_object() && !metadata.is_null()) {
    header = {{kMetadataKey, metadata}};
    header.update(table);
  }
  const std::string text = file_text(header.dump());
  const uint64_t length = text.size();
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  write_bytes(path, bytes + text + data);
}

void TensorFile::repack() {
  std::string packed;
  for (auto& [name, tensor] : table.items()) {
    const ByteRange range = range_in(tensor, data);
    std::string bytes = data.substr(range.begin, range.size);
    const uint64_t wanted = wrapped_bytes(tensor);
    if (!tensor.is_object() || dtype_bytes(tensor) == 0 || wanted > kMaxTensorBytes) {
      continue;
    }
    bytes.resize(wanted, '\0');
    tensor["data_offsets"] = {packed.size(), packed.size() + bytes.size()};
    packed += bytes;
  }
  data = packed;
}

size_t dtype_bytes(const Json& tensor) {
  const Json type = member(tensor, "dtype");
  for (const auto& [name, bytes] : {std::pair{"F32", 4}, {"F64", 8}, {"I64", 8}, {"BOOL", 1}}) {
    if (type == name) return static_cast<size_t>(bytes);
  }
  return 0;
}

ByteRange range_in(const Json& tensor, const std::string& data) {
  const Json offsets = member(tensor, "data_offsets");
  if (!offsets.is_array() || offsets.size() != 2) return {};
  if (!offsets[0].is_number_integer() || !offsets[1].is_number_integer()) return {};
  const auto begin = offsets[0].get<uint64_t>();
  const auto end = offsets[1].get<uint64_t>();
  if (begin > end || end > data.size()) return {};
  return {begin, end - begin};
}

StoredRun StoredRun::read(const fs::path& run, const std::string& step) {
  const RunPaths paths{run};
  const fs::path checkpoint = paths.checkpoints() / step;
  const auto json = [](const fs::path& path) { return Json::parse(bytes_of(path)); };
  return {.state = json(checkpoint / kProgressFile),
          .model = TensorFile::read(checkpoint / kModelFile),
          .optimizer = TensorFile::read(checkpoint / kStateFile),
          .config = json(paths.config()),
          .manifest = json(paths.manifest()),
          .metrics = read_lines(paths.metrics())};
}

void StoredRun::write(const fs::path& run, const std::string& step, const StoredRun& original,
                      bool seal) const {
  const RunPaths paths{run};
  const fs::path checkpoint = paths.checkpoints() / step;
  const bool same_model = model == original.model;
  const bool same_optimizer = optimizer == original.optimizer;
  if (!same_model) model.write(checkpoint / kModelFile);
  if (!same_optimizer) optimizer.write(checkpoint / kStateFile);
  if (seal && state.is_object()) {
    if (!same_model || !same_optimizer || state != original.state) write_sealed(checkpoint, state);
  } else if (state != original.state) {
    write_json(checkpoint / kProgressFile, state);
  }
  if (config != original.config) write_json(paths.config(), config);
  if (manifest != original.manifest) write_json(paths.manifest(), manifest);
  if (metrics != original.metrics) write_lines(paths.metrics(), metrics);
}

}  // namespace ae
