#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/where.h"
#include "inference/score_threshold.h"
#include "inference/trained_model.h"

namespace ae {

struct EncodeRequest {
  std::filesystem::path data;
  std::string labels;                    ///< of a conditional model: a file, or a column of `data`
  std::filesystem::path out;             ///< .npy or .csv
  std::filesystem::path reconstruction;  ///< .npy, .csv or .png; empty for none
  std::filesystem::path scores;          ///< of anomalies: .csv; empty for none
  std::string score = "loss";            ///< one of score_names()
  std::string threshold;                 ///< of score_threshold()
  Where where = {};                      ///< rows to encode; all if empty
  bool fill = false;                     ///< reconstructions replace missing values alone
  bool log_variance = false;
  bool sample = false;
  bool reconstruction_error = false;
  uint64_t seed = 1;
  bool strict = false;  ///< refuses rows that lie outside the range of the training rows
};

struct EncodeResult {
  int64_t rows = 0;
  std::vector<std::filesystem::path> files;
  std::vector<std::string> warnings;             ///< one line each
  Arrangement arrangement = {};                  ///< of the file's rows
  std::string score_unit = {};                   ///< of the scores, one line
  std::optional<ScoreThreshold> threshold = {};  ///< of the scores
  int64_t anomalies = 0;                         ///< rows with scores above it
};

/// Encodes all rows of a file, in their order, in bounded memory.
/// @throws Error(usage) if the model does not support the request
/// @throws Error(data) if the data do not fit the model; no file is written then
EncodeResult encode_file(const TrainedModel& model, const EncodeRequest& request);

}  // namespace ae
