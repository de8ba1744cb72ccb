#pragma once

#include <exception>

namespace ae {

/// True if an exception says that memory could not be allocated: std::bad_alloc, or an error of
/// LibTorch or one of its libraries.
bool is_out_of_memory(const std::exception& error);

}  // namespace ae
