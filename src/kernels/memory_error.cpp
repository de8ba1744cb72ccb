#include "kernels/memory_error.h"

#include <c10/util/Exception.h>

#include <cstring>
#include <new>

namespace ae {

bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
      dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) {
    return true;
  }
  if (const auto* torch = dynamic_cast<const c10::Error*>(&error)) {
    return std::strstr(torch->what_without_backtrace(), "allocate memory") != nullptr;
  }
  return std::strstr(error.what(), "could not create a") != nullptr;  // oneDNN's message
}

}  // namespace ae
