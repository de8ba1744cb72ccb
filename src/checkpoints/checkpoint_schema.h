#pragma once

#include <filesystem>

#include "config/json.h"

namespace ae {

/// Schema version of written checkpoints. Earlier versions are migrated when read.
inline constexpr int kCheckpointSchema = 2;

/// Writes state.json with the schema's version and a checksum of its own bytes.
void write_progress(const std::filesystem::path& path, const Json& progress);

/// Content of state.json, migrated to the present schema.
struct Progress {
  Json json;
  bool verified = true;  ///< false if it has no checksum of its own, as in schema 1
};

/// Reads state.json.
/// @throws Error(data) if it is missing, damaged, or of an unknown schema
Progress read_progress(const std::filesystem::path& path);

/// Metadata "config" of a checkpoint's weights: the experiment without its name and the folders of
/// its data, so that checkpoints are bit-identical wherever a run and its data are stored.
Json stored_config(Json config);

/// Migrates a stored config to the form that stored_experiment() reads.
/// @param version  metadata "schema_version"; schema 1 had none
/// @param source   file name in error messages
/// @throws Error(data) if the schema is unknown
Json readable_config(Json config, const Json& version, const std::string& source);

}  // namespace ae
