#pragma once

#include "one_of_each.h"

namespace ae {

/// `model` with a convolutional network, for rows of a shape.
Json convolutional(const Json& network, const std::vector<int64_t>& shape,
                   const Json& model = Json::object());

/// Convolutions of every special case: strides with a remainder, even kernels, one output position,
/// fewer output than input channels, one axis.
std::map<std::string, Json> convolutional_configs();

/// Configs of one_of_each, and variants of those with a fused form.
std::map<std::string, Json> all_configs();

}  // namespace ae
