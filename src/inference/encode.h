#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "inference/trained_model.h"

namespace ae {

struct EncodeRequest {
  std::filesystem::path data;
  std::string labels;                    ///< of a conditional model: a file, or a column of `data`
  std::filesystem::path out;             ///< .npy or .csv
  std::filesystem::path reconstruction;  ///< .npy, .csv or .png; empty for none
  bool log_variance = false;
  bool sample = false;
  bool reconstruction_error = false;
  uint64_t seed = 1;
  bool strict = false;  ///< refuses rows that lie outside the range of the training rows
};

struct EncodeResult {
  int64_t rows = 0;
  std::vector<std::filesystem::path> files;
  std::vector<std::string> warnings;  ///< one line each
  Arrangement arrangement = {};       ///< of the file's rows
};

/// Encodes all rows of a file, in their order, in bounded memory.
/// @throws Error(usage) if the model does not support the request
/// @throws Error(data) if the data do not fit the model; no file is written then
EncodeResult encode_file(const TrainedModel& model, const EncodeRequest& request);

/// Path with `what` before its extension: "codes.log_variance.npy" for "codes.npy".
std::filesystem::path beside(const std::filesystem::path& path, const std::string& what);

}  // namespace ae
