#include "checkpoints/checkpoint_schema.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "config/stored_json.h"
#include "core/error.h"
#include "io/atomic_file.h"
#include "io/hash.h"
#include "io/regular_file.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

constexpr const char* kChecksum = "checksum";
/// Placeholder in the checksum's place while it is computed.
const std::string kNoChecksum(32, '0');

/// Conversion from one schema to the next.
struct Migration {
  void (*progress)(Json&);  ///< converts state.json
  void (*config)(Json&);    ///< converts "config" in the weights' metadata
};

/// Schema 2 adds a checksum of state.json itself, and drops name and folders from the config.
constexpr Migration kFrom1To2 = {[](Json& /*progress*/) {},
                                 [](Json& config) { config = stored_config(std::move(config)); }};

constexpr std::array kMigrations = {kFrom1To2};
static_assert(kMigrations.size() == kCheckpointSchema - 1);

/// @return  index of the first migration to apply: 0 from schema 1; kMigrations.size() if none is
size_t first_migration(const Json& version, const std::string& source) {
  if (version.is_number_integer() && version >= 1 && version <= kCheckpointSchema) {
    return version.get<size_t>() - 1;
  }
  throw data_error(
      "{}: schema_version is {}; expected 1 to {}; a newer one needs a newer version of these "
      "programs",
      source, brief(version), kCheckpointSchema);
}

std::string hash_of_text(const std::string& text) {
  Hasher hasher;
  hasher.update(text.data(), text.size());
  return hasher.hex();
}

/// Returns true if the text matches the checksum that it contains.
bool matches_checksum(std::string text, const Json& checksum) {
  if (!checksum.is_string() || checksum.get<std::string>().size() != kNoChecksum.size()) {
    return false;
  }
  const auto given = checksum.get<std::string>();
  const size_t at = text.find(given);
  if (at == std::string::npos) return false;
  return hash_of_text(text.replace(at, given.size(), kNoChecksum)) == given;
}

/// Shortens a path option, or a list of paths, to its file name.
void drop_folders(Json& options, const char* name) {
  const auto found = options.find(name);
  if (found == options.end()) return;
  const auto drop = [](Json& value) {
    if (!value.is_string()) return;
    auto path = value.get<std::string>();
    while (path.ends_with('/')) path.pop_back();
    value = path.substr(path.find_last_of('/') + 1);
  };
  if (found->is_array() && std::string_view(name) == "labels") std::ranges::for_each(*found, drop);
  drop(*found);
}

}  // namespace

void write_progress(const fs::path& path, const Json& progress) {
  Json whole = {{"schema_version", kCheckpointSchema}, {kChecksum, kNoChecksum}};
  whole.update(progress);
  std::string text = whole.dump(2) + "\n";
  text.replace(text.find(kNoChecksum), kNoChecksum.size(), hash_of_text(text));
  write_text_atomically(path, text);
}

Progress read_progress(const fs::path& path) {
  const std::string text = read_regular_file(path, kMaxStoredBytes);
  Progress progress{parse_stored_json(text, path.string())};
  const Json version = member(progress.json, "schema_version");
  const Json checksum = member(progress.json, kChecksum);
  size_t next = first_migration(version, path.string());
  progress.verified = !checksum.is_null() || version != 1;
  if (progress.verified && !matches_checksum(text, checksum)) {
    throw data_error("{}: does not match its own checksum; the file is damaged", path.string());
  }
  for (; next < kMigrations.size(); ++next) kMigrations[next].progress(progress.json);
  return progress;
}

Json stored_config(Json config) {
  if (!config.is_object()) return config;
  config.erase("name");
  if (const auto model = config.find("model"); model != config.end() && model->is_object()) {
    drop_folders(*model, "initial_weights");
  }
  const auto data = config.find("data");
  if (data == config.end() || !data->is_object()) return config;
  for (auto& [split, options] : data->items()) {
    if (!options.is_object()) continue;
    drop_folders(options, "path");
    drop_folders(options, "target");
    drop_folders(options, "labels");
  }
  return config;
}

Json readable_config(Json config, const Json& version, const std::string& source) {
  size_t next = first_migration(version, source);
  for (; next < kMigrations.size(); ++next) kMigrations[next].config(config);
  if (config.is_object()) config["name"] = "unnamed";
  return config;
}

}  // namespace ae
