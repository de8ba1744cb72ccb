#include "options.h"

namespace ae {
namespace {

class Circle : public Shape {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("radius", radius_, above(0), "How far from the middle.");
  }

 private:
  double radius_ = 2;
};

class Line : public Shape {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("length", length_, at_least(1), "From end to end.");
  }

 private:
  int64_t length_ = 7;
};

}  // namespace

std::span<const PartEntry<Shape>> Shape::table() {
  static const PartEntry<Shape> entries[] = {
      {"circle", "round", make_part<Shape, Circle>},
      {"line", "straight", make_part<Shape, Line>},
  };
  return entries;
}

}  // namespace ae
