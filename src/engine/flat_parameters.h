#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <string>
#include <vector>

namespace ae {

/// All parameters of a module in one buffer, and all gradients in another, so that an optimiser,
/// a norm or a reduction is one operation on one tensor. The module's parameters become views of
/// the buffer. Slices begin at multiples of 64 bytes; what lies between them stays 0.
class FlatParameters {
 public:
  struct Slice {
    std::string name;  ///< as in the module's state dict
    std::vector<int64_t> shape;
    int64_t offset;  ///< in elements
    int64_t count;
    bool by_column = false;  ///< of a matrix whose columns are contiguous in memory
  };

  /// The module must be on its device, in its element type; buffers take both from it.
  explicit FlatParameters(torch::nn::Module& module);
  /// Parameters of a module that is built like another: they become views of the other's values,
  /// and have gradients of their own.
  FlatParameters(torch::nn::Module& replica, const FlatParameters& original);

  const at::Tensor& values() const { return values_; }        ///< [P]
  const at::Tensor& gradients() const { return gradients_; }  ///< [P]
  /// The values in memory: what asks for it at each step need not ask the tensor.
  template <class T>
  T* data() const {
    return static_cast<T*>(data_);
  }
  const std::vector<Slice>& slices() const { return slices_; }
  /// The module's buffers, as in its state dict: they are no parameters, and stay as they are.
  const std::vector<std::string>& buffer_names() const { return buffer_names_; }
  /// Parameters without the padding.
  int64_t parameter_count() const;

  /// Where a parameter of the module lies.
  const Slice& slice_of(const at::Tensor& parameter) const;

  /// A slice of a tensor laid out like values(), in the parameter's shape and strides.
  static at::Tensor view(const at::Tensor& flat, const Slice& slice);

 private:
  /// Lets a module's parameters and their gradients be views of the buffers.
  void adopt(torch::nn::Module& module);

  std::vector<Slice> slices_;
  at::Tensor values_;
  void* data_ = nullptr;
  at::Tensor gradients_;
  std::vector<std::string> buffer_names_;
};

/// Calls work(T()) with the parameters' type, float or double.
template <class Work>
void with_type(const FlatParameters& parameters, const Work& work) {
  if (parameters.values().scalar_type() == at::kDouble) {
    work(double());
  } else {
    work(float());
  }
}

}  // namespace ae
