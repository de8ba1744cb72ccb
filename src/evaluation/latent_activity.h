#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace ae {

/// Activity of each latent over rows, gathered batch by batch. A latent is active in a row if its
/// code is not exactly 0; its activation is its code.
class LatentActivity {
 public:
  /// A row that excites a latent.
  struct ExcitingRow {
    int64_t row = 0;
    double activation = 0;
  };

  /// @param kept  rows that are kept of each latent
  LatentActivity(int64_t latents, int64_t kept);

  /// @param codes  [B, Z] finite
  /// @param rows   their numbers
  void add(const at::Tensor& codes, std::span<const int64_t> rows);

  int64_t latents() const { return static_cast<int64_t>(active_.size()); }
  /// Active latents of each row (L0), in the order in which rows were added.
  const std::vector<double>& active_in_row() const { return active_in_row_; }
  /// Share of rows in which each latent is active. [Z]
  std::vector<double> density() const;
  /// Mean activation over the rows in which the latent is active; 0 if there are none. [Z]
  std::vector<double> mean_when_active() const;
  /// Mean absolute activation over all rows. [Z]
  std::vector<double> mean_magnitude() const;
  /// Greatest absolute activation; 0 for a latent that is never active. [Z]
  const std::vector<double>& largest() const { return largest_; }
  /// The rows of the greatest absolute activations, descending, earlier rows first among equals;
  /// only rows in which the latent is active.
  std::vector<ExcitingRow> exciting(int64_t latent) const;

 private:
  void insert(size_t latent, const ExcitingRow& row);

  size_t kept_;
  std::vector<double> active_in_row_;
  std::vector<double> active_;     // [Z] rows
  std::vector<double> sum_;        // [Z] of activations
  std::vector<double> magnitude_;  // [Z] of absolute activations
  std::vector<double> largest_;
  std::vector<ExcitingRow> exciting_;  // [Z, kept] descending
  std::vector<size_t> found_;          // [Z] of them that are set
};

/// At most `count` of the latents that are ever active, evenly spaced in the ranking by activity:
/// the most active first. @param activity  [Z], at least 0; equal ones rank by their number
std::vector<int64_t> spread_by_activity(const std::vector<double>& activity, int64_t count);

}  // namespace ae
