#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "models/networks/convolution.h"
#include "models/networks/layers.h"

namespace ae::networks {
namespace {

constexpr Range kSizes{.min = 1, .max = 65536};

struct ConvolutionOptions {
  int64_t channels = 32;
  int64_t kernel = 3;
  int64_t stride = 2;

  void visit(OptionVisitor& visitor) {
    visitor.required("channels", channels, kSizes, "Output channels.");
    visitor.option("kernel", kernel, kSizes, "Kernel size along each axis.");
    visitor.option("stride", stride, kSizes, "Stride along each axis.");
  }
};

/// Options of a convolutional network.
struct ConvOptions {
  std::vector<int64_t> channels = {32, 64};
  int64_t kernel = 3;
  int64_t stride = 2;
  std::vector<ConvolutionOptions> layers;
  std::string padding = "same";
  std::vector<int64_t> hidden;
  NormActivationOptions norm_activation;
  int64_t output_kernel = 3;

  void visit(OptionVisitor& visitor);
  /// Options of each convolution, from `layers` or `channels`.
  std::vector<ConvolutionOptions> convolutions() const;
  Window window(const ConvolutionOptions& convolution) const {
    return {.kernel = convolution.kernel,
            .stride = convolution.stride,
            .padding = padding == "same" ? (convolution.kernel - 1) / 2 : 0};
  }
  /// @throws Error(usage) if options contradict each other
  void check(Side side) const;
  /// Shape of the data, then the output shape of each convolution.
  /// @throws Error(usage) naming the convolution whose kernel does not fit its input
  std::vector<std::vector<int64_t>> shapes(const std::vector<int64_t>& data, Side side) const;
};

void ConvOptions::visit(OptionVisitor& visitor) {
  static const std::vector<std::string> kPaddings = {"same", "valid"};
  const ConvOptions defaults = *this;
  if (visitor.reading()) {
    // Cleared to see which options are given: channels and layers exclude each other, and a given
    // kernel or stride applies to all convolutions.
    channels.clear();
    layers.clear();
    kernel = stride = 0;
  }
  visitor.option(
      "channels", channels, kSizes,
      "Output channels of each convolution, in forward order; empty if layers is given.");
  visitor.option("kernel", kernel, kSizes, "Kernel size along each axis.");
  visitor.option("stride", stride, kSizes,
                 "Stride along each axis: factor by which each convolution of an encoder "
                 "downsamples, and each transposed convolution of a decoder upsamples.");
  const ConvOptions given = *this;
  if (kernel == 0) kernel = defaults.kernel;
  if (stride == 0) stride = defaults.stride;
  visitor.list("layers", layers, {.kernel = kernel, .stride = stride},
               "Convolutions one by one, in place of channels. Kernel and stride above are the "
               "defaults of each, and if given override those that a decoder mirrors.");
  if (visitor.reading() && channels.empty() && layers.empty()) {
    channels = defaults.channels;
    layers = defaults.layers;
    for (ConvolutionOptions& mirrored : layers) {
      if (given.kernel != 0) mirrored.kernel = kernel;
      if (given.stride != 0) mirrored.stride = stride;
    }
  }
  visitor.choice(
      "padding", padding, kPaddings,
      "Zero padding of each convolution's input: same ((kernel - 1) / 2 on each side) or "
      "valid (none).");
  visitor.option("hidden", hidden, between(1, 1 << 20),
                 "Widths of the fully connected hidden layers between convolutions and code, in "
                 "forward order.");
  norm_activation.visit(visitor);
  visitor.option("output_kernel", output_kernel, kSizes,
                 "Decoder only: kernel size, odd, of the last convolution, which has stride 1 and "
                 "outputs the data's channels.");
  visitor.condition({{"properties", {{"output_kernel", {{"not", {{"multipleOf", 2}}}}}}}});
}

std::vector<ConvolutionOptions> ConvOptions::convolutions() const {
  std::vector<ConvolutionOptions> all = layers;
  for (const int64_t each : channels) all.push_back({each, kernel, stride});
  return all;
}

void ConvOptions::check(Side side) const {
  if (!channels.empty() && !layers.empty()) {
    throw usage_error("{0}.channels contradicts {0}.layers; give one of them", option_of(side));
  }
  if (output_kernel % 2 == 0) {
    throw usage_error(
        "{}.output_kernel = {}; expected an odd number, so that the kernel has a centre",
        option_of(side), output_kernel);
  }
}

/// {C, L} or {C, H, W}; rows of shape {D} have one channel.
std::vector<int64_t> image_shape(const std::vector<int64_t>& row) {
  return row.size() == 1 ? std::vector<int64_t>{1, row[0]} : row;
}

std::string extent_text(const std::vector<int64_t>& shape) {
  return shape_text(std::span(shape).subspan(1));
}

std::vector<std::vector<int64_t>> ConvOptions::shapes(const std::vector<int64_t>& data,
                                                      Side side) const {
  const std::vector<ConvolutionOptions> all = convolutions();
  std::vector<std::vector<int64_t>> shapes = {image_shape(data)};
  for (size_t i = 0; i < all.size(); ++i) {
    // Sizes of a decoder are computed backwards from its output.
    const size_t index = side == Side::encoder ? i : all.size() - 1 - i;
    const Window convolution = window(all[index]);
    const std::vector<int64_t>& before = shapes.back();
    std::vector<int64_t> after = {all[index].channels};
    for (size_t axis = 1; axis < before.size(); ++axis) {
      after.push_back(convolution.output_size(before[axis]));
    }
    if (*std::min_element(after.begin(), after.end()) < 1) {
      const std::string what = i == 0                  ? "the data's rows"
                               : side == Side::encoder ? "the output of the convolution before it"
                                                       : "the input of the convolution after it";
      // With padding "same" only an even kernel can be too large, for an axis of size 1.
      throw usage_error(
          "{}.{}[{}]: a kernel of {} does not fit {}, {}; take {} or fewer convolutions",
          option_of(side), layers.empty() ? "channels" : "layers", index, convolution.kernel, what,
          extent_text(before),
          padding == "same" ? "an odd kernel" : "a smaller kernel, padding \"same\"");
    }
    shapes.push_back(std::move(after));
  }
  return shapes;
}

/// Convolutions, then fully connected layers. Layers are numbered as in
/// torch.nn.Sequential(Conv2d, activation, …, Flatten, Linear, activation, …).
class ConvEncoder : public LayerStack {
 public:
  ConvEncoder(const ConvOptions& options, const InputInfo& input)
      : LayerStack(Side::encoder, {input.width()}) {
    const std::vector<std::vector<int64_t>> shapes = options.shapes(input.shape, side());
    add(std::make_shared<ReshapeLayer>("", shapes.front()));
    for (const ConvolutionOptions& each : options.convolutions()) {
      add(ConvolutionLayer::forwards(shape(), each.channels, options.window(each)));
      add_norm_activation(options.norm_activation);
    }
    add(std::make_shared<ReshapeLayer>("Flatten", std::vector{values_of(shape())}));
    if (input.classes > 0) add(std::make_shared<ConditionLayer>(shape().front(), input.classes));
    for (const int64_t width : options.hidden) {
      add(std::make_shared<LinearLayer>(linear_layer(shape().front(), width), false));
      add_norm_activation(options.norm_activation);
    }
  }
};

/// Fully connected layers, then transposed convolutions. Layers are numbered as in
/// torch.nn.Sequential(Linear, activation, …, Linear, Unflatten, activation, ConvTranspose2d,
/// activation, …, Conv2d, Flatten).
class ConvDecoder : public LayerStack {
 public:
  ConvDecoder(const ConvOptions& options, const CodeInfo& code, const InputInfo& input)
      : LayerStack(Side::decoder, {code.width}) {
    const std::vector<ConvolutionOptions> convolutions = options.convolutions();
    std::vector<std::vector<int64_t>> shapes = options.shapes(input.shape, side());
    for (const int64_t width : options.hidden) {
      add_linear(width, code);
      add_norm_activation(options.norm_activation);
    }
    add_linear(values_of(shapes.back()), code);
    add(std::make_shared<ReshapeLayer>("Unflatten", shapes.back()));
    add_norm_activation(options.norm_activation);
    for (const ConvolutionOptions& each : convolutions) {
      shapes.pop_back();
      std::vector<int64_t> output = shapes.back();
      output.front() = each.channels;
      add(ConvolutionLayer::transposed(shape(), output, options.window(each)));
      add_norm_activation(options.norm_activation);
    }
    const int64_t kernel = options.output_kernel;
    add(ConvolutionLayer::forwards(shape(), shapes.front().front(),
                                   {.kernel = kernel, .stride = 1, .padding = (kernel - 1) / 2}));
    add(std::make_shared<ReshapeLayer>("Flatten", std::vector{input.width()}));
  }

