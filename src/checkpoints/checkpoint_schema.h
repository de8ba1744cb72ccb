#pragma once

#include <filesystem>

#include "config/json.h"

namespace ae {

/// The schema of checkpoints that are written. Earlier ones are read: checkpoint_schema.cpp has
/// what leads from each to the next.
inline constexpr int kCheckpointSchema = 2;

/// Writes state.json with the schema's version and a checksum of its own bytes.
void write_progress(const std::filesystem::path& path, const Json& progress);

/// Content of state.json, as one of the present schema.
struct Progress {
  Json json;
  bool verified = true;  ///< false where it has no checksum of its own, as schema 1 had none
};

/// Reads state.json.
/// @throws Error(data) where it is missing, damaged, or of a schema that is not known here
Progress read_progress(const std::filesystem::path& path);

/// The metadata "config" of a checkpoint's weights: the experiment without its name and the folders
/// of its data, so that equal runs have equal bytes wherever they and their data lie.
Json stored_config(Json config);

/// The config of weights that were written by some schema, as experiment_from_json() reads it.
/// @param version  metadata "schema_version"; schema 1 had none
/// @throws Error(data) naming `source` where the schema is not known here
Json readable_config(Json config, const Json& version, const std::string& source);
}  // namespace ae
