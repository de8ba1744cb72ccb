#pragma once

#include <span>
#include <vector>

#include "engine/flat_parameters.h"
#include "engine/fused/active_latents.h"
#include "engine/fused/operation.h"
#include "engine/fusion.h"

namespace ae::fused {

/// The dead latents and their own code of each row: the largest of them.
template <class T>
class DeadLatents {
 public:
  /// @param k  of them in each row, where so many are dead
  DeadLatents(int64_t latents, int64_t k) : max_count_(k), code_(latents, k) {}

  /// Those that have been inactive for so many rows are dead in the next batch.
  /// @param rows_since_active  [Z]
  void find(std::span<const int64_t> rows_since_active, int64_t dead_after_rows);
  const std::vector<int32_t>& all() const { return all_; }
  ActiveLatents<T>& code() { return code_; }

 private:
  int64_t max_count_;
  std::vector<int32_t> all_;
  ActiveLatents<T> code_;
};

/// What the dead latents make of what the living leave, as a part of the loss that moves them
/// alone. Comes after the output is there.
/// Source: Gao et al. 2024 (arXiv:2406.04093), appendix A.2.
template <class T>
class AuxiliaryLoss : public Operation {
 public:
  /// How much it counts.
  struct Weights {
    double of_error;  ///< of a value's squared error in the term
    double of_term;   ///< of the term in the loss
    int place;        ///< of the term
  };

  /// All must outlive this.
  /// @param explained  [rows, D] given the loss's gradient by what the dead latents add up to
  AuxiliaryLoss(const FusedLinear& decoder, const FlatParameters& parameters,
                const Weights& weights, const Buffer<T>& output, const Buffer<T>& target,
                DeadLatents<T>& dead, const Buffer<T>& explained);

  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;

 private:
  const T* dictionary_;  // [Z, D]
  Weights weights_;
  const Buffer<T>& output_;
  const Buffer<T>& target_;
  DeadLatents<T>& dead_;
  const Buffer<T>& explained_;
};

}  // namespace ae::fused
