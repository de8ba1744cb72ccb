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

/// Terms' sums in one tensor, [terms] float64, and their names.
at::Tensor stacked(std::span<const LossTerm> terms);
std::vector<const char*> names_of(std::span<const LossTerm> terms);

/// Sums over samples of a loss and its parts, kept where the first were until they are read, so
/// that adding a batch waits for nothing.
class LossTerms {
 public:
  /// Means over samples, by name, in the order of the objective.
  using Means = std::vector<std::pair<std::string, double>>;

  void add(const std::vector<LossTerm>& terms, int64_t samples);
  /// The same of sums in one tensor. @param sums [terms] float64
  void add(std::span<const char* const> names, const at::Tensor& sums, int64_t samples);
  /// The same of sums in memory.
  void add(std::span<const char* const> names, std::span<const double> sums, int64_t samples);
  /// The same of other sums.
  void add(const LossTerms& other);
  void clear();
  /// True where the loss, and so far each batch's, is finite. Waits for the device.
  bool is_finite() const;

  int64_t samples() const { return samples_; }
  /// Reads the sums: the one place that waits for the device.
  Means means() const;

  /// Sums by name, to save and to take up again exactly.
  std::vector<std::pair<std::string, double>> sums() const;
  void restore(const std::vector<std::pair<std::string, double>>& sums, int64_t samples);

 private:
  void add(std::span<const double> sums);
  void add(const at::Tensor& sums);

  std::vector<std::string> names_;
  std::vector<double> sums_;  // [terms], as long as none of a GPU were added
  at::Tensor gpu_sums_;       // [terms] float64, from there on
  int64_t samples_ = 0;
};

/// The mean of that name, if there is one.
std::optional<double> find_mean(const LossTerms::Means& means, std::string_view name);
/// @throws Error(internal) where there is none
double mean_of(const LossTerms::Means& means, std::string_view name);

}  // namespace ae
