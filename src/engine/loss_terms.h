#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/objective.h"

namespace ae {

/// Sums of loss terms stacked in one tensor, [terms] float64.
at::Tensor stacked(std::span<const LossTerm> terms);
std::vector<const char*> names_of(std::span<const LossTerm> terms);

/// Accumulator of the loss and its terms, summed over samples. Sums stay on the device until they
/// are read, so that adding a batch does not synchronise.
class LossTerms {
 public:
  /// Mean of each term over samples, by name, in the order of the objective.
  using Means = std::vector<std::pair<std::string, double>>;

  void add(const std::vector<LossTerm>& terms, int64_t samples);
  /// @param sums [terms] float64
  void add(std::span<const char* const> names, const at::Tensor& sums, int64_t samples);
  void add(std::span<const char* const> names, std::span<const double> sums, int64_t samples);
  void add(const LossTerms& other);
  void clear();
  /// Returns true if the summed loss is finite. Waits for the device.
  bool is_finite() const;

  int64_t samples() const { return samples_; }
  /// Waits for the device.
  Means means() const;

  /// Sums by name, for checkpoints. Waits for the device.
  std::vector<std::pair<std::string, double>> sums() const;
  void restore(const std::vector<std::pair<std::string, double>>& sums, int64_t samples);

 private:
  void add(std::span<const double> sums);
  void add(const at::Tensor& sums);

  std::vector<std::string> names_;
  std::vector<double> sums_;  // [terms]; unused once sums on a GPU have been added
  at::Tensor gpu_sums_;       // [terms] float64; undefined on the CPU
  int64_t samples_ = 0;
};

/// Mean of a term; nullopt if there is none of that name.
std::optional<double> find_mean(const LossTerms::Means& means, std::string_view name);
/// @throws Error(internal) if there is none
double mean_of(const LossTerms::Means& means, std::string_view name);

}  // namespace ae
