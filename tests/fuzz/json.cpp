#include "config/json.h"

#include "config/overrides.h"
#include "fuzz/target.h"

namespace ae {

// The input's first line is a --set, the rest a config.
void try_bytes(std::string_view bytes) {
  const size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::string setting(bytes.substr(0, end));
  refusable([&] { parse_json(bytes, "input"); });
  refusable([&] {
    Json config = parse_json(bytes.substr(end), "input");
    brief(config);
    const Json before = config;
    if (layered(before, before) != before) report("layering a config over itself changes it");
    if (!config.is_object()) return;
    apply_overrides(config, {setting});
    brief(layered(before, config));
  });
}

}  // namespace ae
