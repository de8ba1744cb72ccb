#pragma once

#include <span>
#include <vector>

#include "engine/flat_parameters.h"
#include "engine/fused/active_latents.h"
#include "engine/fused/primitive.h"
#include "engine/fusion.h"

namespace ae::fused {

/// The dead latents, and the code of each row that their largest pre-activations make up.
template <class T>
class DeadLatents {
 public:
  /// @param k  maximum number of dead latents in the code of a row
  DeadLatents(int64_t latents, int64_t k) : max_count_(k), code_(latents, k) {}

  /// Finds the latents that are dead in the next batch: inactive for at least `dead_after_rows`.
  /// @param rows_since_active  [Z]
  void find(std::span<const int64_t> rows_since_active, int64_t dead_after_rows);
  const std::vector<int32_t>& indices() const { return indices_; }
  ActiveLatents<T>& code() { return code_; }

 private:
  int64_t max_count_;
  std::vector<int32_t> indices_;
  ActiveLatents<T> code_;
};

/// Auxiliary loss: squared error of the dead latents' reconstruction of the residual, whose
/// gradient reaches the dead latents alone. Runs after the output has been computed. Source: Gao et
/// al. 2024 (arXiv:2406.04093), appendix A.2.
template <class T>
class AuxiliaryLoss : public Primitive {
 public:
  struct Weights {
    double error;  ///< weight of a value's squared error in the term
    double term;   ///< weight of the term in the loss
    int index;     ///< index of the term
  };

  /// All must outlive this.
  /// @param reconstruction  [rows, D] the dead latents' reconstruction; only its gradient is set
  AuxiliaryLoss(const FusedLinear& decoder, const FlatParameters& parameters,
                const Weights& weights, const Buffer<T>& output, const Buffer<T>& target,
                DeadLatents<T>& dead, const Buffer<T>& reconstruction);

  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;

 private:
  const T* dictionary_;  // [Z, D]
  Weights weights_;
  const Buffer<T>& output_;
  const Buffer<T>& target_;
  DeadLatents<T>& dead_;
  const Buffer<T>& reconstruction_;
};

}  // namespace ae::fused
