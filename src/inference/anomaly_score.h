#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/preprocessing.h"
#include "models/autoencoder.h"
#include "training/experiment.h"

namespace ae {

/// Units of anomaly scores: "loss", the reconstruction loss of the training objective, and "rmse",
/// the root mean squared error of the numeric values in the data's own units.
std::span<const std::string> score_names();

/// Anomaly scores of rows, by how badly a model reconstructs them, and what each column adds.
class AnomalyScore {
 public:
  /// @param name        one of score_names()
  /// @param experiment  that trained the model
  /// @throws Error(usage) if the rows have no such error: steps that cannot be undone, or no
  /// numbers
  AnomalyScore(const std::string& name, const Experiment& experiment,
               const Preprocessing& preprocessing);

  /// @param x       [n, D] rows as the model takes them, NaN where a value is missing
  /// @param output  [n, D] of the decoder
  /// @return  [n] float64
  at::Tensor scores(const Autoencoder& model, const at::Tensor& x, const at::Tensor& output) const;
  /// Share of each part in a row's score. [n, parts] float64, 1 in all; 0 for a perfect row
  at::Tensor shares(const Autoencoder& model, const at::Tensor& x, const at::Tensor& output) const;
  /// Names of the parts: of the columns, or "value_0", "value_1", …
  const std::vector<std::string>& parts() const { return parts_; }
  /// One line on the unit: "mse, mean over features, of preprocessed values".
  const std::string& unit() const { return unit_; }

 private:
  void name_parts();
  /// Squared errors in the data's units, NaN where a value is missing. [n, P]
  at::Tensor squares(const Autoencoder& model, const at::Tensor& x, const at::Tensor& output) const;

  const Preprocessing& preprocessing_;
  bool is_loss_;
  std::vector<std::string> parts_;
  std::string unit_;
  at::Tensor
      part_of_;  // loss: [D] the part of each feature; rmse: [P] the file column of each part
};

}  // namespace ae
