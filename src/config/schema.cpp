#include "config/part.h"
#include "config/reference.h"
#include "config/writer.h"

namespace ae {
namespace {

class SchemaWriter : public OptionVisitor {
 public:
  void leaf(const Leaf& leaf) override {
    Json schema = leaf.type.schema;
    schema["description"] = leaf.help;
    if (leaf.required) {
      required_.push_back(leaf.name);
    } else {
      schema["default"] = leaf.value;
    }
    properties_[leaf.name] = schema;
  }

  void condition(const Json& schema) override { conditions_.push_back(schema); }

  void object(const char* name, const char* help, const Body& body) override {
    SchemaWriter nested;
    body(nested);
    Json schema = nested.schema();
    schema["description"] = help;
    // An object is optional only if none of its options is required.
    if (!nested.required_.empty()) required_.push_back(name);
    properties_[name] = schema;
  }

  void optional_object(const char* name, const char* help, bool /*present*/,
                       const std::function<void()>& /*create*/, const Body& body) override {
    SchemaWriter nested;
    body(nested);
    properties_[name] = {{"description", help},
                         {"anyOf", Json::array({nested.schema(), {{"type", "null"}}})}};
  }

  void objects(const ObjectList& list) override {
    SchemaWriter item;
    list.visit_default(item);
    properties_[list.name] = {{"type", "array"},
                              {"items", item.schema()},
                              {"maxItems", kMaxListItems},
                              {"description", list.help},
                              {"default", detail::to_json(list)}};
  }

  void part(const char* name, AnyPart& part, const char* help) override {
    properties_[name] = {
        {"description", help}, {"anyOf", variants_of(part)}, {"default", part.type()}};
  }

  void parts(const PartList& list) override {
    const Json items = {{"type", "array"},
                        {"items", {{"anyOf", variants_of(list.default_item(), /*typed=*/true)}}},
                        {"maxItems", kMaxListItems}};
    properties_[list.name] = {{"description", list.help},
                              {"anyOf", Json::array({items, {{"type", "null"}}})},
                              {"default", detail::to_json(list)}};
  }

  Json schema() const {
    Json schema = {
        {"type", "object"}, {"properties", properties_}, {"additionalProperties", false}};
    if (!required_.empty()) schema["required"] = required_;
    if (!conditions_.empty()) schema["allOf"] = conditions_;
    return schema;
  }

 private:
  /// Schemas of a part's types: their names, and objects with their options.
  /// @param typed  an object must give its type
  static Json variants_of(AnyPart& part, bool typed = false) {
    Json names = Json::array();
    Json variants = Json::array();
    for (const AnyPart::Type& type : part.types()) {
      names.push_back(type.name);
      SchemaWriter options;
      options.properties_["type"] = {{"const", type.name}};
      if (typed) options.required_.emplace_back("type");
      part.visit_defaults(type.name, options);
      part.visit_shared(type.name, options);
      Json variant = options.schema();
      variant["description"] = type.summary;
      variants.push_back(variant);
    }
    variants.insert(variants.begin(), Json{{"enum", names}});
    return variants;
  }

  Json properties_ = Json::object();
  std::vector<std::string> required_;
  std::vector<Json> conditions_;
};

}  // namespace

Json detail::schema_of(const OptionVisitor::Body& body) {
  SchemaWriter writer;
  body(writer);
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "Experiment config of ae-train"}};
  schema.update(writer.schema());
  schema["properties"]["$schema"] = {{"type", "string"},
                                     {"description", "Path or URL of this schema, for editors."}};
  return schema;
}

}  // namespace ae
