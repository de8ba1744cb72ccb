#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <c10/core/Device.h>

#include "config/json.h"
#include "data/location.h"
#include "data/splits.h"
#include "training/experiment.h"

namespace ae {

/// Description of a new run: format and id, versions, device, threads, seed, command line,
/// data, and variables of the environment that change what is computed.
Json make_manifest(const Experiment& experiment, const Splits& splits,
                   const DataLocations& locations, c10::Device device,
                   const std::vector<std::string>& command_line);

/// The time, and what the program runs on: versions, device, processor, threads.
Json surroundings(c10::Device device);

/// Tells rows' labels apart; "" where there are none.
std::string labels_fingerprint(const RowSet& set);

void write_manifest(const std::filesystem::path& run_root, const Json& manifest);

/// Notes in the manifest that the run's results are complete, up to this epoch and step.
void mark_finished(const std::filesystem::path& run_root, int64_t epoch, int64_t step);

/// Whether a folder is a run of ae-train, by its manifest's content: nothing else may be replaced.
/// @throws Error(data) where the system does not tell, or where the manifest is damaged
bool is_run(const std::filesystem::path& folder);

/// The run's manifest. @throws Error(data) where it is missing or malformed
Json read_manifest(const std::filesystem::path& run_root);

/// Threads that the run began with. @throws Error(data) where the manifest does not tell
int64_t recorded_threads(const std::filesystem::path& run_root);
/// Of the data of a split: "train", "validation" or "test".
/// @throws Error(data) where the manifest does not tell
std::string recorded_fingerprint(const std::filesystem::path& run_root, const std::string& split);

/// Where the run's data were looked up when it was trained.
DataLocations recorded_locations(const Json& manifest);

}  // namespace ae