 private:
  void add_linear(int64_t width, const CodeInfo& code) {
    const bool sparse = code.sparse && next_index() == 0;
    const auto make = sparse ? column_major_linear_layer : linear_layer;
    add(std::make_shared<LinearLayer>(make(shape().front(), width), sparse));
  }
};

class Conv : public NetworkSpec {
 public:
  void visit(OptionVisitor& visitor) override { options_.visit(visitor); }

  std::unique_ptr<NetworkSpec> mirrored() const override {
    auto mirror = std::make_unique<Conv>(*this);
    std::reverse(mirror->options_.channels.begin(), mirror->options_.channels.end());
    std::reverse(mirror->options_.layers.begin(), mirror->options_.layers.end());
    std::reverse(mirror->options_.hidden.begin(), mirror->options_.hidden.end());
    return mirror;
  }

  std::shared_ptr<Network> build_encoder(const InputInfo& input) const override {
    options_.check(Side::encoder);
    return std::make_shared<ConvEncoder>(options_, input);
  }

  std::shared_ptr<Network> build_decoder(const CodeInfo& code,
                                         const InputInfo& input) const override {
    options_.check(Side::decoder);
    return std::make_shared<ConvDecoder>(options_, code, input);
  }

  std::shared_ptr<Network> build_tied_decoder(
      const Network& /*encoder*/, const torch::nn::Linear& /*projection*/) const override {
    return nullptr;
  }

  bool copy_transposed(const Network& /*encoder*/, const torch::nn::Linear& /*projection*/,
                       Network& /*decoder*/) const override {
    return false;
  }

 private:
  ConvOptions options_;
};

}  // namespace

PartEntry<NetworkSpec> conv() {
  return {
      "conv",
      "convolutions (1D for rows of shape {L} or {C, L}, 2D for {C, H, W}), then fully connected "
      "layers; a decoder in reverse, with transposed convolutions",
      make_part<NetworkSpec, Conv>};
}

}  // namespace ae::networks
