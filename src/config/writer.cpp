#include "config/writer.h"

#include "config/part.h"

namespace ae {
namespace {

class Writer : public OptionVisitor {
 public:
  void leaf(const Leaf& leaf) override { json_[leaf.name] = leaf.value; }

  void object(const char* name, const char* /*help*/, const Body& body) override {
    json_[name] = detail::written(body);
  }

  void optional_object(const char* name, const char* /*help*/, bool present,
                       const std::function<void()>& /*create*/, const Body& body) override {
    // Absence is written, too: a kind's preset may hold the object.
    json_[name] = present ? detail::written(body) : Json();
  }

  void objects(const ObjectList& list) override { json_[list.name] = detail::written(list); }

  void part(const char* name, AnyPart& part, const char* /*help*/) override {
    Json value = {{"type", part.type()}};
    value.update(detail::written([&](OptionVisitor& visitor) {
      part.visit_type(visitor);
      part.visit_shared(visitor);
    }));
    json_[name] = value;
  }

  Json json() && { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

}  // namespace

Json detail::written(const OptionVisitor::Body& body) {
  Writer writer;
  body(writer);
  return std::move(writer).json();
}

Json detail::written(const ObjectList& list) {
  Json items = Json::array();
  for (size_t i = 0; i < list.size; ++i) {
    items.push_back(written([&](OptionVisitor& visitor) { list.visit(i, visitor); }));
  }
  return items;
}

}  // namespace ae
