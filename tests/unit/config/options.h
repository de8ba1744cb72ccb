#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/overrides.h"
#include "config/part.h"
#include "config/reader.h"
#include "config/reference.h"

namespace ae {

/// A part with two types for tests: "circle" has a radius, "line" a length.
class Shape {
 public:
  virtual ~Shape() = default;
  virtual void visit(OptionVisitor& visitor) = 0;
  static std::span<const PartEntry<Shape>> table();
};

class ShapePart : public Part<Shape> {
 public:
  ShapePart() : Part("circle") {}
  void visit_shared(const std::string& /*type*/, OptionVisitor& visitor) override {
    visitor.option("colour", colour, "Shared by all shapes.");
  }

  std::string colour = "red";
};

struct Margins {
  double left = 1;
  double right = 1;

  void visit(OptionVisitor& visitor) {
    visitor.option("left", left, at_least(0), "Left margin.");
    visitor.option("right", right, at_least(0), "Right margin.");
  }
};

struct Page {
  std::string title;
  Margins margins;

  void visit(OptionVisitor& visitor) {
    visitor.required("title", title, "What stands on top.");
    visitor.group("margins", margins, "Space around.");
  }
};

struct Halt {
  int64_t place = 0;
  double minutes = 2;

  void visit(OptionVisitor& visitor) {
    visitor.required("place", place, between(1, 9), "Where.");
    visitor.option("minutes", minutes, at_least(0), "How long.");
  }
};

/// Options of every type.
struct TestOptions {
  bool flag = false;
  int64_t count = 5;
  double share = 0.5;
  double open = 1;
  std::string text = "t";
  std::vector<int64_t> sizes = {1, 2};
  std::vector<std::string> words;
  std::optional<int64_t> maybe_count;
  std::optional<double> maybe_share;
  std::string mode = "fast";
  ShapePart shape;
  Margins margins;
  std::optional<Page> page;
  std::vector<Halt> halts;

  void visit(OptionVisitor& visitor) {
    static const std::vector<std::string> kModes = {"fast", "exact"};
    visitor.option("flag", flag, "A switch.");
    visitor.option("count", count, between(1, 10), "A number of things.");
    visitor.option("share", share, proper_fraction(), "A share.");
    visitor.option("open", open, above(0), "A number above zero.");
    visitor.option("text", text, "A text.");
    visitor.option("sizes", sizes, at_least(1), "Some sizes.");
    visitor.columns("words", words, "Some words.");
    visitor.option("maybe_count", maybe_count, at_least(1), "A number, if any.");
    visitor.option("maybe_share", maybe_share, strictly_between(0, 1), "A share, if any.");
    visitor.choice("mode", mode, kModes, "One of two.");
    visitor.part("shape", shape, "What is drawn.");
    visitor.group("margins", margins, "Space around.");
    visitor.group("page", page, "A page, if any.");
    // The default of an item depends on an option read earlier.
    visitor.list("halts", halts, {.minutes = share}, "Where to halt.");
  }
};

/// Reads JSON text as a config file named "test.json".
template <class Options = TestOptions>
Options read_text(const std::string& text, const std::vector<std::string>& settings = {}) {
  Json json = parse_json(text, "test.json");
  ConfigSource source{"test.json", {}, option_paths(Options())};
  source.overridden = apply_overrides(json, settings);
  Options options;
  read_options(json, source, options);
  return options;
}

}  // namespace ae
