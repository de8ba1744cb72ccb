#include "io/formats/png.h"

#include <cstdlib>
#include <new>

#include "core/error.h"

namespace {

/// Throws if an allocation failed, which the library does not check.
void* check_allocated(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

#define STBIW_MALLOC(bytes) check_allocated(std::malloc(bytes))
#define STBIW_REALLOC(memory, bytes) check_allocated(std::realloc(memory, bytes))
#define STBIW_FREE(memory) std::free(memory)
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

namespace ae {
namespace {

void append(void* context, void* bytes, int n) {
  static_cast<std::string*>(context)->append(static_cast<const char*>(bytes),
                                             static_cast<size_t>(n));
}

}  // namespace

std::string encoded_png(int width, int height, int channels, std::span<const uint8_t> pixels) {
  const bool fits = width > 0 && height > 0 && (channels == 1 || channels == 3) &&
                    pixels.size() == size_t{1} * static_cast<size_t>(width) *
                                         static_cast<size_t>(height) *
                                         static_cast<size_t>(channels);
  if (!fits) {
    throw internal_error("{} bytes for an image of {}x{} with {} channels", pixels.size(), width,
                         height, channels);
  }
  std::string encoded;
  if (stbi_write_png_to_func(append, &encoded, width, height, channels, pixels.data(),
                             width * channels) == 0) {
    throw data_error("image of {}x{} is too large to be encoded", width, height);
  }
  return encoded;
}

}  // namespace ae
