#include "config/stored_json.h"

#include <string>

#include "core/error.h"
#include "files/byte_reader.h"

namespace ae {

Json parse_stored_json(std::string_view text, std::string_view source) {
  try {
    return parse_json(text, source);
  } catch (const Error& error) {
    throw data_error("{}", error.what());
  }
}

Json read_stored_json(const std::filesystem::path& path) {
  constexpr size_t kPortionBytes = size_t{64} << 10;
  ByteReader reader(path);
  std::string text;
  for (size_t got = kPortionBytes; got == kPortionBytes;) {
    const size_t had = text.size();
    if (had > kMostStoredBytes) {
      throw data_error("{}: longer than such a file can be, {} bytes", path.string(),
                       kMostStoredBytes);
    }
    text.resize(had + kPortionBytes);
    got = reader.read(text.data() + had, kPortionBytes);
    text.resize(had + got);
  }
  return parse_stored_json(text, path.string());
}

}  // namespace ae
