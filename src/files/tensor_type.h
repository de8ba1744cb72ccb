#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "files/safetensors.h"

namespace ae {

/// The type of that name ("F32"), if there is one.
std::optional<TensorType> tensor_type(std::string_view name);

/// "F64, F32, …", for messages.
std::string tensor_type_names();

}  // namespace ae
