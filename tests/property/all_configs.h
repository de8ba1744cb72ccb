#pragma once

#include "one_of_each.h"

namespace ae {

/// A convolutional network in a model that is otherwise `model`, for rows of a shape.
Json convolutional(const Json& network, const std::vector<int64_t>& shape,
                   const Json& model = Json::object());

/// Convolutions of every window that is a case of its own: strides that leave a rest, kernels that
/// are even, one place, more channels than come out, one axis.
std::map<std::string, Json> convolutional_configs();

/// What one_of_each has, and variants of what has a fused form.
std::map<std::string, Json> all_configs();

}  // namespace ae
