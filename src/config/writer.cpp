#include "config/writer.h"

#include "config/part.h"

namespace ae {
namespace {

class Writer : public OptionVisitor {
 public:
  void leaf(const Leaf& leaf) override { json_[leaf.name] = leaf.value; }

  void object(const char* name, const char* /*help*/, const Body& body) override {
    json_[name] = detail::to_json(body);
  }

  void optional_object(const char* name, const char* /*help*/, bool present,
                       const std::function<void()>& /*create*/, const Body& body) override {
    // Absence is written as null, since the preset of a kind may contain the object.
    json_[name] = present ? detail::to_json(body) : Json();
  }

  void objects(const ObjectList& list) override { json_[list.name] = detail::to_json(list); }

  void part(const char* name, AnyPart& part, const char* /*help*/) override {
    json_[name] = detail::to_json(part);
  }

  void parts(const PartList& list) override { json_[list.name] = detail::to_json(list); }

  Json json() && { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

}  // namespace

Json detail::to_json(const OptionVisitor::Body& body) {
  Writer writer;
  body(writer);
  return std::move(writer).json();
}

Json detail::to_json(AnyPart& part) {
  Json value = {{"type", part.type()}};
  value.update(to_json([&](OptionVisitor& visitor) {
    part.visit_type(visitor);
    part.visit_shared(part.type(), visitor);
  }));
  return value;
}

Json detail::to_json(const PartList& list) {
  if (!list.present) return nullptr;
  Json items = Json::array();
  for (size_t i = 0; i < list.size; ++i) items.push_back(to_json(list.item(i)));
  return items;
}

Json detail::to_json(const ObjectList& list) {
  Json items = Json::array();
  for (size_t i = 0; i < list.size; ++i) {
    items.push_back(to_json([&](OptionVisitor& visitor) { list.visit(i, visitor); }));
  }
  return items;
}

}  // namespace ae
