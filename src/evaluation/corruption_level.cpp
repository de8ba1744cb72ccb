#include "evaluation/corruption_level.h"

#include <cmath>

namespace ae {
namespace {

/// Reads the first numeric option, and multiplies it by a factor.
class FirstNumber : public OptionVisitor {
 public:
  explicit FirstNumber(double factor) : factor_(factor) {}

  void leaf(const Leaf& leaf) override {
    if (level || !leaf.value.is_number()) return;
    level = {leaf.name, leaf.value.get<double>()};
    if (factor_ == 1) return;
    const double scaled = factor_ * level->value;
    accepted = leaf.value.is_number_integer() ? leaf.assign(Json(std::llround(scaled)))
                                              : leaf.assign(Json(scaled));
  }
  void object(const char* /*name*/, const char* /*help*/, const Body& /*body*/) override {}
  void optional_object(const char* /*name*/, const char* /*help*/, bool /*present*/,
                       const std::function<void()>& /*create*/, const Body& /*body*/) override {}
  void objects(const ObjectList& /*list*/) override {}
  void part(const char* /*name*/, AnyPart& /*part*/, const char* /*help*/) override {}
  void parts(const PartList& /*list*/) override {}

  std::optional<CorruptionLevel> level;
  bool accepted = true;

 private:
  double factor_;
};

}  // namespace

std::optional<CorruptionLevel> corruption_level(const CorruptionPart& corruption) {
  FirstNumber reader(1);
  CorruptionPart(corruption).visit_type(reader);
  return reader.level;
}

std::optional<CorruptionPart> scaled_corruption(const CorruptionPart& corruption, double factor) {
  FirstNumber writer(factor);
  CorruptionPart scaled = corruption;
  scaled.visit_type(writer);
  if (!writer.level || !writer.accepted) return std::nullopt;
  return scaled;
}

}  // namespace ae
