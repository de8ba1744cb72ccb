#pragma once

#include "config/json.h"

namespace ae {

/// "0.1.0".
const char* version();
/// Versions of the program, its libraries and its compiler, as the manifest keeps them.
Json build_info();

}  // namespace ae
