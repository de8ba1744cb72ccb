#include "fuzz/run_edits.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "fuzz/edit_source.h"
#include "fuzz/json_edits.h"

namespace ae {
namespace {

constexpr int kMaxEdits = 16;

enum Document : uint8_t {
  kState,           // 0
  kConfigOfModel,   // 1
  kPreprocessing,   // 2
  kMetadata,        // 3
  kModelTable,      // 4
  kOptimizerTable,  // 5
  kConfig,          // 6
  kManifest,        // 7
  kMetrics,         // 8
  kModelBytes,      // 9
  kOptimizerBytes,  // 10
  kFolders,         // 11
  kDocuments,
};

/// Bit patterns to overwrite an element with, by its size in bytes.
struct ElementBits {
  uint32_t of_4;
  uint64_t of_8;
};
constexpr std::array<ElementBits, 8> kElementBits = {{
    {0x7fc00000, 0x7ff8000000000000},  // 0 NaN
    {0x7f800000, 0x7ff0000000000000},  // 1 infinity
    {0xff800000, 0xfff0000000000000},  // 2 -infinity
    {0x7f7fffff, 0x7fefffffffffffff},  // 3 largest finite number
    {0xff7fffff, 0xffefffffffffffff},  // 4 its negative
    {0x00000001, 0x0000000000000001},  // 5 smallest subnormal
    {0, 0},                            // 6
    {0xffffffff, 0xffffffffffffffff},  // 7 NaN; -1 as an integer
}};
constexpr uint16_t kAllElements = 0xffff;

/// Parses a string value as JSON; null if it is not valid.
Json parsed(const Json& text) {
  if (!text.is_string()) return nullptr;
  Json json = Json::parse(text.get_ref<const std::string&>(), nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? Json() : json;
}

/// Edits JSON stored as a string in the metadata.
void edit_text(Json& metadata, const char* key, EditSource& source) {
  const Json text = member(metadata, key);
  Json document = parsed(text);
  const bool is_json = !document.is_null();
  edit_json(document, source);
  if (is_json) metadata[key] = document.dump();
}

void put_element(char* element, size_t size, uint8_t value) {
  if (value >= kElementBits.size()) {
    const size_t bit = value % (8 * size);
    element[bit / 8] = static_cast<char>(element[bit / 8] ^ (1 << bit % 8));
    return;
  }
  // Little-endian, like the format and this machine.
  const ElementBits& chosen = kElementBits[value];
  const uint64_t bits = size == sizeof(uint64_t) ? chosen.of_8 : chosen.of_4;
  std::copy_n(reinterpret_cast<const char*>(&bits), size, element);
}

void edit_bytes(TensorFile& file, EditSource& source) {
  const uint8_t number = source.byte();
  const uint16_t place = source.number();
  const uint8_t value = source.byte();
  if (!file.table.is_object() || file.table.empty()) return;
  const Json& tensor = std::next(file.table.begin(), number % file.table.size()).value();
  const ByteRange range = range_in(tensor, file.data);
  const size_t size = dtype_bytes(tensor);
  if (size == 0 || range.size < size) return;
  const size_t count = range.size / size;
  const bool all = place == kAllElements;
  const size_t first = all ? 0 : place % count;
  for (size_t i = first; i < (all ? count : first + 1); ++i) {
    put_element(file.data.data() + range.begin + i * size, size, value);
  }
}

void edit(StoredRun& content, std::vector<FolderEdit>& folders, EditSource& source) {
  switch (static_cast<Document>(source.byte() % kDocuments)) {
    case kState:
      return edit_json(content.state, source);
    case kConfigOfModel:
      return edit_text(content.model.metadata, "config", source);
    case kPreprocessing:
      return edit_text(content.model.metadata, "preprocessing", source);
    case kMetadata:
      return edit_json(content.model.metadata, source);
    case kModelTable:
      return edit_json(content.model.table, source);
    case kOptimizerTable:
      return edit_json(content.optimizer.table, source);
    case kConfig:
      return edit_json(content.config, source);
    case kManifest:
      return edit_json(content.manifest, source);
    case kMetrics:
      return edit_json(content.metrics, source);
    case kModelBytes:
      return edit_bytes(content.model, source);
    case kOptimizerBytes:
      return edit_bytes(content.optimizer, source);
    case kFolders: {
      const uint8_t entry = source.byte();
      const uint8_t action = source.byte();
      folders.push_back({entry, action, source.byte()});
      return;
    }
    case kDocuments:
      return;
  }
}

/// Replaces the run's config.json by the config stored in its model.
void take_stored_config(StoredRun& content) {
  Json config = parsed(member(content.model.metadata, "config"));
  if (!config.is_object()) return;
  config["name"] = "run";
  content.config = std::move(config);
}

}  // namespace

RunEdits::RunEdits(std::string_view input) {
  EditSource source(input);
  base_ = source.byte();
  flags_ = source.byte();
  edits_ = input.substr(std::min<size_t>(input.size(), 2));
}

std::vector<FolderEdit> RunEdits::apply(StoredRun& content) const {
  std::vector<FolderEdit> folders;
  EditSource source(edits_);
  for (int i = 0; i < kMaxEdits && !source.is_empty(); ++i) edit(content, folders, source);
  if (has(RunFlag::repack_tensors)) {
    content.model.repack();
    content.optimizer.repack();
  }
  if (has(RunFlag::stored_config)) take_stored_config(content);
  return folders;
}

}  // namespace ae
