#include "data/target.h"

namespace ae {

void Target::declare(OptionVisitor& visitor, const char* name, const char* help) {
  const Json text = {{"type", "string"}, {"minLength", 1}};
  const Json schema = {
      {"anyOf",
       Json::array({{{"type", "string"}}, {{"type", "array"}, {"items", text}, {"minItems", 1}}})}};
  visitor.leaf({name,
                help,
                {"a file, or a list of columns", schema},
                false,
                columns.empty() ? Json(path) : Json(columns),
                [this](const Json& json) {
                  if (json.is_string() && !has_nul(json)) {
                    path = json.get<std::string>();
                    columns.clear();
                    return true;
                  }
                  if (!json.is_array() || json.empty()) return false;
                  std::vector<std::string> read;
                  for (const Json& column : json) {
                    if (!column.is_string() || column.get<std::string>().empty()) return false;
                    read.push_back(column.get<std::string>());
                  }
                  columns = std::move(read);
                  path.clear();
                  return true;
                }});
}

}  // namespace ae
