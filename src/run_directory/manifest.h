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

/// Manifest of a new run: format, id, versions, device, threads, seed, command line, data, and the
/// environment variables that affect numeric results.
Json make_manifest(const Experiment& experiment, const Splits& splits,
                   const DataLocations& locations, c10::Device device,
                   const std::vector<std::string>& command_line);

/// Execution environment: time, versions, device, processor, threads and the environment variables
/// that affect numeric results.
Json execution_environment(c10::Device device);

/// Hash of the labels of all rows in the set's file; "" if there are none.
std::string labels_fingerprint(const RowSet& set);

void write_manifest(const std::filesystem::path& run_root, const Json& manifest);

/// Records in the manifest that the run's results are complete, up to this epoch and step.
void mark_finished(const std::filesystem::path& run_root, int64_t epoch, int64_t step);

/// Returns true if a folder is a run of ae-train, judged by its manifest's content. No other folder
/// may be replaced.
/// @throws Error(data) if the manifest cannot be accessed or is damaged
bool is_run(const std::filesystem::path& folder);

/// The run's manifest. @throws Error(data) if it is missing or malformed
Json read_manifest(const std::filesystem::path& run_root);

/// Number of threads that the run started with. @throws Error(data) if it is not recorded
int64_t recorded_threads(const std::filesystem::path& run_root);
/// Fingerprint of a split's data.
/// @param split  "train", "validation" or "test"
/// @throws Error(data) if it is not recorded
std::string recorded_fingerprint(const std::filesystem::path& run_root, const std::string& split);

/// Folders in which the run's data were looked up in training.
DataLocations recorded_locations(const Json& manifest);

}  // namespace ae
