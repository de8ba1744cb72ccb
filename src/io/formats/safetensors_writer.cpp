#include "io/formats/safetensors_writer.h"

#include <nlohmann/json.hpp>
#include <set>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/formats/array_rows.h"

namespace ae {
namespace {

constexpr size_t kHeaderAlignment = 8;

/// JSON string literal of a text; invalid UTF-8 is replaced.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string header_text(const std::filesystem::path& path, std::span<const TensorEntry> tensors,
                        const std::map<std::string, std::string>& metadata) {
  std::string text = "{";
  if (!metadata.empty()) {
    text += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata) text += quoted(key) + ":" + quoted(value) + ",";
    text.back() = '}';
    text += ',';
  }
  std::set<std::string> names = {"__metadata__"};
  uint64_t offset = 0;
  for (const TensorEntry& tensor : tensors) {
    const auto count = element_count(tensor.shape);
    if (!names.insert(tensor.name).second) {
      throw internal_error("{}: two tensors called \"{}\"", path.string(), tensor.name);
    }
    if (!count || *count * safetensors_type_bytes(tensor.type) != tensor.bytes.size()) {
      throw internal_error("{}: tensor \"{}\" has {} bytes, not those of its shape", path.string(),
                           tensor.name, tensor.bytes.size());
    }
    text += fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}},",
                        quoted(tensor.name), safetensors_type_name(tensor.type),
                        fmt::join(tensor.shape, ","), offset, offset + tensor.bytes.size());
    offset += tensor.bytes.size();
  }
  if (text.back() == ',') text.pop_back();
  text += '}';
  // Aligned data can be memory-mapped.
  text.append((kHeaderAlignment - text.size() % kHeaderAlignment) % kHeaderAlignment, ' ');
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::span<const TensorEntry> tensors,
                       const std::map<std::string, std::string>& metadata) {
  const std::string header = header_text(path, tensors, metadata);
  AtomicFile file(path);
  char length[8];
  for (size_t i = 0; i < sizeof(length); ++i) {
    length[i] = static_cast<char>(uint64_t{header.size()} >> (8 * i) & 0xff);
  }
  file.write(length, sizeof(length));
  file.write(header.data(), header.size());
  for (const TensorEntry& tensor : tensors) file.write(tensor.bytes.data(), tensor.bytes.size());
  file.commit();
}

}  // namespace ae
