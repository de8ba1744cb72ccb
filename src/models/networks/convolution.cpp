#include "models/networks/convolution.h"

#include <ATen/ops/convolution.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <spdlog/fmt/fmt.h>

#include <cmath>

#include "core/text.h"
#include "models/initialization.h"
#include "models/weight_limit.h"

namespace ae {
namespace {

/// Number of spatial axes.
size_t rank_of(const std::vector<int64_t>& shape) { return shape.size() - 1; }

std::shared_ptr<Convolution> convolution(bool transposed, int64_t inputs, int64_t outputs,
                                         size_t rank, int64_t kernel) {
  std::vector<int64_t> shape(rank, kernel);
  double weights = static_cast<double>(inputs) * static_cast<double>(outputs);
  for (size_t axis = 0; axis < rank; ++axis) weights *= static_cast<double>(kernel);
  WeightLimit::add(fmt::format("its convolution from {} to {} channels with a kernel of {}",
                               grouped(inputs), grouped(outputs), shape_text(shape)),
                   weights, "channels or kernels");
  shape.insert(shape.begin(), {transposed ? inputs : outputs, transposed ? outputs : inputs});
  return std::make_shared<Convolution>(shape, outputs);
}

}  // namespace

Convolution::Convolution(const std::vector<int64_t>& weight_shape, int64_t outputs)
    : weight_(register_parameter("weight", at::empty(weight_shape))),
      bias_(register_parameter("bias", at::empty({outputs}))) {
  const c10::NoGradGuard no_grad;
  const double bound = 1 / std::sqrt(fans_of(weight_).in);
  weight_.uniform_(-bound, bound);
  bias_.uniform_(-bound, bound);
}

ConvolutionLayer::ConvolutionLayer(bool transposed, std::vector<int64_t> input,
                                   const std::vector<int64_t>& output, const Window& window)
    : Layer(fmt::format("Conv{}{}d", transposed ? "Transpose" : "", rank_of(output)), output),
      transposed_(transposed),
      input_(std::move(input)),
      window_(window),
      output_padding_(rank_of(output), 0),
      convolution_(
          convolution(transposed, input_.front(), output.front(), rank_of(output), window.kernel)) {
  if (!transposed) return;
  for (size_t axis = 0; axis < output_padding_.size(); ++axis) {
    output_padding_[axis] = window.output_padding(output[axis + 1]);
  }
}

std::shared_ptr<ConvolutionLayer> ConvolutionLayer::forwards(const std::vector<int64_t>& input,
                                                             int64_t channels,
                                                             const Window& window) {
  std::vector<int64_t> output = {channels};
  for (size_t axis = 1; axis < input.size(); ++axis) {
    output.push_back(window.output_size(input[axis]));
  }
  return std::shared_ptr<ConvolutionLayer>(new ConvolutionLayer(false, input, output, window));
}

std::shared_ptr<ConvolutionLayer> ConvolutionLayer::transposed(const std::vector<int64_t>& input,
                                                               const std::vector<int64_t>& output,
                                                               const Window& window) {
  return std::shared_ptr<ConvolutionLayer>(new ConvolutionLayer(true, input, output, window));
}

at::Tensor ConvolutionLayer::forward(const at::Tensor& x, const ForwardContext& /*context*/) const {
  const size_t rank = output_padding_.size();
  const std::vector<int64_t> stride(rank, window_.stride);
  const std::vector<int64_t> padding(rank, window_.padding);
  const std::vector<int64_t> dilation(rank, 1);
  return at::convolution(x, convolution_->weight(), convolution_->bias(), stride, padding, dilation,
                         transposed_, output_padding_, /*groups=*/1);
}

ValueId ConvolutionLayer::append_to(Operations& operations, ValueId input) const {
  const auto axis = [this](size_t index) -> op::Convolution::Axis {
    return {.input = input_[index],
            .output = output()[index],
            .kernel = window_.kernel,
            .stride = window_.stride,
            .padding = window_.padding};
  };
  return operations.add(
      op::Convolution{.weight = convolution_->weight(),
                      .bias = convolution_->bias(),
                      .transposed = transposed_,
                      .height = output().size() > 2 ? axis(1) : op::Convolution::Axis{},
                      .width = axis(output().size() - 1)},
      kind(), {input}, output());
}

}  // namespace ae
