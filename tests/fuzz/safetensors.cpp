#include "io/formats/safetensors_file.h"

#include <numeric>

#include "fuzz/target.h"

namespace ae {

void try_bytes(std::string_view bytes) {
  refusable([&] { SafetensorsFile::read_header(file_of(bytes)); });
  refusable([&] {
    const SafetensorsFile file = SafetensorsFile::read(file_of(bytes));
    size_t tensor_bytes = 0;
    for (const TensorEntry& entry : file.tensors()) {
      if (file.find(entry.name) != &entry) report("a tensor is not found by its name");
      // Reads each byte, so that the sanitizer detects one out of bounds.
      tensor_bytes += entry.bytes.size();
      volatile int sum = std::accumulate(
          entry.bytes.begin(), entry.bytes.end(), 0,
          [](int total, std::byte byte) { return total ^ std::to_integer<int>(byte); });
      (void)sum;
    }
    if (tensor_bytes > bytes.size()) report("tensors overlap");
  });
}

}  // namespace ae
