#pragma once

#include "config/json.h"

namespace ae {

/// Version of these programs, such as "0.1.0".
const char* version();
/// Versions of the program, LibTorch and the compiler, as stored in the manifest.
Json build_info();

}  // namespace ae
