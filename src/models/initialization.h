#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <span>

#include "config/part.h"

namespace ae {

/// Weight initialisation.
class Initialization {
 public:
  virtual ~Initialization() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// Initialises a layer's parameters, in place.
  /// @param weight  [out, in]; convolution: [out, in, kernel…]; transposed: [in, out, kernel…]
  /// @param bias    [out]
  virtual void fill(const at::Tensor& weight, const at::Tensor& bias,
                    const at::Generator& generator) const = 0;

  static std::span<const PartEntry<Initialization>> table();
};

/// Fan-in and fan-out as torch.nn.init computes them: size of the weight's second and first axis,
/// times the kernel's elements. For a transposed convolution the two are therefore swapped.
struct Fans {
  double in;
  double out;
};
Fans fans_of(const at::Tensor& weight);

}  // namespace ae
