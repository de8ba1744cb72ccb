#include "config/stored_json.h"

#include "core/error.h"
#include "io/regular_file.h"

namespace ae {

Json parse_stored_json(std::string_view text, std::string_view source) {
  try {
    return parse_json(text, source);
  } catch (const Error& error) {
    throw data_error("{}", error.what());
  }
}

Json read_stored_json(const std::filesystem::path& path) {
  return parse_stored_json(read_regular_file(path, kMaxStoredBytes), path.string());
}

}  // namespace ae
