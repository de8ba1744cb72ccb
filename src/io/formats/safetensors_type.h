#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "io/formats/safetensors.h"

namespace ae {

/// Parses a type name such as "F32"; nullopt for another text.
std::optional<SafetensorsType> safetensors_type(std::string_view name);

/// "F64, F32, …", for messages.
std::string safetensors_type_names();

}  // namespace ae
