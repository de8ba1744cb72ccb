#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kernels/pointwise.h"

namespace ae {

/// Kinds of operations that models and objectives consist of. Shapes are those of one row.
namespace op {

/// weight x + bias. [in] → [out]
struct Affine {
  at::Tensor weight;  ///< [out, in], a parameter; [in, out] if transposed
  at::Tensor bias;    ///< [out], a parameter
  bool transposed = false;
};

/// Convolution and bias, of {channels, length} or {channels, height, width}; one-dimensional ones
/// have height 1.
struct Convolution {
  /// Sizes along an axis.
  struct Axis {
    int64_t input = 1;
    int64_t output = 1;
    int64_t kernel = 1;
    int64_t stride = 1;
    int64_t padding = 0;  ///< before the first value
  };
  at::Tensor weight;  ///< [out, in, kernel…], [in, out, kernel…] if transposed; a parameter
  at::Tensor bias;    ///< [out], a parameter
  bool transposed = false;
  Axis height;
  Axis width;

  int64_t inputs() const { return weight.size(transposed ? 0 : 1); }
  int64_t outputs() const { return weight.size(transposed ? 1 : 0); }
};

/// An activation, elementwise.
struct Activation {
  /// The form that fused kernels have; none if the derivative is no function of the output.
  std::optional<PointwiseActivation> pointwise;
};

/// Standardises groups of channels of each row, then scales and shifts each channel: layer
/// normalisation is one group. Computed by statistics of the batch instead if `by_batch`.
struct Normalization {
  at::Tensor weight;  ///< [channels], a parameter
  at::Tensor bias;    ///< [channels], a parameter
  int64_t groups = 1;
  double epsilon = 1e-5;
  bool by_batch = false;
};

/// Sets values to 0 at random in training and scales the others.
struct Dropout {
  double rate = 0;
};

/// Changes the shape of a row, not its values.
struct Reshape {};

/// Appends the one-hot label.
struct Concatenate {
  int64_t classes = 0;
};

/// Subtracts a parameter.
struct Subtract {
  at::Tensor bias;  ///< shape of the row
};

/// Keeps the k largest values of a row and sets the others to 0.
struct TopK {
  int64_t k = 0;
  bool relu = false;            ///< negative ones of them become 0
  int64_t auxiliary_k = 0;      ///< dead latents that model the residual in training
  double auxiliary_weight = 0;  ///< of the auxiliary loss; 0 without
};

/// Draws from a Gaussian posterior: mean + exp(log_variance / 2) * noise. Inputs: mean,
/// log-variance. Gives `samples` values for each row.
struct GaussianSample {
  int64_t samples = 1;
};

/// A term of the loss: minus the log-likelihood or an error of the decoder's output.
/// Inputs: output, target.
struct Reconstruction {
  std::optional<PointwiseLoss> pointwise;  ///< the form that fused kernels have
  double weight = 1;                       ///< of each value in a row's sum
  bool weights_corruption = false;         ///< corrupted and other values have weights of their own
  bool importance_weighted = false;        ///< the bound of IWAE, of all samples of a row
};

/// A term of the loss: KL divergence from the standard normal prior. Inputs: mean, log-variance.
struct KlDivergence {
  bool free_bits = false;
  bool capacity = false;
};

/// A term of the loss: a penalty on the code.
struct Sparsity {
  bool l1 = false;  ///< the sum of absolute values
};

/// A term of the loss: the squared Frobenius norm of the encoder's Jacobian.
struct Contraction {};

/// An operation that is not described any further.
struct Other {};

using Kind = std::variant<Affine, Convolution, Activation, Normalization, Dropout, Reshape,
                          Concatenate, Subtract, TopK, GaussianSample, Reconstruction, KlDivergence,
                          Sparsity, Contraction, Other>;

}  // namespace op

/// Number of a value that an operation reads or computes.
using ValueId = int32_t;

/// One step of a model's computation.
struct Operation {
  /// The part of the model that it belongs to.
  enum class Section { encoder, latent, decoder, objective };

  op::Kind kind;
  std::string name;  ///< as the config or the layer table calls it, for messages
  Section section = Section::encoder;
  std::vector<ValueId> inputs;
  ValueId output = 0;
};

/// A model and its objective as a list of operations in the order of computation, each value
/// computed once. Parts append what they compute; executors, the count of multiplications and
/// exporters read the list.
class Operations {
 public:
  /// @param row  shape of a row of data
  explicit Operations(std::vector<int64_t> row);

  /// The encoder's input, corrupted if the config says so.
  static constexpr ValueId kInput = 0;
  /// The row to reconstruct.
  static constexpr ValueId kTarget = 1;

  /// Operations belong to this section from here on.
  void begin(Operation::Section section) { section_ = section; }
  /// Appends an operation.
  /// @param shape  of its output for one row; {} for a term of the loss
  /// @return       its output
  ValueId add(op::Kind kind, std::string name, std::vector<ValueId> inputs,
              std::vector<int64_t> shape);

  const std::vector<Operation>& all() const { return operations_; }
  /// Shape of a value for one row; {} for a term of the loss.
  const std::vector<int64_t>& shape(ValueId value) const { return values_[index(value)].shape; }
  /// Floating-point operations of matrix multiplications and convolutions for a row, two for each
  /// multiplication, forward and backward. Those that cost only what active latents cost are not
  /// counted, nor are penalties.
  double flops() const;

 private:
  struct ValueInfo {
    std::vector<int64_t> shape;
    int64_t copies = 1;           ///< for each row: samples of the posterior
    bool needs_gradient = false;  ///< a parameter went into it
    bool sparse = false;          ///< few values of a row are not 0, and are stored so
    bool sparsely_used = false;   ///< only few values are read: the gradient is sparse
  };

  static size_t index(ValueId value) { return static_cast<size_t>(value); }

  Operation::Section section_ = Operation::Section::encoder;
  std::vector<Operation> operations_;
  std::vector<ValueInfo> values_;
};

}  // namespace ae
